"""Magnitude pruning and rounding of weights during training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Sequence as List
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

from .._errors import Error
from ._build import named_parameters
from ._layer import Own
from ._patterns import balanced, blocks, threshold
from ._quantization import rounded_weights


@dataclass
class Pruning:
    """Gradual magnitude pruning with a straight-through estimator (Lee et al. 2023): passes use
    weights whose smallest ones are zero, chosen again at every step; the optimiser moves all."""

    sparsity: float = 0.9
    """The final fraction of zeros in the pruned matrices, from 0 to less than 1."""
    distribution: Literal["uniform", "erk", "global"] = "erk"
    """The same sparsity everywhere; denser where matrices are small or elongated (Evci et al.
    2020); or the smallest weights of all matrices together."""
    pattern: Literal["unstructured", "balanced", "block"] = "unstructured"
    """Any zeros; as many non-zeros in all rows of a tile of 64 × 32; or zero blocks of 16 × 4."""
    prunes_complex_jointly: bool = False
    """Whether a complex weight is pruned by its absolute value, or its parts one by one."""
    begin: float = 0.05
    """Where pruning begins, as a fraction of the run's steps."""
    end: float = 0.9
    """Where it ends. The sparsity rises as S (1 - (1 - p)³) (Zhu and Gupta 2017)."""
    excluded: List[str] = field(default_factory=list)
    """Parts of names of matrices that stay dense."""

    def __post_init__(self) -> None:
        if not 0 <= self.sparsity < 1:
            raise Error(f"pruning: the sparsity is {self.sparsity}; expected 0 to less than 1")
        if not 0 <= self.begin <= self.end <= 1:
            raise Error(
                f"pruning: begin is {self.begin} and end is {self.end}; "
                "expected 0 ≤ begin ≤ end ≤ 1"
            )
        if self.distribution not in ("uniform", "erk", "global"):
            raise Error(f"pruning: no distribution {self.distribution!r}")
        if self.pattern not in ("unstructured", "balanced", "block"):
            raise Error(f"pruning: no pattern {self.pattern!r}")
        is_bound = self.distribution == "global" or self.prunes_complex_jointly
        if is_bound and self.pattern != "unstructured":
            raise Error(
                "pruning: the global distribution and prunes_complex_jointly need the pattern "
                "unstructured"
            )

    def progress(self, step: int, steps: int) -> float:
        """The sparsity at a step, counted from 0, as a fraction of the final one."""
        first, last = self.begin * steps, self.end * steps
        if step < first:
            return 0.0
        if step >= last:
            return 1.0
        left = 1 - min((step + 1 - first) / (last - first), 1)
        return 1 - left**3


@dataclass
class WeightQuantization:
    """Weights rounded to so many bits, with an exponent per row or per matrix, after pruning."""

    weight_bits: int = 8
    activation_bits: int = 16
    per_channel: bool = True


@dataclass
class Matrix:
    """A matrix as a step multiplies by it: a parameter, or both parts of a complex one."""

    name: str
    parts: list[Own]

    @property
    def count(self) -> int:
        return sum(part.tensor.numel() for part in self.parts)

    @property
    def sizes(self) -> list[int]:
        """The sizes in the formula of the ERK distribution."""
        return [*self.parts[0].tensor.shape, *([2] if len(self.parts) == 2 else [])]

    def join(self, tensors: List[Tensor]) -> Tensor:
        """The real matrix [rows, columns] of both parts."""
        if len(tensors) == 1:
            return tensors[0]
        return torch.cat(list(tensors), dim=1 if self.parts[1].part == "beside" else 0)

    def split(self, matrix: Tensor) -> list[Tensor]:
        """The parts of a real matrix."""
        if len(self.parts) == 1:
            return [matrix]
        return list(matrix.chunk(2, dim=1 if self.parts[1].part == "beside" else 0))


def matrices(module: nn.Module) -> list[Matrix]:
    """The matrices of a module in the order in which a step multiplies by them."""
    found: list[Matrix] = []
    for name, own in named_parameters(module).items():
        if own.role not in ("weight", "stateSpaceMatrix"):
            continue
        if own.part in ("below", "beside"):
            found[-1].parts.append(own)
        else:
            found.append(Matrix(name.removesuffix(".real"), [own]))
    return found


