"""Playing a signal faster or slower."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Signal = np.ndarray[Any, np.dtype[np.float32]]

_ZEROS = 16
_CUTOFF = 0.97
_SHAPE = 5.0
_PHASES = 256
_BLOCK = 1 << 15


def resampled(source: Signal, speed: float, count: int | None = None) -> Signal:
    """The source at times 0, speed, 2 speed, …, by interpolation with a sinc under Kaiser's window
    (Smith and Gossett 1984), whose cutoff is that of the lower rate; silence is assumed around it.

    count: samples of the result; as many as the source lasts for if it is left out.
    """
    if count is None:
        count = math.ceil(len(source) / speed)
    stretch = max(1.0, speed)
    half = math.ceil(_ZEROS * stretch)
    taps = np.arange(1 - half, half + 1)
    table = _filters(taps, half, stretch)
    padded = np.zeros(len(source) + 2 * half + 2, np.float32)
    padded[half : half + len(source)] = source
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(taps))
    result = np.empty(count, np.float32)
    for start in range(0, count, _BLOCK):
        positions = np.arange(start, min(start + _BLOCK, count)) * speed
        first = positions.astype(np.int64)
        phases = (positions - first) * _PHASES
        rows = phases.astype(np.int64)
        shares = (phases - rows).astype(np.float32)
        seen = windows[np.minimum(first + 1, len(windows) - 1)]
        low = np.einsum("ij,ij->i", seen, table[rows])
        high = np.einsum("ij,ij->i", seen, table[rows + 1])
        result[start : start + len(positions)] = low + shares * (high - low)
    return result


def _filters(
    taps: np.ndarray[Any, Any], half: int, stretch: float
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The filter by phase and tap; phases between are interpolated linearly."""
    distance = taps - np.arange(_PHASES + 1)[:, None] / _PHASES
    window = np.i0(_SHAPE * np.sqrt(np.maximum(0, 1 - (distance / half) ** 2))) / np.i0(_SHAPE)
    cutoff = _CUTOFF / stretch
    return (cutoff * np.sinc(cutoff * distance) * window).astype(np.float32)
