"""What all layers have: two forms of the forward pass, and their place in a model file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor, nn

from .. import layers
from .._errors import Error

State: TypeAlias = Any
"""None, a tensor, or a tuple of states: what a layer hands on from one piece of a sequence to the
next."""

Role = Literal[
    "weight", "bias", "normalization", "stateSpaceMatrix", "stateSpace", "threshold", "statistic"
]
"""What a parameter is for, which decides its learning rate, its decay and whether it is pruned."""


@dataclass(frozen=True)
class Own:
    """A parameter of a layer as a model file has it."""

    name: str
    tensor: Tensor
    role: Role
    part: Literal["real", "below", "beside"] | None = None
    """Of a complex matrix: the real part, or where the imaginary part lies in the real matrix that
    a step multiplies by: below the real part (B), or beside it (C)."""
    is_trained: bool = True


class Layer(nn.Module):
    """A layer over whole sequences: (steps, batch, width) to (steps, batch, output width).

    `layer(x)` begins with a state of zeros; `layer.run(x, state)` goes on from a state, and gives
    the state at the end too. In training mode normalisations use the batch's statistics.
    """

    width: int
    """Values in a frame that comes in."""

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        """The answers to x, (steps, batch, width), and the state after the last."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """The answers to x from a state of zeros."""
        return self.run(x)[0]

    def description(self) -> layers.Layer:
        """The layer in a model file."""
        raise NotImplementedError

    def own(self) -> list[Own]:
        """The layer's own parameters, in the order of model files; not those of inner layers."""
        return []

    def inner(self) -> list[Layer]:
        """The layers inside, in order."""
        return []

    @property
    def output_width(self) -> int:
        """Values in a frame that goes out."""
        return layers.output_width([self.description()], self.width)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x Wᵀ + b."""
    return nn.functional.linear(x, weight, bias)


def parameter(*shape: int) -> nn.Parameter:
    """A parameter of zeros."""
    return nn.Parameter(torch.zeros(shape))


def places(modules: list[Layer], path: str = "") -> Iterator[tuple[str, Layer]]:
    """Layers with their paths in a model file, in order, inner ones after the outer one."""
    for index, layer in enumerate(modules):
        place = f"{path}.layers.{index}" if path else f"layers.{index}"
        yield place, layer
        yield from places(layer.inner(), place)


class Dense(Layer):
    """W x + b: `weight` [outputs, inputs], `bias` [outputs]."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.width = inputs
        self.outputs = outputs
        self.weight = parameter(outputs, inputs)
        self.bias = parameter(outputs)
        initialize_matrix(self.weight)

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        return linear(x, self.weight, self.bias), None

    def description(self) -> layers.Layer:
        return layers.dense(self.outputs)

    def own(self) -> list[Own]:
        return [Own("weight", self.weight, "weight"), Own("bias", self.bias, "bias")]


class Gate(Layer):
    """x ⊙ sigmoid(W x + b): `weight` [width, width], `bias` [width]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.weight = parameter(width, width)
        self.bias = parameter(width)
        initialize_matrix(self.weight)

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        return x * torch.sigmoid(linear(x, self.weight, self.bias)), None

    def description(self) -> layers.Layer:
        return layers.gate()

    def own(self) -> list[Own]:
        return [Own("weight", self.weight, "weight"), Own("bias", self.bias, "bias")]


class Activation(Layer):
    """relu, gelu (by its tanh approximation), sigmoid or tanh."""

    def __init__(self, width: int, function: Literal["relu", "gelu", "sigmoid", "tanh"]) -> None:
        super().__init__()
        if function not in ("relu", "gelu", "sigmoid", "tanh"):
            raise Error(f"function is {function!r}; expected relu, gelu, sigmoid or tanh")
        self.width = width
        self.function = function

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        if self.function == "gelu":
            return nn.functional.gelu(x, approximate="tanh"), None
        function = {"relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}
        return function[self.function](x), None

    def description(self) -> layers.Layer:
        return layers.activation(self.function)


class Sequence(Layer):
    """Layers in order, as a whole network or as a branch."""

    ranges: dict[str, Any]
    """Layers that round, by the place whose output they round."""

    def __init__(self, *modules: Layer) -> None:
        """Raises `Error` where a layer takes another width than the one before it gives."""
        super().__init__()
        if not modules:
            raise Error("a sequence of no layers")
        width = modules[0].width
        for index, layer in enumerate(modules):
            if not isinstance(layer, Layer):
                raise Error(f"layer {index} is a {type(layer).__name__}, not of sparrow.torch")
            if layer.width != width:
                raise Error(f"layer {index} takes {layer.width} values, and {width} come in")
            width = layer.output_width
        self.width = modules[0].width
        self.layers = nn.ModuleList(modules)
        self.ranges = {}

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        states = state if state is not None else (None,) * len(self.layers)
        after = []
        for layer, before in zip(self.layers, states, strict=True):
            x, end = layer.run(x, before)
            after.append(end)
        return x, tuple(after)

    @property
    def output_width(self) -> int:
        return int(self.layers[-1].output_width)

    def description(self) -> layers.Layer:
        raise Error("a sequence has no place in a model file; its layers have")

    def inner(self) -> list[Layer]:
        inner: list[Layer] = []
        for layer in self.layers:
            if isinstance(layer, Sequence):
                inner += layer.inner()
            elif not isinstance(layer, Auxiliary):
                inner.append(layer)
        return inner


class Residual(Layer):
    """x + f(x), f being layers in order."""

    def __init__(self, *modules: Layer) -> None:
        super().__init__()
        self.branch = Sequence(*modules)
        self.width = self.branch.width
        if self.branch.output_width != self.width:
            raise Error(
                f"a residual branch gives {self.branch.output_width} values for {self.width}"
            )

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        y, end = self.branch.run(x, state)
        return x + y, end

    @property
    def output_width(self) -> int:
        return self.width

    def description(self) -> layers.Layer:
        return layers.residual([layer.description() for layer in self.branch.inner()])

    def inner(self) -> list[Layer]:
        return self.branch.inner()


class Auxiliary(Layer):
    """A layer of training alone, which model files don't have: dropout, fake quantisation."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    @property
    def output_width(self) -> int:
        return self.width


class Dropout(Auxiliary):
    """In training, x ⊙ mask / (1 - rate), the mask being drawn once a sequence and held over time
    (Gal and Ghahramani 2016)."""

    def __init__(self, width: int, rate: float) -> None:
        super().__init__(width)
        if not 0 <= rate < 1:
            raise Error(f"the dropout is {rate}; expected from 0 to less than 1")
        self.rate = rate

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        if not self.training or self.rate == 0:
            return x, None
        mask = torch.empty(1, *x.shape[1:], device=x.device, dtype=x.dtype)
        return x * mask.bernoulli_(1 - self.rate).div_(1 - self.rate), None


def initialize_matrix(weight: Tensor, fan_in: int | None = None) -> None:
    """Normal numbers within two deviations, of variance 1 / inputs after the truncation (LeCun et
    al. 1998)."""
    deviation = 1 / (0.8796256626766933 * (fan_in or weight.shape[1]) ** 0.5)
    nn.init.trunc_normal_(weight, std=deviation, a=-2 * deviation, b=2 * deviation)
