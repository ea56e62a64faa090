"""How parameters lie in a model file: without their zeros, in 8 bits, or as coded integers.

Documentation/ModelFiles.md describes all three.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Hashable
from typing import Any

import numpy as np

from ._errors import Error
from ._safetensors import Tensors
from .layers import Shape

_MOST_BYTES = 64 << 20


def decode(tensors: Tensors, shapes: dict[str, Shape], is_fixed_point: bool) -> Tensors:
    """Parameters in single precision. Every tensor of the file has to be used."""
    _check_size(tensors, shapes)
    left = dict(tensors)
    if is_fixed_point and "integers" in left:
        result = _decode_integers(left.pop("integers"), shapes)
    else:
        result = {
            name: _parameter(name, shape, left, shapes, is_fixed_point)
            for name, shape in shapes.items()
        }
    for name in list(left):
        if is_fixed_point and name.endswith(".exponents"):
            del left[name]
    if left:
        raise Error(f"the tensor {min(left)} belongs to no layer")
    return result


def _check_size(tensors: Tensors, shapes: dict[str, Shape]) -> None:
    """Refuses files of few bytes that ask for much memory: zeros are stored in next to none."""
    stored = sum(tensor.nbytes for tensor in tensors.values())
    wanted = sum(4 * int(np.prod(shape, dtype=object)) for shape in shapes.values())
    if wanted > max(_MOST_BYTES, 256 * stored):
        raise Error(f"parameters of {wanted} bytes in a file of {stored}")


def _parameter(
    name: str, shape: Shape, left: Tensors, shapes: dict[str, Shape], is_fixed_point: bool
) -> np.ndarray[Any, np.dtype[np.float32]]:
    if name in left:
        values = left.pop(name)
    elif f"{name}.values" in left and f"{name}.gaps" in left:
        values = _with_zeros(name, left.pop(f"{name}.values"), left.pop(f"{name}.gaps"), shape)
    else:
        raise Error(f"the tensor {name} is missing")
    if values.shape != shape:
        raise Error(f"{name} has the shape {list(values.shape)}; expected {list(shape)}")
    is_integer = values.dtype.kind == "i"
    scales = left.pop(f"{name}.scales", None)
    if scales is None and is_integer and is_fixed_point:
        group = name.removesuffix(".imaginary").removesuffix(".real")
        exponents = left.get(f"{group}.exponents")
        if exponents is not None and exponents.shape in ((1,), shape[:1]):
            scales = np.exp2(-exponents.astype(np.float64))
    if is_integer and (scales is None or scales.shape not in ((1,), shape[:1])):
        raise Error(f"{name} has integers, but no scales that fit them")
    with np.errstate(over="ignore"):
        result = np.array(values, np.float32)
        if scales is not None:
            result *= scales.astype(np.float32).reshape(-1, *[1] * (len(shape) - 1))
    if not np.isfinite(result).all():
        raise Error(f"{name} has values that are not finite numbers of single precision")
    return result


def _with_zeros(
    name: str, values: np.ndarray[Any, Any], gaps: np.ndarray[Any, Any], shape: Shape
) -> np.ndarray[Any, Any]:
    """A tensor of its non-zeros and, in halves of bytes, the number of zeros before each."""
    digits = np.stack([gaps & 15, gaps >> 4], 1).ravel() if gaps.dtype == np.uint8 else gaps[:0]
    ends = np.flatnonzero(digits < 15)[: values.size]
    count = int(np.prod(shape))
    places = np.cumsum(digits, dtype=np.int64)[ends] + np.arange(ends.size)
    if ends.size != values.size or (places.size and places[-1] >= count):
        raise Error(f"{name}: its values and the gaps between them don't make a tensor of {shape}")
    result = np.zeros(count, values.dtype)
    result[places] = values.ravel()
    return result.reshape(shape)


def without_zeros(
    tensor: np.ndarray[Any, np.dtype[np.float32]],
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]] | None:
    """Values and gaps of a tensor, where these take fewer bytes than the tensor itself."""
    places = np.flatnonzero(tensor)
    gaps = np.diff(places, prepend=-1) - 1
    long = gaps // 15
    digits = np.full(int(long.sum()) + places.size, 15, np.uint8)
    digits[np.cumsum(long + 1) - 1] = gaps % 15
    if digits.size % 2:
        digits = np.append(digits, np.uint8(0))
    halves = digits[::2] | digits[1::2] << 4
    if 4 * places.size + halves.size >= 4 * tensor.size:
        return None
    return tensor.ravel()[places], halves.astype(np.uint8)


# ---- Coded integers ----


class _Model:
    """The probability of a bit."""

    __slots__ = ("p", "shift")

    def __init__(self) -> None:
        self.p, self.shift = 32768, 0


_Models = defaultdict[Hashable, _Model]


class _Decoder:
    """The range decoder."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 4
        self._code, self._range = int.from_bytes(data[:4], "big"), 2**32 - 1

    def bit(self, model: _Model | None = None) -> int:
        bound = (self._range >> 16) * (model.p if model else 32768)
        bit = self._code < bound
        if bit:
            self._range = bound
        else:
            self._code, self._range = self._code - bound, self._range - bound
        while self._range < 2**24:
            if self._place >= len(self._data):
                raise Error("integers has fewer bytes than the parameters take")
            self._code = self._code << 8 | self._data[self._place]
            self._place, self._range = self._place + 1, self._range << 8
        if model:
            model.shift = min(model.shift + 1, 5)
            model.p += (65535 - model.p) >> model.shift if bit else -(model.p >> model.shift)
        return int(bit)

    @property
    def is_whole(self) -> bool:
        return self._place == len(self._data)

    def number(self, models: _Models) -> int:
        length, value = 1, 1
        while length < 33 and self.bit(models[length]):
            length += 1
        for _ in range(length - 1):
            value = value << 1 | self.bit(models[length, value] if value < 8 else None)
        return value

    def exponent(self, models: _Models) -> int:
        value = 1
        while value < 256:
            value = value << 1 | self.bit(models[value])
        return value - 256 - 128


def _decode_integers(data: np.ndarray[Any, Any], shapes: dict[str, Shape]) -> Tensors:
    if data.dtype != np.uint8 or data.ndim != 1 or data.size < 8:
        raise Error("integers is not a vector of at least eight bytes")
    code = data.tobytes()
    if zlib.crc32(code[:-4]) != int.from_bytes(code[-4:], "little"):
        raise Error("integers is damaged: its bytes don't have the checksum that it gives")
    decoder = _Decoder(code[:-4])
    exponents: _Models = defaultdict(_Model)
    gaps: _Models = defaultdict(_Model)
    magnitudes: _Models = defaultdict(_Model)
    sign = _Model()
    result: Tensors = {}
    scales: np.ndarray[Any, Any] = np.ones(1)
    for name, shape in shapes.items():
        if not name.endswith(".imaginary"):
            count = shape[0] if decoder.bit() else 1
            scales = np.array([2.0 ** -decoder.exponent(exponents) for _ in range(count)])
        values = np.zeros(int(np.prod(shape)), np.float64)
        place = 0
        while place < values.size:
            place += decoder.number(gaps) - 1
            if place < values.size:
                magnitude = decoder.number(magnitudes)
                values[place] = -magnitude if decoder.bit(sign) else magnitude
            elif place > values.size:
                raise Error(f"integers: {name} has more zeros than places")
            place += 1
        rows = values.reshape(shape) * scales.reshape(-1, *[1] * (len(shape) - 1))
        result[name] = rows.astype(np.float32)
    if not decoder.is_whole:
        raise Error("integers has more bytes than the parameters take")
    return result
