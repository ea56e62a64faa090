"""Fake quantisation: numbers rounded as a fixed-point network has them, gradients as if not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .._errors import Error
from ._layer import Auxiliary, State

# A smaller maximum counts as zero, so that powers of two stay within the range of floats.
_TINY = 2.0**-100
# The decay of the largest magnitude per pass: a value that does not occur again is forgotten.
_KEEP = 0.999


def exponent(bits: int, magnitude: float) -> int:
    """e of the finest format with integers q of so many bits, worth q 2^-e, that holds a
    magnitude. The range is symmetric."""
    if not math.isfinite(magnitude) or magnitude <= 0:
        return 0
    magnitude = max(magnitude, _TINY)
    e = bits - 2 - (math.frexp(magnitude)[1] - 1)
    return e if magnitude <= (2 ** (bits - 1) - 1) * 2.0**-e else e - 1


def exponents(bits: int, magnitudes: Tensor) -> Tensor:
    """`exponent` of each of many magnitudes, as integers."""
    safe = magnitudes.double().clamp(min=_TINY)
    e = bits - 1 - torch.frexp(safe).exponent
    limit = (2.0 ** (bits - 1) - 1) * powers_of_two(-e)
    return torch.where(safe <= limit, e, e - 1)


def powers_of_two(e: Tensor, dtype: torch.dtype = torch.float64) -> Tensor:
    """2^e, exactly."""
    return torch.ldexp(torch.ones(e.shape, dtype=dtype, device=e.device), e)


def rounded(x: Tensor, bits: int, e: Tensor | int) -> Tensor:
    """x rounded to multiples of 2^-e, ties to even, and clipped to ± (2^(bits-1) - 1) 2^-e."""
    scale = powers_of_two(torch.as_tensor(e, device=x.device), x.dtype)
    limit = 2.0 ** (bits - 1) - 1
    return (x * scale).clamp(-limit, limit).round() / scale


class _Unchanged(torch.autograd.Function):
    """Rounds and clips; gradients pass."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, bits: int, e: int) -> Tensor:
        return rounded(x, bits, e)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return gradient, None, None


class _Straight(torch.autograd.Function):
    """Rounds; gradients pass, except where x was clipped."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, bits: int, e: int) -> Tensor:
        ctx.save_for_backward(x.abs() <= (2.0 ** (bits - 1) - 1) * 2.0**-e)
        return rounded(x, bits, e)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (kept,) = ctx.saved_tensors
        return torch.where(kept, gradient, 0), None, None


class FakeQuantization(Auxiliary):
    """Rounds activations to the finest fixed-point format that holds the range of training passes
    so far, the present one included; before the first training pass it rounds nothing. Gradients
    pass unchanged, except where a value was clipped, which only happens outside of training."""

    largest: Tensor
    """The running maximum of magnitudes; it falls by a thousandth a pass."""

    def __init__(self, width: int, bits: int = 16) -> None:
        super().__init__(width)
        if not 4 <= bits <= 16:
            raise Error(f"activations of {bits} bits; expected 4 to 16")
        self.bits = bits
        self.register_buffer("largest", torch.zeros(()))

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        if self.training:
            self.follow(x)
        e = self.format()
        return (x if e is None else _Straight.apply(x, self.bits, e)), None

    @torch.no_grad()
    def follow(self, values: Tensor) -> None:
        """Takes note of the values of a pass."""
        torch.maximum(values.abs().amax().float(), self.largest * _KEEP, out=self.largest)

    def format(self) -> int | None:
        """The exponent for the range so far; None while there is no range."""
        largest = float(self.largest)
        return exponent(self.bits, largest) if 0 < largest < math.inf else None


class CellRounding(FakeQuantization):
    """Rounds what a recurrent cell gives, step by step, to the format of the range of the training
    passes before. Gradients pass unchanged. What is at most 1 has a format that holds 1 in the
    first pass, and never a coarser one."""

    def __init__(self, width: int, bits: int, is_bounded: bool) -> None:
        super().__init__(width, bits)
        self.is_bounded = is_bounded
        self._of_pass: int | None = None

    def begin(self) -> None:
        """Chooses the format of a pass."""
        self._of_pass = self.format()

    def step(self, x: Tensor) -> Tensor:
        """The values of a step, rounded."""
        return x if self._of_pass is None else _Unchanged.apply(x, self.bits, self._of_pass)

    def format(self) -> int | None:
        e = super().format()
        if not self.is_bounded:
            return e
        whole = self.bits - 1
        return whole if e is None else min(max(e, whole), 15)


def rounded_weights(
    parts: Sequence[Tensor], bits: int = 8, per_channel: bool = True
) -> list[Tensor]:
    """A matrix as a fixed-point network has it, part by part.

    parts: a matrix [rows, columns], or the real and the imaginary part of a complex one, whose rows
        share a format.
    per_channel: whether every row has its own exponent, or the matrix one.

    A format is the finest that holds the largest weight, or the next finer one where clipping the
    largest weights reduces the sum of squared errors.
    """
    if not 2 <= bits <= 8:
        raise Error(f"weights of {bits} bits; expected 2 to 8")
    rows = parts[0].shape[0] if per_channel else 1
    flat = torch.stack([part.detach().reshape(rows, -1) for part in parts])
    whole = exponents(bits, flat.abs().amax((0, 2)))
    candidates = [rounded(flat, bits, (whole + finer)[None, :, None]) for finer in (0, 1)]
    errors = [(candidate - flat).double().square().sum((0, 2)) for candidate in candidates]
    better = (errors[1] < errors[0])[None, :, None]
    chosen = torch.where(better, candidates[1], candidates[0])
    return [part.reshape(parts[0].shape) for part in chosen]
