"""Losses of denoised sound."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .._errors import Error

_SILENCE = 1e-8


@dataclass
class LossOptions:
    """What a denoiser's mistakes cost."""

    signal: float = 1.0
    """Of the negative SI-SNR in dB."""
    ceiling: float | None = None
    """dB; errors this far below the speech no longer matter."""
    spectrum: float = 0.0
    """Of the relative error of the compressed spectrum, as if it were dB."""
    exponent: float = 0.3
    phase_share: float = 0.3
    """The share of the error of compressed complex spectra, which sees the phase."""
    removal: float = 0.0
    """Additional weight of an error of the magnitude where speech was attenuated."""
    silence: float = 0.1
    """Of what is left of the noise, in dB, where there is no speech."""

    def __post_init__(self) -> None:
        weights = self.signal, self.spectrum, self.removal, self.silence
        if min(weights) < 0 or self.signal + self.spectrum <= 0:
            raise Error("loss: weights are not negative, and signal or spectrum counts")
        if not 0 < self.exponent <= 1 or not 0 <= self.phase_share <= 1:
            raise Error("loss: the exponent and the phase's share are at most 1")


def si_snr(signal: Tensor, target: Tensor, ceiling: float | None = None) -> Tensor:
    """The scale-invariant signal-to-noise ratio in dB of samples, below a ceiling (Le Roux et al.
    2019): with zero means, p = (⟨s, t⟩ / |t|²) t and e = s - p, 10 log10(|p|² / |e|²)."""
    s, t = signal.double(), target.double()
    s, t = s - s.mean(), t - t.mean()
    cross = (s * t).sum()
    projection = cross * cross / (t.square().sum() + _SILENCE)
    error = (s.square().sum() - projection).clamp(min=0)
    tolerated = 0.0 if ceiling is None else 10 ** (-ceiling / 10) * projection
    return 10 * torch.log10((projection + _SILENCE) / (error + tolerated + _SILENCE))


def level(signal: Tensor, noisy: Tensor) -> Tensor:
    """10 log10(|s|² / |n|² + 0.001), n being the noisy signal, in dB."""
    noise = noisy.double().square().sum() + _SILENCE
    return 10 * torch.log10((signal.double().square().sum() + 1e-3 * noise) / noise)


def spectrum_error(
    spectra: Tensor, targets: Tensor, mask: Tensor, options: LossOptions
) -> Tensor | None:
    """The relative error of compressed spectra (Braun and Tashev 2021) of frames, with a penalty on
    speech that is taken away; None where there is no speech.

    spectra, targets: (frames, bins), complex. mask: (frames, bins).
    """
    c = options.exponent

    def compressed(z: Tensor) -> Tensor:
        return (z.real.square() + z.imag.square() + 1e-12) ** (c / 2)

    a, b = compressed(spectra), compressed(targets)
    energy = b.square().sum()
    if float(energy) <= 0:
        return None
    qa = (mask.square() + 1e-12) ** (c / 2) * a
    products = spectra.real * targets.real + spectra.imag * targets.imag
    sizes = (spectra.abs().square() * targets.abs().square() + 1e-20).sqrt()
    difference = qa - b
    weight = (1 - options.phase_share) * torch.where(difference < 0, 1 + options.removal, 1.0)
    phase = qa.square() + b.square() - 2 * qa * b * (products / sizes)
    error = weight * difference.square() + options.phase_share * phase
    return error.sum() / energy
