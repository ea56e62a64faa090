"""Matrices with zeros where Sparrow's own benchmark has them (`SparrowBenchmarks matvec --help`)."""

from functools import cache

import numpy as np
from scipy.sparse import csr_array

PATTERNS = ("unstructured", "balanced", "block")
TILE = 32
BLOCK = (16, 4)


def kept(size: int, zeros: float, pattern: str, random: np.random.Generator) -> np.ndarray:
    """Which weights are not zero, [size, size]."""
    if pattern == "block":
        rows, columns = BLOCK
        blocks = random.random((size // rows, size // columns)) >= zeros
        return blocks.repeat(rows, axis=0).repeat(columns, axis=1)
    if pattern == "balanced":
        # As many in every row of a tile, in random places; what a tile is owed in fractions goes
        # over to the next.
        owed = np.round(np.arange(size // TILE + 1) * TILE * (1 - zeros) + 1e-9).astype(int)
        places = random.permuted(np.broadcast_to(np.arange(TILE), (size, size // TILE, TILE)), axis=-1)
        return (places < np.diff(owed)[:, None]).reshape(size, size)
    return random.random((size, size)) >= zeros


@cache
def sparse_matrix(size: int, zeros: float, pattern: str) -> csr_array:
    """The same in every round; fp32 with 32-bit indices."""
    random = np.random.default_rng(size)
    mask = kept(size, zeros, pattern, random)
    matrix = csr_array(np.where(mask, random.random((size, size), dtype=np.float32) + np.float32(0.1), 0))
    matrix.indices = matrix.indices.astype(np.int32)
    matrix.indptr = matrix.indptr.astype(np.int32)
    return matrix
