"""Many denoisers, spotters or bare networks of one model that take their steps together."""

from __future__ import annotations

import ctypes
import math
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import _samples
from ._errors import Error
from ._library import Handle, HopDetection, check, library
from ._model import _KINDS, ModelLike, as_model

_FOUND = np.dtype(HopDetection)


class Group:
    """Many denoisers, spotters or bare networks of one model that take their steps together, for
    servers: the weights are read once for many, which is several times as fast as one after the
    other.

    >>> group = sparrow.Group(sparrow.Model.builtin("denoiser"), capacity=1000)
    >>> callers = [group.add(), group.add()]
    >>> clean = group.step(callers, hops)      # (2, hop) to (2, hop)

    Each is known by its index. They join, leave, begin anew and move to other groups between steps,
    and each gives what it gives alone. Sound has the model's own rate, and comes hop by hop. Calls
    from several threads wait for each other; give every thread a group of its own.
    """

    def __init__(self, model: ModelLike, capacity: int, *, frames: bool = False) -> None:
        """
        model: a denoiser's, a spotter's or any other network.
        capacity: the most that there may be at a time, 1 to 65536. Memory for all is taken here.
        frames: whether a denoiser's or spotter's network takes frames of numbers, without its front
            end, as any other network does.
        """
        self._model = as_model(model)
        self._capacity = _samples.checked_count(capacity, "capacity", 65_536)
        kind = "network" if frames else self._model.kind
        if kind == "language model":
            raise Error(
                "groups run denoisers, spotters and networks of frames, not language models"
            )
        self._spots = kind == "spotter"
        hop = self._model.hop or 0
        is_sound = kind != "network"
        self._widths = (
            hop if is_sound else self._model.input_width,
            hop if is_sound else self._model.output_width,
        )
        handle, number = self._model._handle.value, _KINDS.index(kind)
        self._handle = Handle("group", f"a group of {capacity}", handle, number, self._capacity)
        self._lock = threading.Lock()
        self._names = self._model.words if self._spots else []

    @property
    def capacity(self) -> int:
        """The most that there may be at a time."""
        return self._capacity

    def add(self) -> int:
        """Adds one at its beginning, and gives its index, the lowest that is free.

        Raises `Error` where there is no room.
        """
        index = ctypes.c_uint32()
        self._call("add", ctypes.byref(index))
        return index.value

    def remove(self, index: int) -> None:
        """Removes one. Its index may be given to another."""
        self._call("remove", _index(index))

    def reset(self, index: int) -> None:
        """Begins a new signal."""
        self._call("reset", _index(index))

    def step(
        self, indices: Sequence[int] | np.ndarray[Any, Any], inputs: Any
    ) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Takes a hop of samples, or a frame, for each of some indices, and gives as many.

        indices: each once, in any order; the others stay as they are.
        inputs: (n, hop) of sound, floats between -1 and 1 or int16; (n, input_width) of frames.
        """
        numbers, array = self._checked(indices, inputs)
        outputs = np.empty((len(numbers), self._widths[1]), np.float32)
        self._step("step", numbers, array, outputs)
        return outputs

    def spot(
        self, indices: Sequence[int] | np.ndarray[Any, Any], inputs: Any
    ) -> list[tuple[str, float] | None]:
        """Takes a hop of samples for each of some spotters, (n, hop), and gives for each the word
        that is recognised in it with its averaged probability, or None."""
        numbers, array = self._checked(indices, inputs)
        found = np.zeros(len(numbers), _FOUND)
        self._step("spot", numbers, array, found)
        return [
            (self._names[one["word"]], float(one["confidence"])) if one["found"] else None
            for one in found
        ]

    def set_denoising(
        self, index: int, *, attenuation_limit: float = math.inf, mix: float = 1.0
    ) -> None:
        """How far one denoiser goes until it is removed; see `Denoiser`."""
        limit = _samples.checked_number(attenuation_limit, "attenuation_limit")
        share = _samples.checked_number(mix, "mix")
        self._call("set_denoising", _index(index), limit, share)

    def set_threshold(self, index: int, threshold: float) -> None:
        """The averaged probability from which one spotter counts a word as heard."""
        value = _samples.checked_number(threshold, "threshold")
        self._call("set_threshold", _index(index), value)

    def state(self, index: int) -> bytes:
        """Everything that is remembered of one: bytes that mean the same on every machine."""
        memory = ctypes.create_string_buffer(library.sparrow_group_state_size(self._handle.value))
        self._call("save_state", _index(index), memory, len(memory))
        return memory.raw

    def set_state(self, index: int, state: bytes) -> None:
        """Has one go on from a state; that of another network is refused."""
        if not isinstance(state, (bytes, bytearray)):
            raise Error(f"a state is bytes, not {type(state).__name__}")
        memory = (ctypes.c_char * max(len(state), 1)).from_buffer_copy(bytes(state) or b"\0")
        self._call("restore_state", _index(index), memory, len(state))

    def _call(self, name: str, *arguments: Any) -> None:
        with self._lock:
            status = getattr(library, f"sparrow_group_{name}")(self._handle.value, *arguments)
        check(status, name)

    def _step(
        self, name: str, indices: np.ndarray[Any, Any], *arrays: np.ndarray[Any, Any]
    ) -> None:
        addresses = [array.ctypes.data for array in arrays]
        self._call(name, indices.ctypes.data, len(indices), *addresses)

    def _checked(
        self, indices: Any, inputs: Any
    ) -> tuple[np.ndarray[Any, np.dtype[np.uint32]], np.ndarray[Any, np.dtype[np.float32]]]:
        numbers = np.asarray(indices)
        if numbers.ndim != 1 or (numbers.size and numbers.dtype.kind not in "iu"):
            raise Error("indices are a list of whole numbers")
        if numbers.size and not (numbers.min() >= 0 and numbers.max() < self._capacity):
            raise Error(f"an index is not one of 0 to {self._capacity - 1}")
        array = _samples.to_floats(_samples.as_array(inputs, "inputs"))
        expected = (len(numbers), self._widths[0])
        if array.shape != expected:
            raise Error(f"inputs have the shape {array.shape}; expected {expected}")
        return np.ascontiguousarray(numbers, np.uint32), array


def _index(value: int) -> int:
    try:
        index = int(value)
    except (TypeError, ValueError):
        raise Error(f"an index is {value!r}; expected a whole number") from None
    # What is outside of 32 bits is no index of a group.
    return index if 0 <= index < 1 << 32 else (1 << 32) - 1
