"""Denoising: whole signals, files, and streams block by block."""

from __future__ import annotations

import copy
import functools
import math
import os
import threading
from typing import Any

import numpy as np

from . import _samples
from ._errors import Error
from ._library import Handle, brief_library, check, library
from ._model import Model, ModelLike, as_model

_BRIEF = 4096
"""Samples up to which a call keeps the interpreter's lock."""


_builtin_denoiser = functools.cache(Model.builtin_denoiser)


class Denoiser:
    """Removes noise from speech.

    >>> clean = sparrow.Denoiser()(noisy, sample_rate=48_000)

    Immutable and without a state: any number of threads may share one.
    """

    __slots__ = ("_attenuation_limit", "_mix", "_model")

    def __init__(
        self,
        model: ModelLike | None = None,
        *,
        attenuation_limit: float = math.inf,
        mix: float = 1.0,
    ) -> None:
        """
        model: a denoiser's network; None for the built-in ones: one at 48 kHz for sound of more
            than 16 kHz, and one at 16 kHz for other sound.
        attenuation_limit: the largest attenuation of any part of the sound, 0 to 200 dB, or
            infinite for no limit.
        mix: the share of the denoised sound in the output, 0 to 1; the rest is the input.
        """
        self._model = None if model is None else as_model(model)
        if self._model is not None and self._model.kind != "denoiser":
            raise Error(f"the network is made for another task: a {self._model.kind}")
        self._attenuation_limit = _samples.checked_number(attenuation_limit, "attenuation_limit")
        self._mix = _samples.checked_number(mix, "mix")
        limit = self._attenuation_limit
        if not (0 <= limit <= 200 or limit == math.inf):
            raise Error(f"attenuation_limit is {limit}; expected 0 to 200 dB, or infinity")
        if not 0 <= self._mix <= 1:
            raise Error(f"mix is {self._mix}; expected 0 to 1")

    def model_at(self, sample_rate: int) -> Model:
        """The network for sound of a sample rate, packed."""
        return self._model or _builtin_denoiser(_samples.checked_rate(sample_rate))

    @property
    def model(self) -> Model:
        """The network, packed; of the built-in ones that at 16 kHz."""
        return self._model or _builtin_denoiser(16_000)

    @property
    def sample_rate(self) -> int:
        """The rate of `model`, at which nothing is resampled: that of sound whose rate is not
        said."""
        return self.model.sample_rate or 0

    @property
    def hop(self) -> int:
        """Samples in a frame of `model`."""
        return self.model.hop or 0

    def __call__(self, samples: Any, sample_rate: int | None = None) -> np.ndarray[Any, Any]:
        """Denoises a whole signal.

        samples: (n,) or (n, channels): floats between -1 and 1, or int16. Samples that are not
            numbers count as silence.
        sample_rate: in hertz, 1000 to 768000; `Denoiser.sample_rate` if it is left out.

        Returns an array of the same type and shape, aligned with the input.
        """
        array = _samples.as_array(samples)
        _samples.check_shape(array)
        channels = _samples.columns(array)
        clean = np.empty(channels.shape, array.dtype)
        stream = self.stream(sample_rate)
        for channel in range(channels.shape[1]):
            stream.reset()
            floats = np.zeros(len(array) + stream.latency, np.float32)
            floats[: len(array)] = _samples.to_floats(channels[:, channel])
            stream._run(floats)
            clean[:, channel] = _samples.from_floats(floats[stream.latency :], array.dtype)
        return clean.reshape(array.shape)

    def stream(
        self, sample_rate: int | None = None, channels: int = 1, block_size: int = 1
    ) -> DenoiserStream:
        """A stream at the beginning of its signal.

        sample_rate: of the sound that will come; `Denoiser.sample_rate` if it is left out.
        channels: with 1, blocks are (n,); with more, (n, channels).
        block_size: every block will have a multiple of so many samples, 1 to 65536. With 1, any
            length is allowed; blocks of whole hops make the latency up to a hop shorter.
        """
        return DenoiserStream(self, sample_rate, channels, block_size)

    def file(self, source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
        """Denoises a sound file into another one of the same rate, channels, length and sample
        type. WAV is read and written by Python itself, other formats by the package `soundfile`
        where that is installed. Takes little memory, however long the file is.
        """
        from ._sounds import SoundReader, SoundWriter

        with SoundReader(source) as reader:
            stream = self.stream(reader.sample_rate, reader.channels)
            with SoundWriter(target, like=reader) as writer:
                ahead = left = stream.latency
                for block in reader.blocks():
                    clean = stream.process(block if reader.channels > 1 else block[:, 0])
                    skipped = min(ahead, len(clean))
                    ahead -= skipped
                    writer.write(clean[skipped:])
                end = np.zeros((left, reader.channels), np.float32)
                clean = stream.process(end if reader.channels > 1 else end[:, 0])
                writer.write(clean[ahead:])

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (_make, (self._model, self._attenuation_limit, self._mix))


def _make(model: Model | None, attenuation_limit: float, mix: float) -> Denoiser:
    return Denoiser(model, attenuation_limit=attenuation_limit, mix=mix)


class DenoiserStream:
    """Denoises sound as it comes, block by block; `Denoiser.stream` makes one.

    Sample n that comes out is sample n - `latency` that went in, and silence before. How the sound
    is cut into blocks makes no difference to a single bit. Can be copied and pickled: the copy goes
    on from the same state.
    """

    def __init__(
        self,
        denoiser: Denoiser,
        sample_rate: int | None = None,
        channels: int = 1,
        block_size: int = 1,
    ) -> None:
        self._denoiser = denoiser
        self._rate = (
            denoiser.sample_rate if sample_rate is None else _samples.checked_rate(sample_rate)
        )
        self._model = denoiser.model_at(self._rate)
        self._channels = _samples.checked_count(channels, "channels", 256)
        self._block_size = _samples.checked_count(block_size, "block_size", 65_536)
        self._handles = [self._make_handle() for _ in range(self._channels)]
        self._values = [handle.value for handle in self._handles]
        self._latency = int(library.sparrow_denoiser_latency(self._values[0]))
        self._lock = threading.Lock()
        # Blocks of the usual size pass through memory whose address is known: asking an array for
        # its address takes longer than copying it.
        self._memory = np.zeros(_BRIEF, np.float32)
        self._address = self._memory.ctypes.data
        self._one = self._values[0] if self._channels == 1 else 0
        self._process = brief_library.sparrow_denoiser_process

    def _make_handle(self) -> Handle:
        handle = Handle(
            "denoiser",
            f"a denoiser at {self._rate} Hz",
            self._model._handle.value,
            self._rate,
            self._block_size,
        )
        limit, mix = self._denoiser._attenuation_limit, self._denoiser._mix
        check(
            library.sparrow_denoiser_set_attenuation_limit(handle.value, limit),
            f"attenuation_limit is {limit}",
        )
        check(library.sparrow_denoiser_set_mix(handle.value, mix), f"mix is {mix}")
        return handle

    @property
    def model(self) -> Model:
        """The network, packed."""
        return self._model

    @property
    def sample_rate(self) -> int:
        """Samples a second of input and output."""
        return self._rate

    @property
    def channels(self) -> int:
        """Channels of every block."""
        return self._channels

    @property
    def block_size(self) -> int:
        """The number of samples that the length of every block is a multiple of."""
        return self._block_size

    @property
    def latency(self) -> int:
        """Samples by which the output lags the input, exactly."""
        return self._latency

    def process(self, block: Any) -> np.ndarray[Any, Any]:
        """Takes a block and gives one of the same length and type.

        block: (n,) for one channel, (n, channels) for more: floats or int16.
        """
        # A block of floats of one channel, as most are.
        if (
            type(block) is np.ndarray
            and block.dtype == np.float32
            and self._one
            and block.ndim == 1
            and (count := block.shape[0]) <= _BRIEF
        ):
            with self._lock:
                memory = self._memory[:count]
                memory[:] = block
                status = self._process(self._one, self._address, self._address, count)
                if status == 0:
                    return memory.copy()
        array = self._checked(block)
        columns = _samples.columns(array)
        result = np.empty(columns.shape, array.dtype)
        for channel in range(self._channels):
            floats = _samples.to_floats(columns[:, channel])
            self._run(floats, channel)
            result[:, channel] = _samples.from_floats(floats, array.dtype)
        return result.reshape(array.shape)

    def _checked(self, block: Any) -> np.ndarray[Any, Any]:
        array = _samples.as_array(block, "blocks")
        expected = "(n,)" if self._channels == 1 else f"(n, {self._channels})"
        fits = array.ndim == 1 if self._channels == 1 else array.shape[1:] == (self._channels,)
        if not fits:
            raise Error(f"a block has the shape {array.shape}; expected {expected}")
        if len(array) % self._block_size:
            raise Error(
                f"a block has {len(array)} samples; expected a multiple of the block size, "
                f"{self._block_size}"
            )
        return array

    def _run(self, floats: np.ndarray[Any, np.dtype[np.float32]], channel: int = 0) -> None:
        """Denoises samples of a channel where they lie."""
        address = floats.ctypes.data
        with self._lock:
            status = library.sparrow_denoiser_process(
                self._values[channel], address, address, len(floats)
            )
        check(status, "process")

    def reset(self) -> None:
        """Begins a new signal."""
        with self._lock:
            for value in self._values:
                check(library.sparrow_denoiser_reset(value), "reset")

    @property
    def state(self) -> bytes:
        """Everything that is remembered of the signal: bytes that mean the same on every machine.

        Setting it goes on from there; a state of another network, rate or number of channels is
        refused.
        """
        size = library.sparrow_denoiser_state_size(self._values[0])
        memory = np.empty((self._channels, size), np.uint8)
        with self._lock:
            for value, row in zip(self._values, memory, strict=True):
                save = library.sparrow_denoiser_save_state
                check(save(value, row.ctypes.data, size), "state")
        return memory.tobytes()

    @state.setter
    def state(self, state: bytes) -> None:
        if not isinstance(state, (bytes, bytearray)):
            raise Error(f"a state is bytes, not {type(state).__name__}")
        size = library.sparrow_denoiser_state_size(self._values[0])
        if len(state) != size * self._channels:
            raise Error(
                f"the state has {len(state)} bytes; expected {size} for each of "
                f"{self._channels} channels"
            )
        rows = np.frombuffer(bytes(state), np.uint8).reshape(self._channels, size)
        # All or none: a handle that was refused leaves the others as they were.
        before = self.state if self._channels > 1 else b""
        restore = library.sparrow_denoiser_restore_state
        with self._lock:
            statuses = [
                restore(value, row.ctypes.data, size)
                for value, row in zip(self._values, rows, strict=True)
            ]
        if any(statuses):
            if before:
                self.state = before
            check(next(status for status in statuses if status), "state")

    def copy(self) -> DenoiserStream:
        """Another stream that goes on from the same state."""
        return copy.copy(self)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (
            _restore,
            (self._denoiser, self._rate, self._channels, self._block_size, self.state),
        )


def _restore(
    denoiser: Denoiser, rate: int, channels: int, block_size: int, state: bytes
) -> DenoiserStream:
    stream = DenoiserStream(denoiser, rate, channels, block_size)
    stream.state = state
    return stream
