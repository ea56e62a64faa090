"""Which units of a recurrent cell see which at the next step."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from .. import layers
from .._errors import Error
from ._layer import linear

Name = Literal["full", "diagonal", "blockDiagonal"]


class Structure:
    """Products h Rᵀ + c where units see one block of units each (van Keirsbilck et al. 2019).

    full: every unit sees every unit. diagonal: itself alone. blockDiagonal: its own block, or,
    shuffled, as many units of every block (Zhang et al. 2018). Of each gate R has the shape [units,
    units of a block]; row i has unit i's weights for the units of its block in order.
    """

    def __init__(self, name: Name, units: int, blocks: int | None, shuffled: bool) -> None:
        if name not in ("full", "diagonal", "blockDiagonal"):
            raise Error(f"structure is {name!r}; expected full, diagonal or blockDiagonal")
        if (blocks is not None or shuffled) and name != "blockDiagonal":
            raise Error(f"blocks and shuffled are those of blockDiagonal, not of {name}")
        if name == "blockDiagonal" and (blocks is None or blocks < 1 or units % blocks):
            raise Error(f"{units} units cannot be cut into {blocks} blocks of one size")
        self.name = name
        self.units = units
        self.blocks = {"full": 1, "diagonal": units}.get(name) or blocks or 1
        self.shuffled = shuffled
        self.size = units // self.blocks
        self.order: list[int] | None = None
        """At place k the unit that stands there when blocks are looked at; None for k itself."""
        if shuffled:
            order = [k % self.blocks * self.size + k // self.blocks for k in range(units)]
            self.order = None if order == list(range(units)) else order

    def product(self, h: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """From (batch, units) to (batch, gates units); weight: [gates units, units of a block]."""
        if self.blocks == 1:
            return linear(h, weight, bias)
        gates = weight.shape[0] // self.units
        if self.order is not None:
            h = h[:, self.order]
        if self.size == 1:
            return torch.addcmul(bias, h.repeat(1, gates), weight[:, 0])
        blocks = weight.view(gates, self.blocks, self.size, self.size)
        seen = h.unflatten(1, (self.blocks, self.size))
        return torch.einsum("bns,gnos->bgno", seen, blocks).flatten(1) + bias

    def transposed(self, gradient: Tensor, weight: Tensor) -> Tensor:
        """The gradient by h, (batch, units), of that by the product, (batch, gates units)."""
        if self.blocks == 1:
            return gradient @ weight
        gates = weight.shape[0] // self.units
        if self.size == 1:
            return (gradient * weight[:, 0]).unflatten(1, (gates, self.units)).sum(1)
        blocks = weight.view(gates, self.blocks, self.size, self.size)
        rows = gradient.unflatten(1, (gates, self.blocks, self.size))
        seen = torch.einsum("bgno,gnos->bns", rows, blocks).flatten(1)
        if self.order is None:
            return seen
        result = torch.empty_like(seen)
        result[:, self.order] = seen
        return result

    def describe(self, layer: layers.Layer) -> layers.Layer:
        """Adds the structure to a layer's description."""
        if self.name != "full":
            layer["structure"] = self.name
        if self.name == "blockDiagonal":
            layer["blocks"] = self.blocks
            if self.shuffled:
                layer["shuffled"] = True
        return layer
