"""The pseudo-random numbers of Sparrow's trainer: SplitMix64 (Steele et al. 2014)."""

from __future__ import annotations

import math

_MASK = (1 << 64) - 1
_INCREMENT = 0x9E3779B97F4A7C15


def _mix(value: int) -> int:
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & _MASK
    return value ^ (value >> 31)


class RandomNumbers:
    """The numbers of a stream of a seed; the same as in Swift, and on every machine."""

    def __init__(self, seed: int, stream: int = 0) -> None:
        mixed = _mix((stream * 0xD1342543DE82EF95 + 1) & _MASK)
        self._state = _mix((seed + _INCREMENT) & _MASK) ^ mixed

    def next(self) -> int:
        """The next 64 random bits."""
        self._state = (self._state + _INCREMENT) & _MASK
        return _mix(self._state)

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A uniform number, at least `low` and below `high`."""
        return low + (high - low) * (self.next() >> 11) * 2.0**-53

    def index(self, count: int) -> int:
        """A uniform integer, at least 0 and below `count`."""
        return int(self.uniform() * count)

    def normal(self) -> float:
        """A normal number with mean 0 and variance 1 (Box and Muller 1958)."""
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        return radius * math.cos(2 * math.pi * self.uniform())
