"""The loops of timed_loop.c, compiled when they are first needed."""

import os
import shutil
import subprocess
from ctypes import CDLL, c_double, c_void_p, cast
from functools import cache
from importlib.metadata import files
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np


@cache
def loops() -> CDLL:
    compiler = os.environ.get("CC") or shutil.which("cc")
    if not compiler:
        raise SystemExit("a C compiler is needed: `cc` in the path, or CC in the environment")
    with TemporaryDirectory() as folder:
        library = Path(folder) / "timed_loop.so"
        source = Path(__file__).with_name("timed_loop.c")
        subprocess.run([compiler, "-O2", "-fPIC", "-shared", source, "-o", library], check=True)
        result = CDLL(str(library))
    for name in ("time_sgemv_32", "time_sgemv_64", "time_sparse_mv", "time_onnxruntime"):
        getattr(result, name).restype = c_double
    return result


def address(array: np.ndarray) -> c_void_p:
    return c_void_p(array.ctypes.data)


def entry(function) -> c_void_p:
    """Where a library's function is."""
    return cast(function, c_void_p)


def package_file(package: str, pattern: str) -> str:
    """The one file of an installed package whose path matches."""
    found = [file for file in files(package) or [] if file.match(pattern)]
    if len(found) != 1:
        raise SystemExit(f"expected one file {pattern} in the package {package}; found {len(found)}")
    return str(found[0].locate())
