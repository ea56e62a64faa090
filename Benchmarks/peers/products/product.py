"""What is timed: one product, by one contender, of one kind of matrix."""

from typing import NamedTuple, Protocol

import numpy as np


class Case(NamedTuple):
    """Who multiplies what. Libraries that store every weight are timed on `zeros` = 0 alone."""

    contender: str
    size: int
    zeros: float = 0.0
    pattern: str = "unstructured"


class Product(Protocol):
    case: Case

    def microseconds(self, calls: int) -> float:
        """Mean time of a call, after one that warms the caches."""

    def close(self) -> None:
        """Gives back what the library holds."""


def check(case: Case, result: np.ndarray, expected: np.ndarray) -> None:
    """A product that is wrong is not worth timing."""
    if not np.allclose(result, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max()):
        raise RuntimeError(f"{case}: the product is wrong")
