"""Encodings of parameters in a model file: without their zeros, in 8 bits, or in fixed point.

Documentation/ModelFiles.md describes all three.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._errors import Error
from ._safetensors import Tensors
from .layers import Shape

_MOST_BYTES = 64 << 20


def decode(
    tensors: Tensors, shapes: dict[str, Shape], version: int, is_fixed_point: bool
) -> Tensors:
    """Parameters in single precision. Every tensor of the file has to be used."""
    _check_size(tensors, shapes)
    left = dict(tensors)
    result = {
        name: _parameter(name, shape, left, version, is_fixed_point)
        for name, shape in shapes.items()
    }
    for name in shapes:
        left.pop(f"{_group(name)}.exponents", None)
    if left:
        raise Error(f"the tensor {min(left)} belongs to no layer")
    return result


def _group(name: str) -> str:
    """The name that both parts of a complex parameter share."""
    return name.removesuffix(".imaginary").removesuffix(".real")


def _check_size(tensors: Tensors, shapes: dict[str, Shape]) -> None:
    """Refuses files of few bytes that ask for much memory: zeros are stored in next to none."""
    stored = sum(tensor.nbytes for tensor in tensors.values())
    wanted = sum(4 * int(np.prod(shape, dtype=object)) for shape in shapes.values())
    if wanted > max(_MOST_BYTES, 256 * stored):
        raise Error(f"parameters of {wanted} bytes in a file of {stored}")


def _parameter(
    name: str, shape: Shape, left: Tensors, version: int, is_fixed_point: bool
) -> np.ndarray[Any, np.dtype[np.float32]]:
    if name in left:
        values = left.pop(name)
    elif f"{name}.values" in left and f"{name}.gaps" in left:
        numbers, gaps = left.pop(f"{name}.values").ravel(), left.pop(f"{name}.gaps").ravel()
        values = _with_zeros(name, numbers, gaps, shape, version)
    else:
        raise Error(f"the tensor {name} is missing")
    if values.shape != shape:
        raise Error(f"{name} has the shape {list(values.shape)}; expected {list(shape)}")
    scales = left.pop(f"{name}.scales", None)
    if is_fixed_point:
        exponents = left.get(f"{_group(name)}.exponents")
        if (
            exponents is None
            or values.dtype.kind != "i"
            or np.abs(exponents.astype(int)).max() > 64
        ):
            raise Error(f"{name} has no integers, or no exponents from -64 to 64")
        scales = np.exp2(-exponents.astype(np.float64))
    if (scales is None) == (values.dtype.kind == "i"):
        raise Error(f"{name} has integers without scales, or the other way round")
    with np.errstate(over="ignore"):
        result = np.array(values, np.float32)
        if scales is not None:
            if scales.shape not in ((1,), shape[:1]):
                raise Error(
                    f"{name} has scales of shape {list(scales.shape)}; expected one or a row's"
                )
            result *= scales.astype(np.float32).reshape(-1, *[1] * (len(shape) - 1))
    if not np.isfinite(result).all():
        raise Error(f"{name} has values that are not finite numbers of single precision")
    return result


def _with_zeros(
    name: str,
    values: np.ndarray[Any, Any],
    gaps: np.ndarray[Any, Any],
    shape: Shape,
    version: int,
) -> np.ndarray[Any, Any]:
    """A tensor of its non-zeros and of the number of zeros before each."""
    count = int(np.prod(shape))
    if gaps.dtype != np.uint8 or values.size > count:
        raise Error(f"{name}: {values.size} values in a tensor of {count}, or gaps that are not U8")
    decoded = (_rice_gaps if version >= 6 else _half_gaps)(gaps, values.size, count - values.size)
    places = np.cumsum(decoded) + np.arange(decoded.size)
    if decoded.size != values.size or (places.size and places[-1] >= count):
        raise Error(f"{name}: its values and the gaps between them don't make a tensor of {shape}")
    result = np.zeros(count, values.dtype)
    result[places] = values
    return result.reshape(shape)


def _rice_shift(count: int, zeros: int) -> int:
    """Bits of a gap's rest: the largest k for which 2^k is at most the mean gap."""
    k = 0
    while k < 31 and count << (k + 1) <= zeros:
        k += 1
    return k


def _rice_gaps(gaps: np.ndarray[Any, Any], count: int, zeros: int) -> np.ndarray[Any, Any]:
    """Gaps in a Rice code, the low bits of bytes first: ⌊g / 2^k⌋ ones, a zero, and k bits of g.

    As many as there are bits for.
    """
    k = _rice_shift(count, zeros)
    bits = np.unpackbits(gaps, bitorder="little")
    # The place of the next zero bit, for each place.
    ends = np.where(bits == 0, np.arange(bits.size), bits.size)
    following = np.minimum.accumulate(ends[::-1])[::-1].tolist()
    starts, stops, place = [], [], 0
    for _ in range(count):
        if place >= bits.size or following[place] + k >= bits.size:
            break
        starts.append(place)
        stops.append(following[place])
        place = following[place] + 1 + k
    stop = np.array(stops, np.int64)
    result = (stop - np.array(starts, np.int64)) << k
    for i in range(k):
        result |= bits[stop + 1 + i].astype(np.int64) << i
    return result


def _half_gaps(gaps: np.ndarray[Any, Any], count: int, zeros: int) -> np.ndarray[Any, Any]:
    """The same of files before version 6: halves of bytes, of which 15 goes on."""
    halves = np.stack([gaps & 15, gaps >> 4], 1).ravel()
    ends = np.flatnonzero(halves < 15)[:count]
    sums = np.cumsum(halves, dtype=np.int64)[ends]
    result: np.ndarray[Any, Any] = np.diff(sums, prepend=0)
    return result


def without_zeros(
    tensor: np.ndarray[Any, np.dtype[np.float32]],
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]] | None:
    """Values and gaps of a tensor, where these take fewer bytes than the tensor itself."""
    places = np.flatnonzero(tensor)
    gaps = np.diff(places, prepend=-1) - 1
    k = _rice_shift(places.size, tensor.size - places.size)
    sizes = (gaps >> k) + 1 + k
    starts = np.cumsum(sizes) - sizes
    length = int(sizes.sum())
    # A tensor's entry in the header takes some hundred bytes.
    if 4 * places.size + (length + 7) // 8 + 100 >= 4 * tensor.size:
        return None
    bits = np.ones(length, np.uint8)
    stops = starts + (gaps >> k)
    bits[stops] = 0
    for i in range(k):
        bits[stops + 1 + i] = gaps >> i & 1
    return tensor.ravel()[places], np.packbits(bits, bitorder="little")


def checksum(tensors: Tensors, metadata: dict[str, str]) -> str:
    """FNV-1a of 64 bits over all of a file but the checksum itself; numbers count as floats."""
    value = 0xCBF29CE484222325

    def add(words: list[int]) -> None:
        nonlocal value
        state = value
        for word in words:
            state = (state ^ word) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
        value = state

    for key in sorted(metadata):
        if key != "checksum":
            for text in (key, metadata[key]):
                add([*text.encode(), 0x100])
    for name in sorted(tensors):
        add([*name.encode(), 0x100, *tensors[name].shape])
        add(tensors[name].astype(np.float32).ravel().view(np.uint32).tolist())
    return f"{value:x}"
