"""python -m sparrow.torch.denoiser RECIPE --data FOLDER -o RUN: trains a denoiser.

Recipes are those of `sparrow train`: the front end, layers, options and distributions of mixtures
are the same, the single random numbers are not. An interrupted run goes on with --resume, and ends
with the same network. Recordings that are not WAV need the package soundfile.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._errors import Error
from ._command import run
from ._layer import Sequence, State
from ._losses import LossOptions, level, si_snr, spectrum_error
from ._mixtures import MixtureMaker, MixtureOptions, Variation, mix, noise_part
from ._recipe import Recipe, options
from ._recordings import Recordings, Signal, Voice, load_recordings
from ._spectrum import FeatureState, SpectralFrontEnd
from ._streams import Stream, StreamMaker, StreamOptions
from ._trainer import Trainer


@dataclass
class _Piece:
    """A part of a scene in a batch: its lane, its samples in the output and in the stream."""

    lane: int
    samples: slice
    source: slice
    has_speech: bool
    weight: float


class DenoisingTask:
    """Streams of mixtures as features, batch by batch, and the loss of the signal that the masks
    give. A batch has a lane a clip, each a piece of a stream; the next batch goes on where it ends,
    until the streams have had all their batches."""

    unit = "audio-seconds"

    def __init__(self, recipe: Recipe, roots: list[str], device: str = "cpu") -> None:
        self.front_end = recipe.section("frontEnd")
        self.transform = SpectralFrontEnd(self.front_end, device)
        self.input_width = self.transform.input_width
        rate, hop = self.transform.sample_rate, self.transform.hop
        data = load_recordings(recipe.section("data"), roots, rate)
        self.data = data.fingerprint
        mixtures = options(MixtureOptions, recipe.section("mixtures"), "mixtures")
        for name in ("speech", "noise"):
            variation = getattr(mixtures, name)
            if isinstance(variation, dict):
                setattr(mixtures, name, options(Variation, variation, f"mixtures.{name}"))
        streams = recipe.values.get("streams")
        stream_options = None if streams is None else options(StreamOptions, streams, "streams")
        self.seed = recipe.run.seed
        maker = MixtureMaker(data, mixtures, rate, self.seed)
        self.streams = StreamMaker(maker, stream_options)
        self.batches = stream_options.batches if stream_options else 1
        self.loss_options = options(LossOptions, recipe.values.get("loss") or {}, "loss")
        batch = recipe.section("batch")
        self.clips = int(batch["clips"])
        hops = max(1, round(float(batch["seconds"]) * rate / hop))
        # The last samples of a batch are complete only after frames of the next one.
        self.hops = hops + (self.transform.lag // hop if self.batches == 1 else 0)
        judged = self.hops * hop - (self.transform.lag if self.batches == 1 else 0)
        self.units_per_batch = self.clips * judged / rate
        self.validation = validation_mixtures(data, recipe.values.get("validation") or {}, rate)
        self._lanes: list[Stream] = []
        self._histories: list[Tensor | None] = [None, None]
        self._features: FeatureState | None = None
        self._step: int | None = None
        self._pieces: list[_Piece] = []
        self._spectra = self._targets = torch.zeros(0)

    def continues(self, step: int) -> bool:
        return step % self.batches != 0

    def rate_factor(self, step: int) -> float:
        return 1.0

    def batch(self, step: int) -> Tensor:
        place = step % self.batches
        is_next = place > 0 and self._step == step - 1
        if not is_next:
            count = self.batches * self.hops * self.transform.hop - self.transform.lag
            self._lanes = [
                self.streams.stream(
                    count,
                    np.random.default_rng([self.seed, step // self.batches * self.clips + lane]),
                )
                for lane in range(self.clips)
            ]
            self._histories, self._features = [None, None], None
        # Where a run is resumed within streams, what came before is gone through again.
        for piece in range(place if is_next else 0, place + 1):
            frames = self._advance(piece)
        self._step = step
        return frames

    def _advance(self, piece: int) -> Tensor:
        transform = self.transform
        size = self.hops * transform.hop
        position = piece * size

        def cut(signals: list[Signal]) -> Tensor:
            block = np.zeros((size, self.clips), np.float32)
            for lane, signal in enumerate(signals):
                part = signal[position : position + size]
                block[: len(part), lane] = part
            return torch.from_numpy(block).to(transform.device)

        noisy = cut([stream.noisy for stream in self._lanes])
        clean = cut([stream.clean for stream in self._lanes])
        self._spectra, self._histories[0] = transform.spectra(noisy, self._histories[0])
        self._targets, self._histories[1] = transform.spectra(clean, self._histories[1])
        frames, self._features = transform.frames(self._spectra, self._features)
        self._pieces = self._judged(position, size)
        return frames

    def _judged(self, position: int, size: int) -> list[_Piece]:
        """Sample `lag + i` of a batch's output is sample `position + i` of the stream."""
        lag, pieces = self.transform.lag, []
        for lane, stream in enumerate(self._lanes):
            last = min(position + size - lag, len(stream.noisy))
            for begin, end in stream.scenes:
                first, after = max(begin, position), min(end, last)
                if after <= first or after - first < min(self.transform.window, end - begin):
                    continue
                noisy = float(np.sum(stream.noisy[first:after].astype(np.float64) ** 2))
                clean = float(np.sum(stream.clean[first:after].astype(np.float64) ** 2))
                if noisy <= 1e-9:
                    continue
                has_speech = clean > 1e-4 * noisy
                seconds = (after - first) / self.transform.sample_rate
                weight = seconds if has_speech else seconds * self.loss_options.silence
                start = lag + first - position
                samples = slice(start, start + after - first)
                pieces.append(_Piece(lane, samples, slice(first, after), has_speech, weight))
        return pieces

    def forward(self, module: Sequence, batch: Tensor, state: State) -> tuple[Tensor, State]:
        return module.run(batch, state)

    def loss(self, output: Tensor) -> Tensor:
        """The mean over judged samples, each counting the same but for noise alone."""
        mask = self.transform.mask(output)
        signal = self.transform.signal(self._spectra * mask)
        total = output.new_zeros((), dtype=torch.float64)
        sum_of_weights = sum(piece.weight for piece in self._pieces)
        for piece in self._pieces:
            stream = self._lanes[piece.lane]
            samples = signal[piece.samples, piece.lane]
            device = samples.device
            if not piece.has_speech:
                noisy = torch.from_numpy(stream.noisy[piece.source]).to(device)
                total = total + piece.weight * self.loss_options.signal * level(samples, noisy)
                continue
            clean = torch.from_numpy(stream.clean[piece.source]).to(device)
            ratio = si_snr(samples, clean, self.loss_options.ceiling)
            total = total - piece.weight * self.loss_options.signal * ratio
            if self.loss_options.spectrum > 0:
                error = self._spectrum_error(piece, mask)
                if error is not None:
                    total = total + piece.weight * self.loss_options.spectrum * error
        return total / sum_of_weights if sum_of_weights > 0 else 0 * output.sum()

    def _spectrum_error(self, piece: _Piece, mask: Tensor) -> Tensor | None:
        """Of the frames whose middle is in the piece."""
        hop, half = self.transform.hop, self.transform.window // 2
        first, end = (
            min(self.hops, max(0, sample - half + hop - 1) // hop)
            for sample in (piece.samples.start, piece.samples.stop)
        )
        frames = slice(first, end)
        lane = piece.lane
        return spectrum_error(
            self._spectra[frames, lane],
            self._targets[frames, lane],
            mask[frames, lane],
            self.loss_options,
        )

    def validate(self, module: Sequence) -> dict[str, float]:
        """SI-SNR improvements in dB, as means over voices that are not trained on, of all mixtures
        ("clips", "score") and of those below 2.5 dB, up to 10 dB and from there; and over voices
        that are trained on ("known")."""
        groups: dict[str, list[float]] = {}
        for start in range(0, len(self.validation), 16):
            mixtures = self.validation[start : start + 16]
            noisy = np.stack([one.noisy for one in mixtures], axis=1)
            outputs = denoise(module, self.transform, noisy)
            for one, output in zip(mixtures, outputs.T, strict=True):
                clean = torch.from_numpy(one.clean)
                better = float(si_snr(torch.from_numpy(output.copy()), clean))
                better -= float(si_snr(torch.from_numpy(one.noisy), clean))
                band = "low" if one.snr < 2.5 else "middle" if one.snr < 10 else "high"
                for name in ["known"] if one.is_known else [band, "clips", "score"]:
                    groups.setdefault(name, []).append(better)
        return {name: float(np.mean(values)) for name, values in groups.items()}


@torch.no_grad()
def denoise(module: Sequence, transform: SpectralFrontEnd, noisy: Signal) -> Signal:
    """Whole signals of the front end's rate, (samples, batch), through a network."""
    count, hop = len(noisy), transform.hop
    padded = np.zeros((-(-(count + transform.lag) // hop) * hop, noisy.shape[1]), np.float32)
    padded[:count] = noisy
    spectra, _ = transform.spectra(torch.from_numpy(padded).to(transform.device))
    frames, _ = transform.frames(spectra)
    signal = transform.signal(spectra * transform.mask(module(frames)))
    result: Signal = signal[transform.lag : transform.lag + count].cpu().numpy()
    return result


@dataclass
class Mixture:
    """Speech with noise, and the speech alone."""

    noisy: Signal
    clean: Signal
    snr: float
    is_known: bool
    """Whether other recordings of this voice are trained on."""


def validation_mixtures(data: Recordings, values: dict[str, Any], rate: int) -> list[Mixture]:
    """Mixtures of held-out voices and noises, the same in every run with the same recipe; ratios
    are evenly spread."""
    if not data.held_out_voices or not data.held_out_noises:
        raise Error("no voice or no noise is held out for validation")
    count, seed = int(values.get("count", 54)), int(values.get("seed", 7))
    samples = int(float(values.get("seconds", 5)) * rate)
    low, high = values.get("snr", [-5, 20])
    random = np.random.default_rng([seed, 0x7A11])
    ranks = random.permutation(count)
    noises = random.permutation(len(data.held_out_noises))
    mixtures = []
    for index, place in enumerate(_apportioned(count, data.held_out_voices, rate)):
        voice = data.held_out_voices[place]
        noise = data.held_out_noises[noises[index % len(noises)]]
        snr = low + (high - low) / max(1, count - 1) * float(ranks[index])
        while True:
            speech = _speech(voice, samples, rate, random)
            part = noise_part(noise, samples, random)
            loudness = random.uniform(*values.get("level", [-35, -15]))
            pair = mix(speech, part, speech, snr, loudness, "whole", rate)
            if pair is not None:
                break
        mixtures.append(Mixture(*pair, snr, voice.name in data.trained_on))
    return mixtures


def _apportioned(count: int, voices: list[Voice], rate: int) -> list[int]:
    """Shares `count` places out by Webster's method, by the root of the voices' minutes."""
    weights = [sum(len(r.samples) for r in voice.recordings) ** 0.5 for voice in voices]
    places = [0] * len(voices)
    for _ in range(count):
        best = max(range(len(voices)), key=lambda i: weights[i] / (2 * places[i] + 1))
        places[best] += 1
    return [index for index, own in enumerate(places) for _ in range(own)]


def _speech(voice: Voice, count: int, rate: int, random: np.random.Generator) -> Signal:
    """The voice's recordings in any order, 200 ms apart, after up to 200 ms of silence."""
    order, pause = random.permutation(len(voice.recordings)), rate // 5
    output = np.zeros(count, np.float32)
    position, following = int(random.integers(max(1, min(pause, count)))), 0
    while position < count:
        recording = voice.recordings[order[following % len(order)]]
        size = len(recording.samples)
        start = int(random.integers(size - count + 1)) if size > count else 0
        part = recording.part(start, count - position)
        output[position : position + len(part)] = part
        position += len(part) + pause
        following += 1
    return output


def main(arguments: list[str] | None = None) -> int:
    """Trains by a recipe; the exit status is 1 for an error, 75 for a run that was ended early."""

    def make(recipe: Recipe, roots: list[str], device: str, **settings: Any) -> Trainer:
        return Trainer(recipe, DenoisingTask(recipe, roots, device), device=device, **settings)

    return run(make, __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
