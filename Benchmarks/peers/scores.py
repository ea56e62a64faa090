"""What one denoised clip is worth: SI-SNR, DNSMOS, PESQ and STOI, and the band above 8 kHz."""

from dataclasses import dataclass

import numpy as np
from pesq import pesq
from pystoi import stoi
from scipy.signal import resample_poly
from speechmos import dnsmos

from mixtures import WIDE_BAND


@dataclass(frozen=True)
class Scores:
    """`si_snr` in dB; `ovrl`, `sig`, `bak` are DNSMOS P.835; `pesq` is wide-band.

    `high_band_distance` is that of `high_band_distance()`, in dB; None below 48 kHz.
    """

    si_snr: float
    ovrl: float
    sig: float
    bak: float
    pesq: float
    stoi: float
    high_band_distance: float | None = None


def si_snr(estimate: np.ndarray, reference: np.ndarray) -> float:
    """Scale-invariant signal-to-noise ratio in dB, both signals made zero-mean first.

    Edge cases: +inf for an exact copy of the reference, -inf for a silent estimate.
    """
    estimate = estimate.astype(np.float64) - estimate.mean(dtype=np.float64)
    reference = reference.astype(np.float64) - reference.mean(dtype=np.float64)
    target = (estimate @ reference) / (reference @ reference) * reference
    residual = estimate - target
    with np.errstate(divide="ignore"):
        return float(10 * (np.log10(target @ target) - np.log10(residual @ residual)))


HIGH_BAND = (8_000, 16_000)
FRAME = 1_024
POWER_FLOOR = 1e-8 * FRAME
ACTIVE_RANGE_DB = 40.0


def high_band_distance(estimate: np.ndarray, reference: np.ndarray, rate: int) -> float:
    """Log-spectral distance from 8 to 16 kHz in dB, the mean over frames with speech.

    Hann windows of 1024 samples, half overlapping; powers have 1e-8 * 1024 added. A frame counts where
    the reference is within 40 dB of its loudest frame.
    """
    window = np.hanning(FRAME + 1)[:-1]

    def powers(signal: np.ndarray) -> np.ndarray:
        frames = np.lib.stride_tricks.sliding_window_view(signal, FRAME)[:: FRAME // 2]
        return np.abs(np.fft.rfft(frames * window)) ** 2

    clean = powers(reference)
    level = 10 * np.log10(clean.sum(axis=1) + POWER_FLOOR)
    active = level > level.max() - ACTIVE_RANGE_DB
    first, last = (round(edge * FRAME / rate) for edge in HIGH_BAND)
    band = slice(first, last + 1)
    difference = 10 * np.log10(
        (powers(estimate)[active, band] + POWER_FLOOR) / (clean[active, band] + POWER_FLOOR)
    )
    return float(np.sqrt((difference**2).mean(axis=1)).mean())


def score(estimate: np.ndarray, reference: np.ndarray, rate: int) -> Scores:
    """Scores an aligned estimate against the clean reference of the same length.

    SI-SNR is taken at the clip's own rate; DNSMOS, PESQ and STOI hear what is below 8 kHz.
    """
    ratio = si_snr(estimate, reference)
    distance = high_band_distance(estimate, reference, rate) if rate > WIDE_BAND else None
    if rate != WIDE_BAND:
        estimate, reference = (
            resample_poly(signal, 1, rate // WIDE_BAND) for signal in (estimate, reference)
        )
    mos = dnsmos.run(np.clip(estimate, -1, 1), WIDE_BAND)
    return Scores(
        si_snr=ratio,
        ovrl=float(mos["ovrl_mos"]),
        sig=float(mos["sig_mos"]),
        bak=float(mos["bak_mos"]),
        pesq=float(pesq(WIDE_BAND, reference, estimate, "wb")),
        stoi=float(stoi(reference, estimate, WIDE_BAND)),
        high_band_distance=distance,
    )
