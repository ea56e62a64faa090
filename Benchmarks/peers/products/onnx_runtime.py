"""MatMulInteger and MatMul of ONNX Runtime, through its C interface and buffers bound once.

The C interface is a table of functions that only ever grows, so a function's place in it is for good
(`struct OrtApi` in onnxruntime_c_api.h); the header does not come with the wheel.
"""

from ctypes import CDLL, CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_void_p
from functools import cache

import numpy as np
import onnx
from onnx import helper, numpy_helper

from .product import Case, check
from .timed_loop import address, loops, package_file

INTERFACE_VERSION = 14
PLACES = {
    "GetErrorMessage": 2,
    "CreateEnv": 3,
    "CreateSessionFromArray": 8,
    "CreateSessionOptions": 10,
    "SetSessionExecutionMode": 13,
    "SetSessionGraphOptimizationLevel": 23,
    "SetIntraOpNumThreads": 24,
    "SetInterOpNumThreads": 25,
    "CreateRunOptions": 39,
    "CreateTensorWithDataAsOrtValue": 49,
    "CreateCpuMemoryInfo": 69,
    "ReleaseSession": 95,
    "ReleaseValue": 96,
    "RunWithBinding": 133,
    "CreateIoBinding": 134,
    "ReleaseIoBinding": 135,
    "BindInput": 136,
    "BindOutput": 137,
}
OPSET = 20
IR_VERSION = 10
ENABLE_ALL_OPTIMISATIONS = 99
SEQUENTIAL = 0
WARNING = 2
ARENA_ALLOCATOR = 1
DEFAULT_MEMORY = 0
KINDS = {
    "int8": ("MatMulInteger", np.uint8, np.int8, np.int32),
    "fp32": ("MatMul", np.float32, np.float32, np.float32),
}
"""Operator; types of activations, weights and result. MatMulInteger is slow on signed activations."""


class Library:
    """The functions of the interface by name, and what all sessions share."""

    def __init__(self):
        library = CDLL(package_file("onnxruntime", "capi/libonnxruntime.so.*"))
        library.OrtGetApiBase.restype = POINTER(c_void_p)
        get_interface, get_version = library.OrtGetApiBase()[:2]
        self.version = CFUNCTYPE(c_char_p)(get_version)().decode()
        self._table = CFUNCTYPE(POINTER(c_void_p), c_uint32)(get_interface)(INTERFACE_VERSION)
        self.environment = self.made("CreateEnv", c_int(WARNING), c_char_p(b"matvec"))
        self.run_options = self.made("CreateRunOptions")
        self.memory = self.made("CreateCpuMemoryInfo", c_int(ARENA_ALLOCATOR), c_int(DEFAULT_MEMORY))
        self.session_options = self.made("CreateSessionOptions")
        for name, value in (
            ("SetSessionExecutionMode", SEQUENTIAL),
            ("SetSessionGraphOptimizationLevel", ENABLE_ALL_OPTIMISATIONS),
            ("SetIntraOpNumThreads", 1),
            ("SetInterOpNumThreads", 1),
        ):
            self.call(name, self.session_options, c_int(value))

    def place(self, name: str) -> c_void_p:
        return c_void_p(self._table[PLACES[name]])

    def call(self, name: str, *arguments) -> None:
        status = CFUNCTYPE(c_void_p)(self._table[PLACES[name]])(*arguments)
        if status:
            message = CFUNCTYPE(c_char_p)(self._table[PLACES["GetErrorMessage"]])(c_void_p(status))
            raise RuntimeError(f"{name}: {message.decode()}")

    def made(self, name: str, *arguments) -> c_void_p:
        """What a function gives through its last argument."""
        result = c_void_p()
        self.call(name, *arguments, byref(result))
        return result

    def release(self, kind: str, thing: c_void_p) -> None:
        CFUNCTYPE(None)(self._table[PLACES[f"Release{kind}"]])(thing)


@cache
def onnx_runtime() -> Library:
    return Library()


class OnnxRuntimeProduct:
    def __init__(self, kind: str, size: int, random: np.random.Generator):
        self.case = Case(f"ONNX Runtime {kind}", size)
        operator, x_type, weight_type, y_type = KINDS[kind]
        # The graph computes x Wᵀ, its constant being Wᵀ: the form that exporters write.
        matrix = random_values(random, (size, size), weight_type)
        self._x = random_values(random, (1, size), x_type)
        self._y = np.zeros((1, size), dtype=y_type)

        library = onnx_runtime()
        model = product_model(operator, matrix, self._x, self._y)
        self._session = library.made(
            "CreateSessionFromArray", library.environment, c_char_p(model), c_size_t(len(model)),
            library.session_options)
        self._binding = library.made("CreateIoBinding", self._session)
        self._values = [bound_value(self._x), bound_value(self._y)]
        for name, end, value in zip(("BindInput", "BindOutput"), (b"x", b"y"), self._values, strict=True):
            library.call(name, self._binding, c_char_p(end), value)
        library.call("RunWithBinding", self._session, library.run_options, self._binding)
        check(self.case, self._y, self._x.astype(np.float64) @ matrix.astype(np.float64))

    def microseconds(self, calls: int) -> float:
        library = onnx_runtime()
        return loops().time_onnxruntime(
            library.place("RunWithBinding"), self._session, library.run_options, self._binding, c_int64(calls))

    def close(self) -> None:
        library = onnx_runtime()
        library.release("IoBinding", self._binding)
        for value in self._values:
            library.release("Value", value)
        library.release("Session", self._session)


def random_values(random: np.random.Generator, shape: tuple[int, int], kind: type) -> np.ndarray:
    if kind == np.float32:
        return random.random(shape, dtype=np.float32)
    limits = np.iinfo(kind)
    return random.integers(limits.min, limits.max, shape, dtype=kind, endpoint=True)


def bound_value(array: np.ndarray) -> c_void_p:
    """A tensor in the array's own memory."""
    library = onnx_runtime()
    kind = helper.np_dtype_to_tensor_dtype(array.dtype)
    return library.made(
        "CreateTensorWithDataAsOrtValue", library.memory, address(array), c_size_t(array.nbytes),
        (c_int64 * 2)(*array.shape), c_size_t(2), c_int(kind))


def product_model(operator: str, matrix: np.ndarray, x: np.ndarray, y: np.ndarray) -> bytes:
    def end(name: str, array: np.ndarray) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)

    graph = helper.make_graph(
        [helper.make_node(operator, ["x", "W"], ["y"])], "product", [end("x", x)], [end("y", y)],
        [numpy_helper.from_array(matrix, "W")])
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION).SerializeToString()
