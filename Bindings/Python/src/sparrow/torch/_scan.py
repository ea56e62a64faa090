"""The scan of a diagonal linear recurrence, in chunks of time."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor


def scan(a: Tensor, w: Tensor, first: Tensor | None = None) -> Tensor:
    """x_t = a x_{t-1} + w_t, all numbers complex.

    a: (states,). w: (steps, batch, states). first: x before the first step, (batch, states), which
    gets no gradient; zero if it is left out. Gives x, shaped as w. Can be differentiated once by a
    and w.

    About √steps chunks of about √steps steps are walked side by side from zero states, and what
    each should have begun with is added afterwards, times a, a², … (the chunked form of a parallel
    prefix sum, Blelloch 1990): 2 √steps operations on large tensors instead of `steps` small ones.
    """
    if first is None:
        first = w.new_zeros(w.shape[1:])
    result: Tensor = _Scan.apply(a, w, first)
    return result


def _walk(a: Tensor, w: Tensor, first: Tensor) -> Tensor:
    steps, batch, states = w.shape
    if steps < 8:
        rows, x = [], first
        for row in w:
            x = torch.addcmul(row, a, x)
            rows.append(x)
        return torch.stack(rows) if rows else torch.empty_like(w)
    length = math.isqrt(steps - 1) + 1
    chunks = -(-steps // length)
    x = w.new_zeros(chunks * length, batch, states)
    x[:steps] = w
    x = x.view(chunks, length, batch, states)
    for step in range(1, length):
        x[:, step].addcmul_(a, x[:, step - 1])
    # In double precision, as long products of rounded powers would drift.
    powers = torch.cumprod(a.to(torch.complex128).expand(length, states), 0)
    beginnings = [first.to(torch.complex128)]
    for end in x[:-1, -1].to(torch.complex128):
        beginnings.append(torch.addcmul(end, powers[-1], beginnings[-1]))
    x.addcmul_(powers.to(w.dtype)[None, :, None], torch.stack(beginnings).to(w.dtype)[:, None])
    return x.view(chunks * length, batch, states)[:steps]


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, a: Tensor, w: Tensor, first: Tensor) -> Tensor:
        x = _walk(a, w, first)
        ctx.save_for_backward(a, x, first)
        return x

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        a, x, first = ctx.saved_tensors
        adjoint = _walk(a.conj().resolve_conj(), gradient.flip(0), torch.zeros_like(first)).flip(0)
        by_a = (x[:-1].conj() * adjoint[1:]).sum((0, 1)) + (first.conj() * adjoint[0]).sum(0)
        return by_a, adjoint, None
