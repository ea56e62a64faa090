"""Spotting keywords: in whole signals, files, and streams block by block."""

from __future__ import annotations

import ctypes
import os
from typing import Any, NamedTuple

import numpy as np

from . import _samples
from ._errors import Error
from ._library import Detection as _Detection
from ._library import check, library
from ._model import Model, ModelLike, as_model
from ._runner import Runner


class Detection(NamedTuple):
    """A word that was heard."""

    seconds: float
    """From the beginning of the signal to the recognition."""
    word: str
    confidence: float
    """The averaged probability, 0 to 1."""


class Spotter(Runner):
    """Spots keywords.

    >>> sparrow.Spotter()(samples, sample_rate=48_000)
    [Detection(seconds=1.2, word='...', confidence=0.97)]

    Calling it takes a whole signal and leaves its state alone; `process` takes sound block by
    block. Can be copied and pickled: the copy goes on from the same state.
    """

    _kind = "spotter"

    def __init__(
        self,
        model: ModelLike | None = None,
        *,
        sample_rate: int | None = None,
        threshold: float | None = None,
    ) -> None:
        """
        model: a spotter's network; None for the built-in one.
        sample_rate: of the sound that `process` will take; the network's own if it is left out.
        threshold: the averaged probability from which a word counts as heard, between 0 and 1; the
            network's own if it is left out.
        """
        self._model = Model.builtin("keywords") if model is None else as_model(model)
        if self._model.kind != "spotter":
            raise Error(f"the network is made for another task: a {self._model.kind}")
        own = self._model.sample_rate or 0
        self._rate = own if sample_rate is None else _samples.checked_rate(sample_rate)
        self._threshold = None
        if threshold is not None:
            self._threshold = _samples.checked_number(threshold, "threshold")
            if not 0 < self._threshold < 1:
                raise Error(f"threshold is {threshold}; expected a number between 0 and 1")
        self._open(f"a spotter at {self._rate} Hz", self._model._handle.value, self._rate)
        if self._threshold is not None:
            check(
                library.sparrow_spotter_set_threshold(self._handle.value, self._threshold),
                f"threshold is {threshold}",
            )
        self._names = self._model.words

    @property
    def model(self) -> Model:
        """The network, packed."""
        return self._model

    @property
    def sample_rate(self) -> int:
        """Samples a second of the sound that `process` takes."""
        return self._rate

    @property
    def words(self) -> list[str]:
        """The words that it can hear."""
        return list(self._names)

    def __call__(self, samples: Any, sample_rate: int | None = None) -> list[Detection]:
        """The words in a whole signal, in the order of their times.

        samples: (n,) or (n, channels), whose mean is used: floats between -1 and 1, or int16.
        sample_rate: in hertz, 1000 to 768000; that of `process` if it is left out.
        """
        array = _samples.as_array(samples)
        _samples.check_shape(array)
        rate = self._rate if sample_rate is None else sample_rate
        spotter = Spotter(self._model, sample_rate=rate, threshold=self._threshold)
        return spotter.process(_mono(array))

    def file(self, path: str | os.PathLike[str]) -> list[Detection]:
        """The words in a sound file, whose channels are averaged."""
        from ._sounds import SoundReader

        found: list[Detection] = []
        with SoundReader(path) as reader:
            spotter = Spotter(
                self._model, sample_rate=reader.sample_rate, threshold=self._threshold
            )
            for block in reader.blocks():
                found += spotter.process(_mono(block))
        return found

    def process(self, block: Any) -> list[Detection]:
        """Takes a block, (n,), and gives the words that are recognised in it."""
        array = _samples.as_array(block, "blocks")
        if array.ndim != 1:
            raise Error(f"a block has the shape {array.shape}; expected (n,)")
        floats = _samples.to_floats(array)
        # A word takes longer than this.
        capacity = len(floats) * 100 // self._rate + 16
        detections = (_Detection * capacity)()
        found = ctypes.c_size_t()
        with self._lock:
            status = library.sparrow_spotter_process(
                self._handle.value,
                floats.ctypes.data,
                len(floats),
                detections,
                capacity,
                ctypes.byref(found),
            )
        check(status, "process")
        if found.value > capacity:
            raise Error(f"{found.value} words in {len(floats)} samples; expected {capacity}")
        return [
            Detection(float(one.seconds), self._names[one.word], float(one.confidence))
            for one in detections[: found.value]
        ]

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (_restore, (self._model, self._rate, self._threshold, self.state))


def _restore(model: Model, rate: int, threshold: float | None, state: bytes) -> Spotter:
    spotter = Spotter(model, sample_rate=rate, threshold=threshold)
    spotter.state = state
    return spotter


def _mono(samples: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if samples.ndim == 1 or samples.shape[1] == 1:
        return samples.reshape(-1)
    return np.asarray(np.mean(_samples.to_floats(samples), axis=1, dtype=np.float32))
