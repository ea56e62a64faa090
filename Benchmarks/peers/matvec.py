"""Times single products of a matrix and a vector: Sparrow's formats, and what users would pick instead.

One vector a call, one thread, caches warm. Contenders take turns: in every round all matrices are laid
into fresh memory, and what is compared is the ratio within a round. A turn is the median of a few
samples, and a sample the mean of some calls after one that warms the caches. Libraries are called
from C.
"""

import one_thread  # noqa: F401  (before NumPy)

import argparse
import json
import os
import platform
import sys
from collections import defaultdict
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np

from products.blas import ORDERS, DenseProduct, has_mkl, mkl_version, openblas_version
from products.csr import MKLProduct, SciPyProduct
from products.goals import Measured, Rounds, goals
from products.matrices import PATTERNS, TILE
from products.onnx_runtime import OnnxRuntimeProduct, onnx_runtime
from products.product import Case, Product
from products.sparrow import sparrow_times
from products.tables import dense_table, figure, goal_table, sparse_table

MULTIPLICATIONS_PER_SAMPLE = 20_000_000
LEAST_CALLS_PER_SAMPLE = 20
"""A sample is as long as those of Sparrow's own benchmark."""


def library_products(size: int, zeros: Sequence[float], patterns: Sequence[str], round_index: int) -> list[Product]:
    random = np.random.default_rng(round_index)
    dense, sparse = (["OpenBLAS", "MKL"], [MKLProduct, SciPyProduct]) if has_mkl() else (["OpenBLAS"], [SciPyProduct])
    result: list[Product] = [OnnxRuntimeProduct(kind, size, random) for kind in ("int8", "fp32")]
    result += [DenseProduct(library, size, order, random) for library in dense for order in ORDERS]
    result += [make(size, share, pattern) for make in sparse for share in zeros if share > 0 for pattern in patterns]
    return result


def library_times(products: list[Product], size: int, samples: int) -> dict[Case, float]:
    """Median microseconds of each product, which take turns at every sample."""
    calls = max(LEAST_CALLS_PER_SAMPLE, MULTIPLICATIONS_PER_SAMPLE // max(size, TILE) ** 2)
    times = defaultdict(list)
    for _ in range(samples):
        for product in products:
            times[product.case].append(product.microseconds(calls))
    for product in products:
        product.close()
    return {case: median(values) for case, values in times.items()}


def time_all(arguments: argparse.Namespace) -> Rounds:
    rounds = defaultdict(list)
    for index in range(arguments.rounds):
        print(f"round {index + 1} of {arguments.rounds}", file=sys.stderr)
        for size in arguments.sizes:
            times = sparrow_times(arguments.sparrow, size, arguments.zeros, arguments.patterns, arguments.samples)
            products = library_products(size, arguments.zeros, arguments.patterns, index)
            times |= library_times(products, size, arguments.samples)
            for case, microseconds in times.items():
                rounds[case].append(microseconds)
    return dict(rounds)


def cost_of_calls() -> dict[str, float]:
    """What is left of a product's time when there is one number to multiply."""
    products = library_products(1, [0.5], ["unstructured"], round_index=0)
    times = library_times(products, 1, samples=9)
    return {case.contender: microseconds for case, microseconds in times.items()}


def versions() -> dict[str, str]:
    return {
        "ONNX Runtime": onnx_runtime().version,
        "OpenBLAS": openblas_version(),
        **({"MKL": mkl_version()} if has_mkl() else {}),
        "SciPy": version("scipy"),
        "Processor": processor(),
    }


def processor() -> str:
    """The name that Linux knows it by; elsewhere its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def as_json(rounds: Rounds, measured: Sequence[Measured], calls: dict[str, float]) -> str:
    content = {
        "versions": versions(),
        "environment": {name: os.environ[name] for name in sorted(os.environ)
                        if name.startswith(("OPENBLAS_", "MKL_"))},
        "microseconds_of_a_call": calls,
        "microseconds": [case._asdict() | {"median": median(times), "rounds": times}
                         for case, times in rounds.items()],
        "goals": [{"slower": goal.slower._asdict(), "faster": goal.faster._asdict(), "asked": goal.asked,
                   "ratio": goal.ratio, "least": goal.least, "greatest": goal.greatest, "met": goal.met}
                  for goal in measured],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def matrix_size(argument: str) -> int:
    size = int(argument)
    if size < TILE or size % TILE:
        raise argparse.ArgumentTypeError(f"{size}; expected a multiple of {TILE}")
    return size


def count(argument: str) -> int:
    value = int(argument)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value}; expected 1 or more")
    return value


def share(argument: str) -> float:
    value = float(argument)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{value}; expected a share from 0 to less than 1")
    return value


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sparrow", type=Path, required=True, metavar="BINARY",
                        help="path of Sparrow's own benchmarks, built with `make bench`")
    parser.add_argument("--sizes", type=matrix_size, nargs="+", default=[256, 512, 1024, 2048], metavar="N",
                        help="rows and columns (default: 256 512 1024 2048)")
    parser.add_argument("--zeros", type=share, nargs="+", default=[0, 0.5, 0.8, 0.9, 0.95], metavar="SHARE",
                        help="shares of zeros (default: 0 0.5 0.8 0.9 0.95)")
    parser.add_argument("--patterns", nargs="+", choices=PATTERNS, default=list(PATTERNS))
    parser.add_argument("--rounds", type=count, default=9, help="turns of every contender (default: 9)")
    parser.add_argument("--samples", type=count, default=5, help="samples of a turn (default: 5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the times of every round")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    if 0 not in arguments.zeros:
        arguments.zeros.insert(0, 0.0)
    rounds = time_all(arguments)
    measured = [result for goal in goals(arguments.sizes) if (result := goal.measured(rounds))]
    calls = cost_of_calls()

    print(dense_table(rounds))
    print("\n" + sparse_table(rounds))
    print("\n" + goal_table(measured))
    print("\nA call that multiplies one number by one: "
          + ", ".join(f"{name} {figure(microseconds)} µs" for name, microseconds in calls.items()) + ".")
    print("\n" + "; ".join(f"{name} {text}" for name, text in versions().items()) + ".")
    if arguments.json:
        arguments.json.write_text(as_json(rounds, measured, calls))


if __name__ == "__main__":
    main()
