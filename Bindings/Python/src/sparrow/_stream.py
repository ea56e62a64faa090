"""Running any network on frames of numbers."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ._errors import Error
from ._library import brief_library, check, library
from ._model import Model, ModelLike, as_model
from ._runner import Runner


class Stream(Runner):
    """A network that runs, without a front end: frames of numbers in, frames of numbers out.

    >>> stream = sparrow.Stream("lstm.plan")
    >>> outputs = stream.run(frames)          # (frames, input_width) to (frames, output_width)
    >>> output = stream.step(frame)           # (input_width,) to (output_width,): the next frame

    How frames are cut into calls makes no difference to a single bit. Can be copied and pickled:
    the copy goes on from the same state.
    """

    _kind = "stream"

    def __init__(self, model: ModelLike) -> None:
        """
        model: a plan's bytes, the path of a plan, or a `Model`. A `Network` or the path of a model
            file is packed by the command `sparrow` first.
        """
        self._model = as_model(model)
        self._open("a stream", self._model._handle.value)
        self._value = self._handle.value
        self._shape = (self._model.input_width,)
        self._input = np.zeros(self._model.input_width, np.float32)
        self._output = np.zeros(self._model.output_width, np.float32)
        self._finite = np.zeros(self._model.input_width, bool)
        self._from, self._to = self._input.ctypes.data, self._output.ctypes.data
        self._step = brief_library.sparrow_stream_run

    @property
    def model(self) -> Model:
        """The network, packed."""
        return self._model

    @property
    def input_width(self) -> int:
        """Values in a frame."""
        return self._model.input_width

    @property
    def output_width(self) -> int:
        """Values in the answer to a frame."""
        return self._model.output_width

    def step(self, frame: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Takes a frame, (input_width,), and gives the answer, (output_width,).

        Raises `Error` where it has another shape or values that are not finite numbers, which the
        state would keep forever.
        """
        if type(frame) is not np.ndarray or frame.dtype != np.float32:
            frame = _as_frames(frame)
        if frame.shape != self._shape:
            raise Error(f"a frame has the shape {frame.shape}; expected {self._shape}")
        with self._lock:
            values = self._input
            values[:] = frame
            if not np.isfinite(values, self._finite).all():
                _check_finite(values)
            status = self._step(self._value, self._from, self._to, 1)
            if status == 0:
                return self._output.copy()
        check(status, "step")
        raise AssertionError

    def run(self, frames: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Takes frames, (n, input_width), and gives as many answers, (n, output_width)."""
        array = _as_frames(frames)
        if array.ndim != 2 or array.shape[1:] != self._shape:
            raise Error(f"frames have the shape {array.shape}; expected (n, {self._shape[0]})")
        array = np.ascontiguousarray(array, np.float32)
        if not array.flags.aligned:
            array = array.copy()
        _check_finite(array)
        result = np.empty((len(array), self._model.output_width), np.float32)
        with self._lock:
            status = library.sparrow_stream_run(
                self._value, array.ctypes.data, result.ctypes.data, len(array)
            )
        check(status, "run")
        return result

    def copy(self) -> Stream:
        """Another stream that goes on from the same state."""
        return copy.copy(self)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (_restore, (self._model, self.state))


def _restore(model: Model, state: bytes) -> Stream:
    stream = Stream(model)
    stream.state = state
    return stream


def _as_frames(values: Any) -> np.ndarray[Any, Any]:
    try:
        array = np.asarray(values)
    except Exception as error:
        raise Error(f"frames are no array: {error}") from None
    if array.dtype.kind not in "fiub":
        raise Error(f"frames have the type {array.dtype}; expected real numbers")
    with np.errstate(over="ignore"):
        return array.astype(np.float32, copy=False)


def _check_finite(values: np.ndarray[Any, np.dtype[np.float32]]) -> None:
    finite = np.isfinite(values)
    if not finite.all():
        place = tuple(int(index) for index in np.argwhere(~finite)[0])
        raise Error(
            f"the value at {list(place)} is {values[place]}; "
            "expected finite numbers of single precision"
        )
