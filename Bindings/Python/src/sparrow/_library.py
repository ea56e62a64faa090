"""The C library, by ctypes: Bindings/C/include/sparrow.h says what each function does."""

from __future__ import annotations

import ctypes
import os
import pathlib
from typing import Any

from ._errors import Error
from ._version import version


class Information(ctypes.Structure):
    """`sparrow_model_information`."""

    _fields_ = [
        ("kind", ctypes.c_int),
        ("sample_rate", ctypes.c_uint32),
        ("hop", ctypes.c_uint32),
        ("input_width", ctypes.c_uint32),
        ("output_width", ctypes.c_uint32),
        ("word_count", ctypes.c_uint32),
        ("fingerprint", ctypes.c_uint64),
    ]


class Detection(ctypes.Structure):
    """`sparrow_detection`."""

    _fields_ = [
        ("seconds", ctypes.c_double),
        ("word", ctypes.c_uint32),
        ("confidence", ctypes.c_float),
    ]


class HopDetection(ctypes.Structure):
    """`sparrow_hop_detection`."""

    _fields_ = [
        ("found", ctypes.c_uint32),
        ("word", ctypes.c_uint32),
        ("confidence", ctypes.c_float),
    ]


_pointer, _size, _rate, _float = (
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_uint32,
    ctypes.c_float,
)
_index = ctypes.c_uint32

# Functions that return a status, by name.
_SIGNATURES: dict[str, list[Any]] = {
    "model_create": [_pointer, _size, _pointer],
    "model_create_builtin": [ctypes.c_char_p, _pointer],
    "model_get_information": [_pointer, _pointer],
    "denoiser_create": [_pointer, _rate, _rate, _pointer],
    "denoiser_process": [_pointer, _pointer, _pointer, _size],
    "denoiser_set_attenuation_limit": [_pointer, _float],
    "denoiser_set_mix": [_pointer, _float],
    "spotter_create": [_pointer, _rate, _pointer],
    "spotter_process": [_pointer, _pointer, _size, _pointer, _size, _pointer],
    "spotter_set_threshold": [_pointer, _float],
    "stream_create": [_pointer, _pointer],
    "stream_run": [_pointer, _pointer, _pointer, _size],
    "group_create": [_pointer, ctypes.c_int, ctypes.c_uint32, _pointer],
    "group_add": [_pointer, _pointer],
    "group_remove": [_pointer, _index],
    "group_reset": [_pointer, _index],
    "group_step": [_pointer, _pointer, _size, _pointer, _pointer],
    "group_spot": [_pointer, _pointer, _size, _pointer, _pointer],
    "group_set_denoising": [_pointer, _index, _float, _float],
    "group_set_threshold": [_pointer, _index, _float],
    "group_save_state": [_pointer, _index, _pointer, _size],
    "group_restore_state": [_pointer, _index, _pointer, _size],
}
_STATEFUL = ("denoiser", "spotter", "stream")
for _name in _STATEFUL:
    _SIGNATURES |= {
        f"{_name}_reset": [_pointer],
        f"{_name}_save_state": [_pointer, _pointer, _size],
        f"{_name}_restore_state": [_pointer, _pointer, _size],
    }

# Functions that return a text.
_TEXTS: dict[str, list[Any]] = {
    "builtin_denoiser": [_rate],
    "model_word": [_pointer, ctypes.c_uint32],
    "status_text": [ctypes.c_int],
    "version": [],
}


def _declare(library: Any) -> Any:
    for name, arguments in _SIGNATURES.items():
        function = getattr(library, f"sparrow_{name}")
        function.argtypes, function.restype = arguments, ctypes.c_int
    for name in ("model", "group", *_STATEFUL):
        function = getattr(library, f"sparrow_{name}_destroy")
        function.argtypes, function.restype = [_pointer], None
    sizes = (f"{kind}_state_size" for kind in ("group", *_STATEFUL))
    for name in ("denoiser_latency", *sizes):
        function = getattr(library, f"sparrow_{name}")
        function.argtypes, function.restype = [_pointer], _size
    for name, arguments in _TEXTS.items():
        function = getattr(library, f"sparrow_{name}")
        function.argtypes, function.restype = arguments, ctypes.c_char_p
    return library


def _load() -> tuple[Any, Any]:
    path = os.environ.get("SPARROW_LIBRARY") or str(
        pathlib.Path(__file__).with_name("libsparrow.so")
    )
    try:
        whole, brief = _declare(ctypes.CDLL(path)), _declare(ctypes.PyDLL(path))
    except (OSError, AttributeError) as error:
        raise Error(f"the C library cannot be loaded: {error}") from None
    found = whole.sparrow_version().decode()
    if found != version:
        raise Error(f"the C library {path} has version {found}; expected {version}")
    return whole, brief


library, brief_library = _load()
"""The library twice. Calls of `library` let other threads run meanwhile; calls of `brief_library`
keep the interpreter's lock: they take microseconds, and getting the lock back may take
milliseconds."""


def check(status: int, what: str) -> None:
    """Raises an `Error` about `what` unless the status is that all went well."""
    if status:
        raise Error(f"{what}: {library.sparrow_status_text(status).decode()}")


class Handle:
    """An object of the library, destroyed with the last reference to it."""

    __slots__ = ("_destroy", "value")

    def __init__(self, kind: str, what: str, *arguments: Any) -> None:
        self._destroy: Any = None
        create = "sparrow_model_create_builtin" if kind == "builtin" else f"sparrow_{kind}_create"
        handle = ctypes.c_void_p()
        check(getattr(library, create)(*arguments, ctypes.byref(handle)), what)
        self.value: int = handle.value or 0
        owner = "model" if kind == "builtin" else kind
        self._destroy = getattr(library, f"sparrow_{owner}_destroy")

    def __del__(self) -> None:
        if self._destroy is not None:
            self._destroy(self.value)
