"""Times and goals, laid out."""

from collections.abc import Sequence
from math import floor, log10
from statistics import median

from markdown_table import markdown

from .goals import Measured, Rounds, best
from .product import Case
from .sparrow import ARITHMETICS, FORMATS, contender

SPARSE_LIBRARIES = ("MKL CSR", "SciPy CSR")


def figure(microseconds: float) -> str:
    """Three digits."""
    return f"{microseconds:.{max(0, 2 - floor(log10(microseconds)))}f}"


def dense_table(rounds: Rounds) -> str:
    """Every contender that stores all weights, the fastest at the largest size first."""
    skipping = {contender(arithmetic, name) for arithmetic in ARITHMETICS for name in FORMATS if name != "dense"}
    full = {case: median(times) for case, times in rounds.items()
            if case.zeros == 0 and case.contender not in skipping}
    sizes = sorted({case.size for case in full})
    names = {case.contender for case in full}
    rows = [["all weights, µs"] + [f"{size}²" for size in sizes]]
    for name in sorted(names, key=lambda name: full[Case(name, sizes[-1])]):
        rows.append([name] + [figure(full[Case(name, size)]) for size in sizes])
    return markdown(rows)


def sparse_table(rounds: Rounds) -> str:
    """Sparrow's fastest format of each arithmetic, beside its dense bytes and sparse libraries."""
    libraries = [name for name in SPARSE_LIBRARIES if any(case.contender == name for case in rounds)]
    rows = [["size, zeros, pattern; µs", "Sparrow w8a8 dense"]
            + [f"Sparrow {arithmetic}, best" for arithmetic in ARITHMETICS] + libraries]
    kinds = dict.fromkeys(case[1:] for case in rounds if case.zeros > 0)
    for size, zeros, pattern in kinds:
        def cell(name: str, kind=(size, zeros, pattern)) -> str:
            return figure(median(rounds[Case(name, *kind)]))

        row = [f"{size}, {zeros:g}, {pattern}", cell(contender("w8a8", "dense"))]
        for arithmetic in ARITHMETICS:
            cases = [Case(contender(arithmetic, name), size, zeros, pattern) for name in FORMATS]
            fastest = best(cases, rounds).contender
            row.append(f"{cell(fastest)} {fastest.split()[-1]}")
        rows.append(row + [cell(name) for name in libraries])
    return markdown(rows)


def goal_table(measured: Sequence[Measured]) -> str:
    rows = [["time ratio", "size, zeros, pattern", "asked", "measured (range over rounds)", "met"]]
    for goal in measured:
        faster = goal.faster
        rows.append([
            f"{goal.slower.contender} / {faster.contender}",
            f"{faster.size}, {faster.zeros:g}, {faster.pattern}",
            f"{goal.asked:g}",
            f"{goal.ratio:.2f} ({goal.least:.2f}–{goal.greatest:.2f})",
            "yes" if goal.met else "no",
        ])
    return markdown(rows)
