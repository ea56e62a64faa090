"""The spectral front end of denoisers, many signals at once: sound to frames, masks to sound."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .._errors import Error

_MOST_FRAMES = 1 << 28


@dataclass
class FeatureState:
    """What features follow over time: of each signal a reference for each feature, (batch, bands),
    the frames that they have followed, and the silent frames since the last that was not."""

    references: list[Tensor]
    followed: Tensor
    silent: Tensor


class SpectralFrontEnd:
    """Documentation/ModelFiles.md has the formulas; batches of signals are (samples, batch)."""

    def __init__(self, description: dict[str, Any], device: torch.device | str = "cpu") -> None:
        """description: the `frontEnd` of a recipe or model file."""
        try:
            self.sample_rate = int(description["sampleRate"])
            self.window, self.hop = int(description["window"]), int(description["hop"])
            self.exponent = float(description["exponent"])
            self.floor = float(description["floor"])
            self.features: list[dict[str, Any]] = description["features"]
        except (KeyError, TypeError, ValueError) as error:
            raise Error(f"frontEnd: {error!r} is missing or makes no sense") from None
        if self.window % self.hop or self.window < 2 * self.hop:
            raise Error(f"frontEnd: the hop of {self.hop} does not divide the window")
        self.description = description
        self.mask_gain = float(description.get("maskGain", 1))
        self.length = int(description.get("transformLength") or self.window)
        self.bins = self.length // 2 + 1
        self.edges: list[int] | None = description.get("bandEdges")
        self.bands = len(self.edges) - 1 if self.edges else self.bins
        self.input_width = self.bands * len(self.features)
        self.lag = self.window - self.hop
        """Samples by which analysis and synthesis lag."""
        self.silence = float(description.get("silence") or 0)
        period = self.hop / self.sample_rate
        self._restart = round(float(description.get("restart") or 0) / period)
        self._period = period
        n = torch.arange(self.window, dtype=torch.float64)
        shape = torch.sin(math.pi * n / self.window)
        self.analysis_window = shape.float().to(device)
        self.synthesis_window = (shape * 2 * self.hop / self.window).float().to(device)
        self.device = torch.device(device)

    # ---- Spectra ----

    def spectra(self, samples: Tensor, history: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The spectra of whole hops of samples, (frames, batch, bins), and the history for the
        next: the last `lag` samples."""
        if history is None:
            history = samples.new_zeros(self.lag, samples.shape[1])
        padded = torch.cat([history, samples])
        frames = padded.unfold(0, self.window, self.hop)
        return torch.fft.rfft(frames * self.analysis_window, self.length), padded[len(samples) :]

    def signal(self, spectra: Tensor) -> Tensor:
        """The samples that spectra add up to, (frames hop, batch): sample i of the output is
        sample i - `lag` of the input, and the first `lag` are not complete."""
        frames = torch.fft.irfft(spectra, self.length)[..., : self.window] * self.synthesis_window
        pieces = frames.unflatten(-1, (self.window // self.hop, self.hop))
        output = pieces[:, :, 0]
        for k in range(1, self.window // self.hop):
            earlier = torch.nn.functional.pad(pieces[:-k, :, k], (0, 0, 0, 0, k, 0))
            output = output + earlier[: len(output)]
        return output.transpose(1, 2).flatten(0, 1)

    def mask(self, logits: Tensor) -> Tensor:
        """The masks, a value a bin, of what a network gives, a value a band."""
        mask = self.mask_gain * torch.sigmoid(logits)
        if self.edges is None:
            return mask
        widths = torch.tensor(self.edges, device=mask.device).diff()
        return mask.repeat_interleave(widths, dim=-1)

    # ---- Features ----

    def _magnitudes(self, spectra: Tensor) -> Tensor:
        power = spectra.real.square() + spectra.imag.square()
        if self.edges is not None:
            sums = torch.nn.functional.pad(power.double().cumsum(-1), (1, 0))
            edges = torch.tensor(self.edges, device=power.device)
            power = (sums[..., edges].diff(dim=-1) / edges.diff()).float()
        return (power + self.floor) ** (self.exponent / 2)

    def _share(self, time_constant: float) -> float:
        return 1 - math.exp(-self._period / time_constant) if time_constant > 0 else 1.0

    def _initial(self, batch: int) -> FeatureState:
        references = [
            torch.full((batch, self.bands), float(f.get("initial") or 0), device=self.device)
            for f in self.features
        ]
        zeros = torch.zeros(batch, 1, dtype=torch.int64, device=self.device)
        return FeatureState(references, zeros, zeros)

    @torch.no_grad()
    def frames(
        self, spectra: Tensor, state: FeatureState | None = None
    ) -> tuple[Tensor, FeatureState]:
        """The frames that a network takes, (frames, batch, input_width), and the state after."""
        magnitudes = self._magnitudes(spectra)
        batch = spectra.shape[1]
        state = state or self._initial(batch)
        rows = []
        for magnitude in magnitudes:
            row, state = self._push(magnitude, state)
            rows.append(row)
        return torch.stack(rows), state

    def _push(self, magnitude: Tensor, state: FeatureState) -> tuple[Tensor, FeatureState]:
        mean = magnitude.mean(1, keepdim=True)
        silent = mean <= self.silence if self.silence > 0 else torch.zeros_like(mean).bool()
        references, followed, quiet = state.references, state.followed, state.silent
        if self._restart > 0:
            begins = ~silent & (quiet >= self._restart)
            initial = self._initial(len(mean)).references
            references = [
                torch.where(begins, i, r) for i, r in zip(initial, references, strict=True)
            ]
            followed = torch.where(begins, 0, followed)
        quiet = torch.where(silent, (quiet + 1).clamp(max=_MOST_FRAMES), 0)
        outputs, after = [], []
        for feature, reference in zip(self.features, references, strict=True):
            output, reference = self._feature(feature, magnitude, mean, silent, followed, reference)
            limit = feature.get("limit")
            outputs.append(output if limit is None else output.clamp(max=limit))
            after.append(reference)
        followed = torch.where(silent, followed, (followed + 1).clamp(max=_MOST_FRAMES))
        return torch.cat(outputs, 1), FeatureState(after, followed, quiet)

    def _feature(
        self,
        feature: dict[str, Any],
        magnitude: Tensor,
        mean: Tensor,
        silent: Tensor,
        followed: Tensor,
        reference: Tensor,
    ) -> tuple[Tensor, Tensor]:
        kind, offset = feature["kind"], float(feature.get("offset") or 0)
        if kind == "magnitude":
            return magnitude, reference
        if kind == "relativeToFrame":
            return magnitude / (mean + offset), reference
        if kind not in ("relativeToBin", "relativeToLevel"):
            raise Error(f"frontEnd: no feature {kind!r}")
        is_level = kind == "relativeToLevel"
        followed_value = mean.expand_as(magnitude) if is_level else magnitude
        if feature.get("initial") is None:
            reference = torch.where(followed == 0, followed_value, reference)
        distance = followed_value - reference
        shares = torch.where(
            distance > 0, self._share(feature["rise"]), self._share(feature["fall"])
        )
        settling = feature.get("settling")
        if settling is not None:
            settles = followed < round(settling / self._period)
            shares = torch.where(settles, torch.maximum(shares, 1 / (followed + 2)), shares)
        reference = torch.where(silent, reference, reference + distance * shares)
        seen = torch.where(silent, reference, magnitude)
        return seen / (reference + offset), reference
