"""The choice of the weights of a matrix that stay: the largest ones that a pattern allows."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_TILE_ROWS, _TILE_COLUMNS = 64, 32
_BLOCK_ROWS, _BLOCK_COLUMNS = 16, 4


def threshold(values: Tensor, keeping: int) -> Tensor:
    """The `keeping`-largest of values that are not negative, so that all at least as large are
    kept; infinity if none is."""
    if keeping <= 0:
        return values.new_tensor(math.inf)
    if keeping >= values.numel():
        return values.new_zeros(())
    return values.flatten().kthvalue(values.numel() - keeping + 1).values


def _away_from_zero(value: float) -> int:
    return int(value + 0.5)


def balanced(magnitudes: Tensor, kept: int) -> Tensor:
    """All rows of a tile of 64 × 32 keep the same number of weights, which differs between tiles:
    one more is kept in the tile whose rows have the largest next weights on average."""
    rows, columns = magnitudes.shape
    tiles = [
        (slice(row, row + _TILE_ROWS), slice(column, column + _TILE_COLUMNS))
        for row in range(0, rows, _TILE_ROWS)
        for column in range(0, columns, _TILE_COLUMNS)
    ]
    # By tile and rank: the mean over rows of the weight of that rank.
    ordered = [magnitudes[tile].sort(dim=1, descending=True, stable=True) for tile in tiles]
    means = [sums.values.mean(0) for sums in ordered]
    ranks = torch.cat(means)
    least = threshold(ranks, _away_from_zero(kept / max(rows * columns, 1) * ranks.numel()))
    mask = torch.zeros_like(magnitudes, dtype=torch.bool)
    for tile, order, mean in zip(tiles, ordered, means, strict=True):
        count = int((mean >= least).sum())
        mask[tile] = mask[tile].scatter(1, order.indices[:, :count], True)
    return mask


def blocks(magnitudes: Tensor, kept: int) -> Tensor:
    """Keeps the blocks of 16 × 4 with the largest sums of squares; those at the edges may be
    smaller."""
    rows, columns = magnitudes.shape
    down, across = -(-rows // _BLOCK_ROWS), -(-columns // _BLOCK_COLUMNS)
    padded = magnitudes.new_zeros(down * _BLOCK_ROWS, across * _BLOCK_COLUMNS)
    padded[:rows, :columns] = magnitudes
    energies = padded.square().view(down, _BLOCK_ROWS, across, _BLOCK_COLUMNS).sum((1, 3))
    share = kept / max(rows * columns, 1)
    least = threshold(energies, _away_from_zero(share * energies.numel()))
    mask = (energies >= least).repeat_interleave(_BLOCK_ROWS, 0)
    return mask.repeat_interleave(_BLOCK_COLUMNS, 1)[:rows, :columns]
