"""Files of flax.serialization: MessagePack with arrays (https://msgpack.org)."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from .._errors import Error

_DEEPEST = 64
_ARRAY, _COMPLEX, _SCALAR = 1, 2, 3


def decode(data: bytes) -> Any:
    """Maps, lists and arrays of a file's bytes. Nothing of them is run."""
    reader = _Reader(data)
    try:
        value = reader.value(0)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Error(f"a damaged MessagePack file: {error}") from None
    if reader.place != len(data):
        raise Error(f"{len(data) - reader.place} bytes follow the end of a MessagePack file")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.place:
            raise Error(f"a damaged MessagePack file: {count} bytes are missing at {self.place}")
        self.place += count
        return self.data[self.place - count : self.place]

    def number(self, code: str) -> Any:
        return struct.unpack(">" + code, self.take(struct.calcsize(code)))[0]

    def value(self, depth: int) -> Any:
        if depth > _DEEPEST:
            raise Error("a MessagePack file that is nested too deeply")
        first = self.take(1)[0]
        if first < 0x80:
            return first
        if first < 0x90:
            return self.map(first & 0xF, depth)
        if first < 0xA0:
            return self.list(first & 0xF, depth)
        if first < 0xC0:
            return self.take(first & 0x1F).decode()
        if first >= 0xE0:
            return first - 256
        simple = {0xC0: None, 0xC2: False, 0xC3: True}
        if first in simple:
            return simple[first]
        numbers = dict(zip(range(0xCA, 0xD4), "fdBHIQbhiq", strict=True))
        if first in numbers:
            return self.number(numbers[first])
        if 0xD4 <= first <= 0xD8:
            return self.extension(1 << (first - 0xD4), depth)
        sizes = "BHI"
        if 0xC4 <= first <= 0xC6:
            return self.take(self.number(sizes[first - 0xC4]))
        if 0xC7 <= first <= 0xC9:
            return self.extension(self.number(sizes[first - 0xC7]), depth)
        if 0xD9 <= first <= 0xDB:
            return self.take(self.number(sizes[first - 0xD9])).decode()
        if first in (0xDC, 0xDD):
            return self.list(self.number(sizes[first - 0xDB]), depth)
        if first in (0xDE, 0xDF):
            return self.map(self.number(sizes[first - 0xDD]), depth)
        raise Error(f"a damaged MessagePack file: no value begins with {first:#x}")

    def list(self, count: int, depth: int) -> list[Any]:
        if count > len(self.data) - self.place:
            raise Error("a damaged MessagePack file: a list of more items than bytes")
        return [self.value(depth + 1) for _ in range(count)]

    def map(self, count: int, depth: int) -> dict[Any, Any]:
        if count > len(self.data) - self.place:
            raise Error("a damaged MessagePack file: a map of more items than bytes")
        result = {}
        for _ in range(count):
            key = self.value(depth + 1)
            if not isinstance(key, (str, int)):
                raise Error("a MessagePack file with a key that is no name")
            result[str(key)] = self.value(depth + 1)
        if "__msgpack_chunked_array__" in result:
            raise Error("a MessagePack file with an array in pieces, of more than a gigabyte")
        return result

    def extension(self, size: int, depth: int) -> Any:
        kind, content = self.number("b"), self.take(size)
        if kind not in (_ARRAY, _COMPLEX, _SCALAR):
            raise Error(f"a MessagePack file with values of the unknown kind {kind}")
        parts = _Reader(content).value(depth + 1)
        if kind == _COMPLEX:
            return np.array(complex(*parts))
        try:
            shape, name, values = parts
            if name == "bfloat16":
                wide = np.frombuffer(values, "<u2").astype(np.uint32) << 16
                return wide.view(np.float32).reshape(shape)
            return np.frombuffer(values, np.dtype(name)).reshape(shape)
        except (TypeError, ValueError) as error:
            raise Error(f"a MessagePack file with an array that makes no sense: {error}") from None
