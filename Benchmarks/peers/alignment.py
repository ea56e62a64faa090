"""Removes the latency of a system before it is scored.

Streaming systems answer late by a constant number of samples, and SI-SNR would charge them for it.
One delay is estimated for a system from all of its clips together, the same way for every system,
so that a single clip cannot be shifted in its own favour.
"""

import numpy as np
from scipy.signal import correlate, correlation_lags

def max_delay(rate: int) -> int:
    """Largest delay looked for, in samples: 100 ms."""
    return rate // 10


def estimate_delay(
    outputs: list[np.ndarray], references: list[np.ndarray], largest: int
) -> int:
    """The lag within `largest` with the largest summed normalised cross-correlation."""
    total = np.zeros(2 * largest + 1)
    for output, reference in zip(outputs, references, strict=True):
        lags = correlation_lags(len(output), len(reference))
        within = np.abs(lags) <= largest
        norm = np.linalg.norm(output) * np.linalg.norm(reference)
        if norm > 0:
            total += correlate(output, reference, method="fft")[within] / norm
    return int(np.argmax(total)) - largest


def shift(output: np.ndarray, delay: int, length: int) -> np.ndarray:
    """Drops the first `delay` samples (or puts zeros there, if negative), then fits to `length`."""
    shifted = output[delay:] if delay >= 0 else np.pad(output, (-delay, 0))
    return np.pad(shifted[:length], (0, max(0, length - len(shifted))))
