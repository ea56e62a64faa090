"""The event-based GRU over a whole sequence, with its surrogate gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ._quantization import CellRounding
from ._structure import Structure


@dataclass(frozen=True)
class EventOptions:
    """Options of a pass; see `EGRU`."""

    structure: Structure
    damping: float
    support: float
    leaks: bool
    """Whether the surrogate is the derivative of what silent units send."""
    reset_interval: int | None
    first_step: int
    """Steps since the beginning of the sequence."""
    rounding: CellRounding | None = None
    """Of what is sent."""
    follows_range: bool = False
    """Whether the rounding takes note of the values of the pass."""

    def read(self, sent: Tensor) -> Tensor:
        """What products and the next layer see of what is sent."""
        return sent if self.rounding is None else self.rounding.step(sent)

    def resets(self, step: int) -> bool:
        """Whether units forget what they kept before a step of the pass."""
        interval = self.reset_interval
        return bool(interval) and (self.first_step + step) % (interval or 1) == 0


def run_events(
    a: Tensor,
    weight: Tensor,
    bias: Tensor,
    threshold: Tensor,
    sent: Tensor,
    kept: Tensor,
    options: EventOptions,
) -> tuple[Tensor, Tensor, Tensor]:
    """What others see of what units send at all steps, (steps, batch, units), and what units send
    and keep after the last.

    a: products of the inputs, (steps, batch, 3 units). sent, kept: before the first step, which get
    no gradient. Gradients by the recurrent weights are summed over steps in one product.
    """
    result: tuple[Tensor, Tensor, Tensor] = _Pass.apply(
        a, weight, bias, threshold, sent, kept, options
    )
    return result


class _Pass(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        a: Tensor,
        weight: Tensor,
        bias: Tensor,
        threshold: Tensor,
        sent: Tensor,
        kept: Tensor,
        options: EventOptions,
    ) -> tuple[Tensor, Tensor, Tensor]:
        units = kept.shape[1]
        if options.rounding is not None:
            options.rounding.begin()
        reads, sents = [options.read(sent)], []
        befores, gates, products, values = [], [], [], []
        for step, row in enumerate(a):
            if options.resets(step):
                kept = torch.zeros_like(kept)
            q = options.structure.product(reads[-1], weight, bias)
            gate = torch.sigmoid(row[:, : 2 * units] + q[:, : 2 * units])
            r, z = gate.chunk(2, 1)
            n = torch.tanh(torch.addcmul(row[:, 2 * units :], r, q[:, 2 * units :]))
            v = torch.addcmul(n, z, kept - n)
            sends = v > threshold
            befores.append(kept)
            gates.append(torch.cat([gate, n], 1))
            products.append(q[:, 2 * units :])
            values.append(v)
            sent, kept = torch.where(sends, v, 0), torch.where(sends, v - threshold, v)
            sents.append(sent)
            reads.append(options.read(sent))
        if options.rounding is not None and options.follows_range:
            options.rounding.follow(torch.stack(sents))
        ctx.options = options
        stacks = (torch.stack(rows) for rows in (reads, befores, gates, products, values))
        ctx.save_for_backward(weight, bias, threshold, *stacks)
        ctx.mark_non_differentiable(sent, kept)
        return torch.stack(reads[1:]), sent, kept

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, by_output: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        weight, bias, threshold, reads, befores, gates, products, values = ctx.saved_tensors
        options: EventOptions = ctx.options
        sends = values > threshold
        slopes = options.damping * (1 - options.support * (values - threshold).abs()).clamp(min=0)
        weights = slopes * ((~sends).to(values) if options.leaks else values)
        r, z, n = gates.chunk(3, 2)
        # By what each value of a step is multiplied on its way back, of all steps at once.
        by_n, by_z = (1 - z) * (1 - n * n), (befores - n) * z * (1 - z)
        by_r = products * r * (1 - r)
        by_a, by_q = torch.empty_like(gates), torch.empty_like(gates)
        by_sent = by_kept = torch.zeros_like(by_output[0])
        by_threshold = torch.zeros_like(by_sent)
        for step in range(len(by_output) - 1, -1, -1):
            out = by_output[step] + by_sent
            slope = weights[step] * out - slopes[step] * threshold * by_kept
            sending = sends[step].to(out)
            by_threshold -= torch.addcmul(slope, sending, by_kept)
            by_v = torch.addcmul(slope + by_kept, sending, out)
            dn = by_v * by_n[step]
            torch.cat([dn * by_r[step], by_v * by_z[step], dn], 1, out=by_a[step])
            torch.cat([by_a[step, :, : -n.shape[2]], dn * r[step]], 1, out=by_q[step])
            by_kept = torch.zeros_like(by_v) if options.resets(step) else by_v * z[step]
            by_sent = options.structure.transposed(by_q[step], weight)
        with torch.enable_grad():
            own = weight.detach().requires_grad_(), bias.detach().requires_grad_()
            q = options.structure.product(reads[:-1].flatten(0, 1), *own)
            by_weight, by_bias = torch.autograd.grad(q, own, by_q.flatten(0, 1))
        return by_a, by_weight, by_bias, by_threshold.sum(0), None, None, None
