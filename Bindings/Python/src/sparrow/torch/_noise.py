"""Noises that collections of recordings have too few of."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from ._recordings import Signal

Speech = Callable[[int, Generator], Signal]


def synthetic_noises(number: int, count: int, rate: int, speech: Speech, seed: int) -> list[Signal]:
    """Coloured noise (30 %), a hum (20 %), babble (30 %) or clicks (20 %); of each, about a third
    swells and fades or is switched on and off. Each follows from the seed and its place."""
    noises = []
    for index in range(number):
        random = np.random.default_rng([seed, 0x5E1F, index])
        kind = random.random()
        if kind < 0.3:
            noise = _coloured(count, rate, random)
        elif kind < 0.5:
            noise = _hum(count, rate, random)
        elif kind < 0.8:
            voices = 3 + random.integers(6)
            gains = random.uniform(0.4, 1, voices)
            noise = sum((gain * speech(count, random) for gain in gains), np.zeros(count))
        else:
            noise = _clicks(count, rate, random)
        if random.random() < 0.35:
            noise = _modulated(noise, rate, random)
        peak = np.abs(noise).max()
        noises.append((0.9 * noise / max(peak, 1e-9)).astype(np.float32))
    return noises


def _coloured(count: int, rate: int, random: Generator) -> np.ndarray:
    """An amplitude that falls as a power of the frequency, 0 (white) to -1.2."""
    size = 1 << (count - 1).bit_length()
    frequencies = np.arange(size // 2 + 1) * rate / size
    amplitudes = (frequencies + 3) ** -random.uniform(0, 1.2)
    parts = random.standard_normal((2, size // 2 + 1))
    noise: np.ndarray = np.fft.irfft(amplitudes * (parts[0] + 1j * parts[1]), size)[:count]
    return noise


def _hum(count: int, rate: int, random: Generator) -> np.ndarray:
    """The mains or a motor: up to 23 sines that grow weaker, and a little white noise."""
    frequency = random.choice([50, 60, 100, 120, random.uniform(80, 400)])
    time = np.arange(count)
    tones = np.zeros(count)
    for harmonic in range(1, 4 + random.integers(21)):
        size = random.random() / harmonic ** random.uniform(0.2, 1.2)
        angle = 2 * math.pi * frequency * harmonic / rate
        phase = 2 * math.pi * random.random()
        if angle >= 0.97 * math.pi:
            break
        tones += size * np.sin(angle * time + phase)
    noise: np.ndarray = tones + random.uniform(0.02, 0.5) * random.standard_normal(count)
    return noise


def _clicks(count: int, rate: int, random: Generator) -> np.ndarray:
    """One short burst of decaying noise, 3 to 39 times at any moments and levels."""
    decay = math.exp(-1 / (random.uniform(0.0005, 0.0075) * rate))
    burst = random.standard_normal(rate // 40) * decay ** np.arange(rate // 40)
    noise = np.zeros(count)
    for _ in range(3 + random.integers(37)):
        start = random.integers(count)
        part = burst[: count - start]
        noise[start : start + len(part)] += random.standard_normal() * part
    return noise


def _modulated(noise: np.ndarray, rate: int, random: Generator) -> np.ndarray:
    """Swelling and fading, or switched on and off, 0.3 to 12 times a second."""
    angle = 2 * math.pi * random.uniform(0.3, 12) / rate
    sine = np.sin(angle * np.arange(len(noise)) + 2 * math.pi * random.random())
    envelope: np.ndarray = sine > 0 if random.random() < 0.5 else 0.5 + 0.5 * sine
    return noise * envelope
