"""Streams to train on: scenes one after the other, as at a microphone that is left on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from .._errors import Error
from ._mixtures import MixtureMaker, amplitude, low_pass
from ._recordings import Signal


@dataclass
class StreamOptions:
    """What streams are made of; see `Documentation` of recipes."""

    batches: int = 8
    """Batches that a stream lasts for, each going on from the state of the one before."""
    scene: tuple[float, float] = (1, 8)
    """Seconds of a scene; their logarithms are evenly spread."""
    gap_probability: float = 0.35
    gap: tuple[float, float] = (0.008, 4)
    """Seconds of digital silence."""
    step_probability: float = 0.15
    step: tuple[float, float] = (6, 30)
    """dB of a step of the level in the middle of a scene."""
    noise_probability: float = 0.06
    clean_probability: float = 0.08
    clean_snr: tuple[float, float] = (35, 60)
    band_limit_probability: float = 0.12
    click_probability: float = 0.08


@dataclass
class Stream:
    """Noisy speech, what it should become, and the stretches that are judged each on its own."""

    noisy: Signal
    clean: Signal
    scenes: list[tuple[int, int]]


class StreamMaker:
    """Voices, rooms, noises and levels change; it is muted; its level is turned; it clicks.
    Without options a stream is one mixture."""

    def __init__(self, mixtures: MixtureMaker, options: StreamOptions | None) -> None:
        if options is not None and not 1 <= options.batches <= 1000:
            raise Error("streams: a stream lasts for 1 to 1000 batches")
        self.mixtures, self.options, self.rate = mixtures, options, mixtures.rate

    def stream(self, count: int, random: Generator) -> Stream:
        options = self.options
        if options is None:
            noisy, clean = self.mixtures.mixture(count, random)
            return Stream(noisy, clean, [(0, count)])
        noisy, clean = np.zeros(count, np.float32), np.zeros(count, np.float32)
        scenes: list[tuple[int, int]] = []
        position = 0
        while position < count:
            if random.random() < options.gap_probability:
                position = min(position + self._samples(options.gap, random), count)
            if position == count:
                break
            one, other, boundary = self._scene(options, random)
            size = min(len(one), count - position)
            noisy[position : position + size] = one[:size]
            clean[position : position + size] = other[:size]
            middle = min(boundary, size)
            parts = [(0, middle), (middle, size)]
            scenes += [(position + a, position + b) for a, b in parts if a < b]
            position += size
        return Stream(noisy, clean, scenes)

    def _samples(self, seconds: tuple[float, float], random: Generator) -> int:
        low, high = math.log(seconds[0]), math.log(seconds[1])
        return max(1, int(math.exp(random.uniform(low, high)) * self.rate))

    def _scene(self, options: StreamOptions, random: Generator) -> tuple[Signal, Signal, int]:
        """Noisy and clean samples, and where the level steps."""
        count = self._samples(options.scene, random)
        # Half of the scenes begin in the middle of what is said.
        entered = int(random.random() * self.rate) if random.random() < 0.5 else 0
        noisy, clean = self._mixture(count + entered, options, random)
        if random.random() < options.band_limit_probability:
            high = min(7000.0, 0.45 * self.rate)
            frequency = math.exp(random.uniform(math.log(3000), math.log(high))) / self.rate
            noisy, clean = low_pass(noisy, frequency), low_pass(clean, frequency)
        if random.random() < options.click_probability:
            for _ in range(1 + random.integers(3)):
                noisy[random.integers(len(noisy))] = random.uniform(-1, 1)
        boundary = len(noisy)
        if random.random() < options.step_probability:
            boundary = entered + int(random.integers(count))
            decibels = random.uniform(*options.step) * (-1 if random.random() < 0.5 else 1)
            peak = float(np.abs(noisy[boundary:]).max(initial=1e-9))
            gain = np.float32(min(amplitude(decibels), 0.99 / peak))
            noisy[boundary:] *= gain
            clean[boundary:] *= gain
        return noisy[entered:], clean[entered:], boundary - entered

    def _mixture(
        self, count: int, options: StreamOptions, random: Generator
    ) -> tuple[Signal, Signal]:
        kind = random.random()
        if kind < options.noise_probability:
            return self.mixtures.noise(count, random), np.zeros(count, np.float32)
        is_clean = kind < options.noise_probability + options.clean_probability
        noisy, clean = self.mixtures.mixture(count, random, options.clean_snr if is_clean else None)
        return noisy.copy(), clean.copy()
