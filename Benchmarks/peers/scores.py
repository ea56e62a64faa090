"""What one denoised clip is worth: SI-SNR, DNSMOS, PESQ and STOI."""

from dataclasses import dataclass

import numpy as np
from pesq import pesq
from pystoi import stoi
from speechmos import dnsmos

from mixtures import SAMPLE_RATE


@dataclass(frozen=True)
class Scores:
    """`si_snr` in dB; `ovrl`, `sig`, `bak` are DNSMOS P.835; `pesq` is wide-band."""

    si_snr: float
    ovrl: float
    sig: float
    bak: float
    pesq: float
    stoi: float


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


def score(estimate: np.ndarray, reference: np.ndarray) -> Scores:
    """Scores an aligned estimate against the clean reference of the same length."""
    mos = dnsmos.run(np.clip(estimate, -1, 1), SAMPLE_RATE)
    return Scores(
        si_snr=si_snr(estimate, reference),
        ovrl=float(mos["ovrl_mos"]),
        sig=float(mos["sig_mos"]),
        bak=float(mos["bak_mos"]),
        pesq=float(pesq(SAMPLE_RATE, reference, estimate, "wb")),
        stoi=float(stoi(reference, estimate, SAMPLE_RATE)),
    )