def kept_counts(
    distribution: str, counts: List[int], shapes: List[List[int]], sparsity: float
) -> list[int]:
    """The number of non-zero weights of each matrix."""
    if distribution != "erk":
        return [count - int(sparsity * count) for count in counts]
    raw = [sum(shape) / max(count, 1) for count, shape in zip(counts, shapes, strict=True)]
    total = sum(count - int(sparsity * count) for count in counts)
    dense: set[int] = set()
    while True:
        room = float(total - sum(counts[i] for i in dense))
        weight = sum(raw[i] * counts[i] for i in range(len(counts)) if i not in dense)
        if weight <= 0:
            return list(counts)
        epsilon = max(room, 0.0) / weight
        over = [i for i in range(len(counts)) if i not in dense and epsilon * raw[i] > 1]
        if not over:
            break
        dense.add(max(over, key=lambda i: raw[i]))
    densities = [1.0 if i in dense else epsilon * raw[i] for i in range(len(counts))]
    # Halves are rounded away from zero.
    return [int(d * count + 0.5) for d, count in zip(densities, counts, strict=True)]


class Compression:
    """Zeros and rounding during training, as Sparrow's trainer makes them.

    >>> compression = Compression(module, Pruning(sparsity=0.9))
    >>> with compression.applied(step, steps):     # parameters are pruned and rounded in here
    ...     loss(module(x)).backward()
    >>> optimizer.update(step, steps)              # and dense out here, for the optimiser
    """

    def __init__(
        self,
        module: nn.Module,
        pruning: Pruning | None = None,
        quantization: WeightQuantization | None = None,
    ) -> None:
        self.pruning = pruning
        self.quantization = quantization
        self._all = matrices(module)
        self._pruned = (
            [
                matrix
                for matrix in self._all
                if not any(part in matrix.name for part in pruning.excluded)
            ]
            if pruning
            else []
        )
        self._parameters = named_parameters(module)

    @contextmanager
    def applied(
        self, step: int, steps: int, values: Mapping[str, Tensor] | None = None
    ) -> Iterator[None]:
        """Parameters are what passes use; afterwards they are what they were.

        values: what all parameters are instead, by name, before matrices are pruned and rounded:
            their running mean.
        """
        tensors = [own.tensor for matrix in self._all for own in matrix.parts]
        if values is not None:
            tensors = [own.tensor for own in self._parameters.values()]
        before = [tensor.detach().clone() for tensor in tensors]
        try:
            for name, value in (values or {}).items():
                self._parameters[name].tensor.data.copy_(value)
            self._apply(step, steps)
            yield
        finally:
            with torch.no_grad():
                for tensor, value in zip(tensors, before, strict=True):
                    tensor.data.copy_(value)

    @torch.no_grad()
    def _apply(self, step: int, steps: int) -> None:
        if self.pruning is not None:
            self._prune(self.pruning, step, steps)
        if self.quantization is not None:
            for matrix in self._all:
                parts = rounded_weights(
                    [own.tensor for own in matrix.parts],
                    self.quantization.weight_bits,
                    self.quantization.per_channel,
                )
                for own, part in zip(matrix.parts, parts, strict=True):
                    own.tensor.data.copy_(part)

    def _prune(self, options: Pruning, step: int, steps: int) -> None:
        counts = [matrix.count for matrix in self._pruned]
        sparsity = options.sparsity * options.progress(step, steps)
        shapes = [matrix.sizes for matrix in self._pruned]
        kept = kept_counts(options.distribution, counts, shapes, sparsity)
        magnitudes = [self._magnitudes(matrix, options) for matrix in self._pruned]
        least: Any = None
        if options.distribution == "global":
            least = threshold(torch.cat([m.flatten() for m in magnitudes]), sum(kept))
        for matrix, magnitude, count in zip(self._pruned, magnitudes, kept, strict=True):
            if options.pattern == "balanced":
                mask = balanced(magnitude, count)
            elif options.pattern == "block":
                mask = blocks(magnitude, count)
            else:
                mask = magnitude >= (threshold(magnitude, count) if least is None else least)
            for own, part in zip(matrix.parts, matrix.split(mask), strict=True):
                own.tensor.data.mul_(part)

    @staticmethod
    def _magnitudes(matrix: Matrix, options: Pruning) -> Tensor:
        parts = [own.tensor.detach().abs() for own in matrix.parts]
        if options.prunes_complex_jointly and len(parts) == 2:
            parts = [(parts[0].square() + parts[1].square()).sqrt()] * 2
        return matrix.join(parts)
