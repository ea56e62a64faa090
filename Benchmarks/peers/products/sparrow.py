"""Sparrow's formats, timed by its own benchmark."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .product import Case

ARITHMETICS = ("f32", "w8a8", "w8a16")
LOOKUPS = ("lookup", "wideLookup")
FORMATS = ("dense", "events", *LOOKUPS, "block")


def contender(arithmetic: str, matrix_format: str) -> str:
    return f"Sparrow {arithmetic} {matrix_format}"


def sparrow_times(
    binary: Path, size: int, zeros: Sequence[float], patterns: Sequence[str], samples: int
) -> dict[Case, float]:
    """Median microseconds of every format; matrices are made and packed anew."""
    command = [binary, "matvec", "--json", "--rounds", str(samples), "--sizes", str(size)]
    command += ["--sparsities", *map(str, zeros), "--patterns", *patterns]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result = {}
    for line in map(json.loads, run.stdout.splitlines()):
        name = contender(line["arithmetic"], line["format"])
        result[Case(name, line["size"], line["zeros"], line["pattern"])] = line["microseconds"]
    return result
