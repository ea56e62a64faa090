"""NumPy arrays of samples, whatever their type and shape, as 32-bit floats and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._errors import Error

_MOST_CHANNELS = 256


def as_array(samples: Any, what: str = "samples") -> np.ndarray[Any, Any]:
    """An array of a type that samples may have: floats of any width, or int16."""
    try:
        array: np.ndarray[Any, Any] = np.asarray(samples)
    except Exception as error:
        raise Error(f"{what} are no array: {error}") from None
    if array.dtype.kind != "f" and not (array.dtype.kind == "i" and array.dtype.itemsize == 2):
        raise Error(
            f"{what} have the type {array.dtype}; expected floats between -1 and 1, or int16"
        )
    return array


def columns(samples: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The samples as (n, channels)."""
    return samples.reshape(*samples.shape, 1) if samples.ndim == 1 else samples


def check_shape(samples: np.ndarray[Any, Any], what: str = "samples") -> None:
    """Refuses what is neither one channel, (n,), nor several, (n, channels)."""
    shape = samples.shape
    if samples.ndim not in (1, 2):
        raise Error(f"{what} have the shape {shape}; expected (n,) or (n, channels)")
    if samples.ndim == 2 and not 1 <= shape[1] <= _MOST_CHANNELS:
        hint = ": transpose it" if 1 <= shape[0] <= _MOST_CHANNELS else ""
        raise Error(
            f"{what} have the shape {shape}; "
            f"expected (n, channels) with 1 to {_MOST_CHANNELS} channels{hint}"
        )


def to_floats(samples: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A new contiguous array of 32-bit floats; int16 counts in 32768ths."""
    with np.errstate(over="ignore", invalid="ignore"):
        floats = np.array(samples, np.float32, order="C", copy=True)
    if samples.dtype.kind == "i":
        floats *= np.float32(1 / 32768)
    return floats


def from_floats(
    floats: np.ndarray[Any, np.dtype[np.float32]], dtype: np.dtype[Any]
) -> np.ndarray[Any, Any]:
    """The samples in the type of the input; int16 is rounded and clipped."""
    if dtype.kind == "i":
        floats = np.clip(np.rint(floats * np.float32(32768)), -32768, 32767)
    result: np.ndarray[Any, Any] = floats.astype(dtype, copy=False)
    return result


def checked_rate(sample_rate: Any) -> int:
    """A sample rate that the library takes, in hertz."""
    return checked_count(sample_rate, "sample_rate", 768_000, least=1000)


def checked_count(value: Any, what: str, most: int, least: int = 1) -> int:
    """A whole number from `least` to `most`."""
    try:
        count = int(value)
        fits = count == value and least <= count <= most
    except (TypeError, ValueError, OverflowError):
        fits = False
    if not fits:
        raise Error(f"{what} is {value!r}; expected a whole number from {least} to {most}")
    return count


def checked_number(value: Any, what: str) -> float:
    """A real number."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise Error(f"{what} is {value!r}; expected a number") from None
