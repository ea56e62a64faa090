"""What the formats are to reach, each as a ratio of two times, and what they do reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from .product import Case
from .sparrow import LOOKUPS, contender

Rounds = Mapping[Case, Sequence[float]]
"""Microseconds of every case, round by round."""

LIBRARY_ORDERS = ("by rows", "by columns")


@dataclass(frozen=True)
class Goal:
    """How many times as long the slower contender takes. Of several contenders for either place, the
    one with the least median stands."""

    slower: tuple[Case, ...]
    faster: tuple[Case, ...]
    asked: float

    def measured(self, rounds: Rounds) -> "Measured | None":
        """None where a case was not timed."""
        if not all(case in rounds for case in self.slower + self.faster):
            return None
        slower, faster = best(self.slower, rounds), best(self.faster, rounds)
        ratios = [a / b for a, b in zip(rounds[slower], rounds[faster], strict=True)]
        return Measured(slower, faster, self.asked, median(ratios), min(ratios), max(ratios))


@dataclass(frozen=True)
class Measured:
    slower: Case
    faster: Case
    asked: float
    ratio: float
    """Median of the ratios within a round; then the least and the greatest of them."""
    least: float
    greatest: float

    @property
    def met(self) -> bool:
        return self.ratio >= self.asked


def best(cases: Sequence[Case], rounds: Rounds) -> Case:
    return min(cases, key=lambda case: median(rounds[case]))


def sparrow(arithmetic: str, formats: Sequence[str], size: int, zeros: float, pattern: str) -> tuple[Case, ...]:
    return tuple(Case(contender(arithmetic, name), size, zeros, pattern) for name in formats)


def over_dense(formats: Sequence[str], size: int, zeros: float, pattern: str, asked: float) -> Goal:
    """A format against Sparrow's own dense one, in bytes."""
    dense = sparrow("w8a8", ["dense"], size, zeros, pattern)
    return Goal(dense, sparrow("w8a8", formats, size, zeros, pattern), asked)


def wider_activations(formats: Sequence[str], size: int, zeros: float, pattern: str) -> Goal:
    """The speed with activations of 16 bits, as a share of that with 8."""
    narrow = sparrow("w8a8", formats, size, zeros, pattern)
    return Goal(narrow, sparrow("w8a16", formats, size, zeros, pattern), 0.6)


def over_library(library: str, size: int, zeros: float, pattern: str) -> Goal:
    """A lookup in bytes against a library's dense fp32."""
    dense = tuple(Case(f"{library} fp32 {order}", size) for order in LIBRARY_ORDERS)
    return Goal(dense, sparrow("w8a8", LOOKUPS, size, zeros, pattern), 25)


def goals(sizes: Sequence[int]) -> list[Goal]:
    result = [
        Goal((Case("ONNX Runtime int8", size),), sparrow("w8a8", ["dense"], size, 0.0, "unstructured"), 2)
        for size in sizes
    ]
    result += [over_dense(LOOKUPS, size, 0.9, "unstructured", 5) for size in sizes]
    result += [over_dense(LOOKUPS, size, 0.95, "unstructured", 8) for size in sizes]
    if 1024 in sizes:
        result += [
            over_dense(LOOKUPS, 1024, 0.9, "balanced", 7),
            over_dense(["block"], 1024, 0.9, "block", 9),
            over_library("OpenBLAS", 1024, 0.9, "unstructured"),
            over_library("MKL", 1024, 0.9, "unstructured"),
        ]
    result += [wider_activations(["dense"], size, 0.0, "unstructured") for size in sizes]
    result += [wider_activations(LOOKUPS, size, 0.9, "unstructured") for size in sizes]
    result += [wider_activations(LOOKUPS, size, 0.9, "balanced") for size in sizes]
    result += [wider_activations(["block"], size, 0.9, "block") for size in sizes]
    return result
