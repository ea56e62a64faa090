"""Mixtures of speech and noise to train on, drawn as recipes say."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator

from .._errors import Error
from ._noise import synthetic_noises
from ._recordings import Recording, Recordings, Signal, Voice
from ._resampling import resampled

_HIGHEST_PEAK = 0.99
_SILENCE = 1e-10


@dataclass
class Variation:
    """Changes of a signal before it is mixed."""

    equalization: float
    """Maximum gain and attenuation of a random equaliser, in dB."""
    equalization_probability: float
    speed: float
    """Maximum relative change of speed and pitch."""
    speed_probability: float


@dataclass
class MixtureOptions:
    """The distribution of mixtures."""

    snr: tuple[float, float] = (-5, 20)
    level: tuple[float, float] = (-40, -12)
    levels: str = "whole"
    speech: Any = field(default_factory=lambda: Variation(8, 0.7, 0.12, 0.7))
    noise: Any = field(default_factory=lambda: Variation(6, 0.6, 0.15, 0.6))
    room_probability: float = 0.3
    room_target: str = "early"
    second_noise_probability: float = 0.3
    synthetic_noise_probability: float = 0.15
    synthetic_noise_count: int = 150


def amplitude(decibels: float) -> float:
    return 10 ** (decibels / 20)


def mean_square(signal: Signal) -> float:
    return float(np.mean(signal.astype(np.float64) ** 2)) if len(signal) else 0.0


class MixtureMaker:
    """Draws speech of one voice, sped up or slowed down, equalised and put into a room, and one
    noise or two, varied likewise, added at a signal-to-noise ratio and brought to a level."""

    def __init__(self, data: Recordings, options: MixtureOptions, rate: int, seed: int) -> None:
        self.options, self.rate = options, rate
        if options.levels not in ("whole", "active") or options.room_target not in (
            "early",
            "reverberant",
        ):
            raise Error("mixtures: levels are whole or active, room targets early or reverberant")
        self.voices = data.voices
        self._voice_weights = _shares([voice.weight for voice in data.voices])
        self.noises = data.noises
        seconds = [min(len(noise.samples) / rate, 20) ** 0.5 for noise in data.noises]
        self._noise_weights = _shares(seconds)
        self.synthetic: list[Signal] = []
        if options.synthetic_noise_probability > 0:
            self.synthetic = synthetic_noises(
                options.synthetic_noise_count, 6 * rate, rate, self._speech, seed
            )

    def mixture(
        self, count: int, random: Generator, snr: tuple[float, float] | None = None
    ) -> tuple[Signal, Signal]:
        """Speech with noise, and the speech alone, `count` samples of each."""
        while True:
            found = self._attempt(count, random, snr or self.options.snr)
            if found is not None:
                return found

    def noise(self, count: int, random: Generator) -> Signal:
        """Noise alone, at a level for mixtures."""
        while True:
            noise = self._noise(count, random)
            if noise is None:
                continue
            gain = amplitude(random.uniform(*self.options.level)) / math.sqrt(mean_square(noise))
            return noise * np.float32(min(gain, _HIGHEST_PEAK / np.abs(noise).max()))

    def _attempt(
        self, count: int, random: Generator, snr: tuple[float, float]
    ) -> tuple[Signal, Signal] | None:
        spoken, clean, highest = self._voice(count, random)
        noise = self._noise(count, random)
        if noise is None:
            return None
        if highest is not None:
            # As recorded with the speech: else a network would learn that nobody speaks up there.
            spoken, clean, noise = (
                low_pass(low_pass(s, 0.9 * highest / self.rate), 0.9 * highest / self.rate)
                for s in (spoken, clean, noise)
            )
        ratio, level = random.uniform(*snr), random.uniform(*self.options.level)
        return mix(spoken, noise, clean, ratio, level, self.options.levels, self.rate)

    def _voice(self, count: int, random: Generator) -> tuple[Signal, Signal, float | None]:
        highest: list[float | None] = []

        def draw(samples: int) -> Signal:
            signal, frequency = self._drawn_speech(samples, random)
            highest.append(frequency)
            return signal

        dry = self._varied(self.options.speech, count, random, draw)
        if random.random() >= self.options.room_probability:
            return dry, dry, highest[-1]
        taps = room_response(self.rate, random)
        spoken = convolved(dry, taps)
        if self.options.room_target == "reverberant":
            return spoken, spoken, highest[-1]
        return spoken, convolved(dry, taps[: self.rate // 20]), highest[-1]

    def _speech(self, count: int, random: Generator) -> Signal:
        return self._drawn_speech(count, random)[0]

    def _drawn_speech(self, count: int, random: Generator) -> tuple[Signal, float | None]:
        """Recordings of a drawn voice, one after the other, 50 to 400 ms apart."""
        voice: Voice = self.voices[random.choice(len(self.voices), p=self._voice_weights)]
        output = np.zeros(count, np.float32)
        position = int(random.integers(max(1, count // 8))) if random.random() < 0.5 else 0
        is_first = True
        while position < count:
            recording = voice.recordings[random.integers(len(voice.recordings))]
            size, start = len(recording.samples), 0
            # A long recording is entered anywhere, if half of the signal is still filled by it.
            if is_first and size > count:
                start = int(random.integers(size - count // 2))
            part = recording.part(start, count - position)
            output[position : position + len(part)] = part
            position += len(part) + int(random.uniform(0.05, 0.4) * self.rate)
            is_first = False
        frequencies = [r.highest for r in voice.recordings if r.highest is not None]
        return output, min(frequencies, default=None)

    def _noise(self, count: int, random: Generator) -> Signal | None:
        first = self._one_noise(count, random)
        if first is None or random.random() >= self.options.second_noise_probability:
            return first
        second = self._one_noise(count, random)
        if second is None:
            return None
        below = amplitude(-random.uniform(0, 10))
        return first + second * np.float32(
            below * math.sqrt(mean_square(first) / mean_square(second))
        )

    def _one_noise(self, count: int, random: Generator) -> Signal | None:
        def draw(samples: int) -> Signal:
            share = self.options.synthetic_noise_probability
            if self.synthetic and random.random() < share:
                noise = self.synthetic[random.integers(len(self.synthetic))]
                start = random.integers(max(1, len(noise) - samples + 1))
                return noise[(start + np.arange(samples)) % len(noise)]
            place = random.choice(len(self.noises), p=self._noise_weights)
            return noise_part(self.noises[place], samples, random)

        signal = self._varied(self.options.noise, count, random, draw)
        return signal if mean_square(signal) > _SILENCE else None

    def _varied(self, variation: Variation, count: int, random: Generator, draw: Any) -> Signal:
        if variation.speed > 0 and random.random() < variation.speed_probability:
            low, high = math.log(1 - variation.speed), math.log(1 + variation.speed)
            speed = math.exp(random.uniform(low, high))
            signal: Signal = resampled(draw(math.ceil(count * speed)), speed, count)
        else:
            signal = draw(count)
        is_equalized = random.random() < variation.equalization_probability
        if variation.equalization > 0 and is_equalized:
            signal = equalized(signal, variation.equalization, self.rate, random)
        return signal


def _shares(weights: list[float]) -> np.ndarray[Any, Any]:
    values = np.array(weights, np.float64)
    return values / values.sum()


def noise_part(recording: Recording, count: int, random: Generator) -> Signal:
    """A part of a noise; short ones are repeated."""
    size = len(recording.samples)
    return recording.cycle(int(random.integers(size if size < count else size - count + 1)), count)


def mix(
    speech: Signal,
    noise: Signal,
    clean: Signal,
    snr: float,
    level: float,
    measure: str,
    rate: int,
) -> tuple[Signal, Signal] | None:
    """gain (speech + noise) and gain clean, for a ratio and a level in dB, or a peak of 0.99 where
    the level would exceed it; None where something is silent."""
    powers = mean_square(speech), mean_square(noise)
    if measure == "active":
        powers = _active_powers(speech, noise, rate)
    if min(*powers, mean_square(clean)) <= _SILENCE:
        return None
    noisy = speech + noise * np.float32(math.sqrt(powers[0] / powers[1]) * amplitude(-snr))
    loudness, peak = math.sqrt(mean_square(noisy)), float(np.abs(noisy).max())
    if loudness <= 0:
        return None
    gain = np.float32(min(amplitude(level) / loudness, _HIGHEST_PEAK / peak))
    return noisy * gain, clean * gain


def _active_powers(speech: Signal, noise: Signal, rate: int) -> tuple[float, float]:
    """Mean squares over the segments of 100 ms in which the noise, its peak at full scale, is above
    -50 dB."""
    segment = max(1, rate // 10)
    least = (amplitude(-50) * float(np.abs(noise).max(initial=0))) ** 2
    parts = [slice(start, start + segment) for start in range(0, len(noise), segment)]
    active = [part for part in parts if mean_square(noise[part]) > least]
    if not active:
        return 0.0, 0.0
    return (
        mean_square(np.concatenate([speech[part] for part in active])),
        mean_square(np.concatenate([noise[part] for part in active])),
    )


def convolved(signal: Signal, taps: Signal, delay: int = 0) -> Signal:
    """The signal through an impulse response, as long, without its first `delay` samples."""
    size = 1 << (len(signal) + len(taps) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(signal, size) * np.fft.rfft(taps, size), size)
    return product[delay : delay + len(signal)].astype(np.float32)


def equalized(signal: Signal, most: float, rate: int, random: Generator) -> Signal:
    """A linear-phase equaliser with gains within ± most dB at nine knots from 60 to 7900 Hz."""
    taps = 128
    while taps < rate * 64 // 1000:
        taps *= 2
    knots = np.log(60 * (7900 / 60) ** (np.arange(9) / 8) + 30)
    places = np.log(np.arange(taps // 2 + 1) * rate / taps + 30)
    gains = 10 ** (np.interp(places, knots, random.uniform(-most, most, 9)) / 20)
    gains[1::2] *= -1
    window = (1 - np.cos(2 * np.pi * np.arange(taps) / taps)) / 2
    return convolved(signal, (np.fft.irfft(gains, taps) * window).astype(np.float32), taps // 2)


def room_response(rate: int, random: Generator) -> Signal:
    """The impulse response of a small made-up room: the direct sound, and after a gap noise that
    decays exponentially (Polack's model)."""
    count = int(random.uniform(0.08, 0.45) * rate)
    gap = max(1, int(random.uniform(0.001, 0.005) * rate))
    reflected = amplitude(-random.uniform(0, 15))
    taps = random.standard_normal(count) * 10 ** (-3 * np.arange(count) / count)
    taps[:gap] = 0
    taps *= reflected / np.sqrt(np.sum(taps**2))
    taps[0] = 1
    return taps.astype(np.float32)


def low_pass(signal: Signal, frequency: float) -> Signal:
    """A Butterworth low-pass of the fourth order by its magnitude, without its delay.

    frequency: where it has lost 3 dB, by the sample rate; below 0.5."""
    size = 1 << (len(signal) + 4096).bit_length()
    warped = np.tan(np.pi * np.minimum(np.fft.rfftfreq(size), 0.4999)) / math.tan(
        math.pi * frequency
    )
    gains = 1 / np.sqrt(1 + warped**8)
    return np.fft.irfft(np.fft.rfft(signal, size) * gains, size)[: len(signal)].astype(np.float32)
