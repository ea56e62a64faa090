"""Sound files: WAV through the standard library, other formats through soundfile."""

from __future__ import annotations

import os
import pathlib
import wave
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import numpy as np

from ._errors import Error

try:
    import soundfile
except (ImportError, OSError):
    soundfile = None

_BLOCK = 65_536


class _File:
    """A file that is closed at the end of a `with`."""

    _file: Any
    _raw: Any = None

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if self._raw is not None:
            self._raw.close()


class SoundReader(_File):
    """Reads a sound file block by block, as 32-bit floats, (n, channels)."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = pathlib.Path(path)
        if not self.path.is_file():
            raise Error(f"{path} is no file")
        self.is_wave = False
        try:
            self._file: Any = wave.open(str(self.path), "rb")  # noqa: SIM115
            self.is_wave = True
        except (wave.Error, EOFError, OSError) as error:
            if soundfile is None:
                raise Error(
                    f"{path} is not a WAV file of integers ({error}); "
                    "install the package soundfile to read other formats"
                ) from None
            try:
                self._file = soundfile.SoundFile(str(self.path))
            except Exception as problem:
                raise Error(f"{path} cannot be read: {problem}") from None
        if self.is_wave:
            self.sample_rate = self._file.getframerate()
            self.channels = self._file.getnchannels()
            self.width = self._file.getsampwidth()
        else:
            self.sample_rate = self._file.samplerate
            self.channels = self._file.channels
            self.subtype = self._file.subtype

    def blocks(self) -> Iterator[np.ndarray[Any, np.dtype[np.float32]]]:
        """The samples in blocks, in order."""
        while True:
            try:
                if self.is_wave:
                    data = self._file.readframes(_BLOCK)
                    block = _decode(data, self.width, self.channels)
                else:
                    block = self._file.read(_BLOCK, dtype="float32", always_2d=True)
            except Exception as error:
                raise Error(f"{self.path} cannot be read: {error}") from None
            if len(block) == 0:
                return
            yield block


class SoundWriter(_File):
    """Writes a sound file like another one."""

    def __init__(self, path: str | os.PathLike[str], like: SoundReader) -> None:
        self.path = pathlib.Path(path)
        if self.path.exists() and self.path.samefile(like.path):
            raise Error(f"{path} is the file that is read; expected another one")
        self.width = like.width if like.is_wave else 0
        suffix = self.path.suffix.lower()
        if suffix not in (".wav", ".wave") and soundfile is None:
            raise Error(f"{path}: expected .wav; install the package soundfile for other formats")
        try:
            if like.is_wave and suffix in (".wav", ".wave"):
                # Opened here, as wave leaves half an object behind where it cannot be opened.
                self._raw = open(self.path, "wb")  # noqa: SIM115
                self._file = wave.open(self._raw, "wb")  # noqa: SIM115
                self._file.setnchannels(like.channels)
                self._file.setsampwidth(like.width)
                self._file.setframerate(like.sample_rate)
            else:
                self.width = 0
                format_name = suffix[1:].upper()
                subtype = (
                    {1: "PCM_U8", 2: "PCM_16", 3: "PCM_24", 4: "PCM_32"}[like.width]
                    if like.is_wave
                    else like.subtype
                )
                if not soundfile.check_format(format_name, subtype):
                    subtype = None
                self._file = soundfile.SoundFile(
                    str(self.path), "w", like.sample_rate, like.channels, subtype
                )
        except Exception as error:
            raise Error(f"{path} cannot be written: {error}") from None

    def write(self, samples: np.ndarray[Any, np.dtype[np.float32]]) -> None:
        """Appends samples."""
        try:
            if self.width:
                self._file.writeframes(_encode(samples, self.width))
            else:
                self._file.write(samples)
        except Exception as error:
            raise Error(f"{self.path} cannot be written: {error}") from None


def _decode(data: bytes, width: int, channels: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Little-endian integers as floats; of 8 bits they have no sign. A part of a frame at the end
    of a truncated file is dropped."""
    data = data[: len(data) // (width * channels) * width * channels]
    if width == 1:
        integers = np.frombuffer(data, np.uint8).astype(np.int32) - 128
    elif width == 3:
        bytes_ = np.zeros((len(data) // 3, 4), np.uint8)
        bytes_[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        integers = bytes_.view("<i4")[:, 0] >> 8
    else:
        integers = np.frombuffer(data, f"<i{width}")
    scale = np.float64(2.0 ** (1 - 8 * width))
    return (integers * scale).astype(np.float32).reshape(-1, channels)


def _encode(samples: np.ndarray[Any, np.dtype[np.float32]], width: int) -> bytes:
    """Floats as little-endian integers, rounded and clipped."""
    limit = 2.0 ** (8 * width - 1)
    integers = np.clip(np.rint(samples.astype(np.float64) * limit), -limit, limit - 1)
    if width == 1:
        return (integers + 128).astype(np.uint8).tobytes()
    if width == 3:
        rows = integers.astype("<i4").reshape(-1, 1).view(np.uint8)
        return np.ascontiguousarray(rows[:, :3]).tobytes()
    return integers.astype(f"<i{width}").tobytes()
