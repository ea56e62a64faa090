"""Sparse fp32 in compressed rows: MKL's inspector-executor routines, and SciPy."""

from ctypes import byref, c_int, c_int32, c_int64, c_void_p
from time import perf_counter

import numpy as np
from scipy.sparse import _sparsetools

from .blas import mkl
from .matrices import sparse_matrix
from .product import Case, check
from .timed_loop import address, entry, loops

EXPECTED_CALLS = 1_000_000
"""What MKL is told, so that it may spend on rearranging the matrix what it likes."""


class SciPyProduct:
    """csr_matvec, which is what `matrix @ x` comes down to; called from Python, it takes a microsecond
    or so more than its work."""

    def __init__(self, size: int, zeros: float, pattern: str):
        self.case = Case("SciPy CSR", size, zeros, pattern)
        matrix = sparse_matrix(size, zeros, pattern).copy()
        self._x = np.random.default_rng(0).random(size, dtype=np.float32)
        self._y = np.zeros(size, dtype=np.float32)
        self._arguments = size, size, matrix.indptr, matrix.indices, matrix.data, self._x, self._y
        _sparsetools.csr_matvec(*self._arguments)
        check(self.case, self._y, matrix.toarray() @ self._x)

    def microseconds(self, calls: int) -> float:
        # Each call adds to the result; it is cleared here so that it stays finite.
        self._y[:] = 0
        function, arguments = _sparsetools.csr_matvec, self._arguments
        function(*arguments)
        start = perf_counter()
        for _ in range(calls):
            function(*arguments)
        return (perf_counter() - start) * 1e6 / calls

    def close(self) -> None:
        pass


class MKLProduct:
    def __init__(self, size: int, zeros: float, pattern: str):
        self.case = Case("MKL CSR", size, zeros, pattern)
        self._matrix = matrix = sparse_matrix(size, zeros, pattern).copy()
        self._x = np.random.default_rng(0).random(size, dtype=np.float32)
        self._y = np.zeros(size, dtype=np.float32)
        self._handle = c_void_p()
        self._checked("create", mkl().mkl_sparse_s_create_csr(
            byref(self._handle), c_int(0), c_int32(size), c_int32(size), address(matrix.indptr[:-1]),
            address(matrix.indptr[1:]), address(matrix.indices), address(matrix.data)))
        self._checked("hint", loops().hint_sparse_mv(
            entry(mkl().mkl_sparse_set_mv_hint), self._handle, c_int32(EXPECTED_CALLS)))
        self._checked("optimize", mkl().mkl_sparse_optimize(self._handle))
        self.microseconds(1)
        check(self.case, self._y, matrix @ self._x)

    def _checked(self, what: str, status: int) -> None:
        if status != 0:
            raise RuntimeError(f"{self.case}: MKL could not {what}: status {status}")

    def microseconds(self, calls: int) -> float:
        return loops().time_sparse_mv(
            entry(mkl().mkl_sparse_s_mv), self._handle, address(self._x), address(self._y), c_int64(calls))

    def close(self) -> None:
        mkl().mkl_sparse_destroy(self._handle)
