"""Dense fp32 by cblas_sgemv: the OpenBLAS that comes with NumPy, and MKL."""

import re
from ctypes import CDLL, c_char_p, c_int, c_int32, c_int64, create_string_buffer
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution

import numpy as np

from .product import Case, check
from .timed_loop import address, entry, loops, package_file

ORDERS = {"rows": 101, "columns": 102}
"""A matrix stored row by row, or column by column: libraries are faster now by one, now by the other."""


@cache
def openblas() -> CDLL:
    return CDLL(package_file("numpy", "numpy.libs/*openblas64_*"))


@cache
def mkl() -> CDLL:
    return CDLL(package_file("mkl", "libmkl_rt.so.*"))


def has_mkl() -> bool:
    """It exists for x86-64 alone."""
    try:
        return bool(distribution("mkl"))
    except PackageNotFoundError:
        return False


def openblas_version() -> str:
    """Its version, and the processor that it takes this one for."""
    version, core = openblas().scipy_openblas_get_config64_, openblas().scipy_openblas_get_corename64_
    version.restype = core.restype = c_char_p
    return f"{version().decode().split()[1]} ({core().decode()})"


def mkl_version() -> str:
    text = create_string_buffer(256)
    mkl().mkl_get_version_string(text, c_int(len(text)))
    return re.search(r"Version ([\d.]+)", text.value.decode()).group(1)


class DenseProduct:
    def __init__(self, library: str, size: int, order: str, random: np.random.Generator):
        self.case = Case(f"{library} fp32 by {order}", size)
        matrix = random.random((size, size), dtype=np.float32)
        self._matrix = matrix if order == "rows" else matrix.T.copy()
        self._x = random.random(size, dtype=np.float32)
        self._y = np.zeros(size, dtype=np.float32)
        if library == "MKL":
            self._loop, self._function = loops().time_sgemv_32, mkl().cblas_sgemv
            integer = c_int32
        else:
            self._loop, self._function = loops().time_sgemv_64, openblas().scipy_cblas_sgemv64_
            integer = c_int64
        self._shape = c_int(ORDERS[order]), integer(size)
        self.microseconds(1)
        check(self.case, self._y, matrix @ self._x)

    def microseconds(self, calls: int) -> float:
        arrays = address(self._matrix), address(self._x), address(self._y)
        return self._loop(entry(self._function), *self._shape, *arrays, c_int64(calls))

    def close(self) -> None:
        pass
