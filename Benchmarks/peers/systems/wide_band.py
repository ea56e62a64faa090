"""Peers that work at 16 kHz, on clips at other rates: what is above 8 kHz is lost."""

from dataclasses import replace

from scipy.signal import resample_poly

from mixtures import WIDE_BAND, Mixture
from systems.base import Denoised, System


class WideBand:
    """Resamples on both sides; neither is counted as the system's time."""

    def __init__(self, system: System):
        self._system = system

    def denoise(self, mixture: Mixture) -> Denoised:
        ratio = mixture.rate // WIDE_BAND
        if ratio == 1:
            return self._system.denoise(mixture)
        noisy, clean = (resample_poly(signal, 1, ratio) for signal in (mixture.noisy, mixture.clean))
        output = self._system.denoise(replace(mixture, noisy=noisy, clean=clean, rate=WIDE_BAND))
        return Denoised(resample_poly(output.samples, ratio, 1), output.seconds)
