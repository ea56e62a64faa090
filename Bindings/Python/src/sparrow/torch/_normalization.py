"""Normalisations and causal convolution."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .. import layers
from .._errors import Error
from ._layer import Layer, Own, State, initialize_matrix, linear, parameter

_EPSILON = 1e-5
_MOMENTUM = 0.05


class Normalization(Layer):
    """Batch normalisation over sequences and time: scale (x - mean) / √(variance + 1e-5) + shift.

    In training mode the moments are the batch's, and a twentieth of the way the stored ones follow
    them; the variance is the mean of squares, without Bessel's correction.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.scale = nn.Parameter(torch.ones(width))
        self.shift = parameter(width)
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("variance", torch.ones(width))

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        mean, variance = self.mean, self.variance
        if self.training:
            variance, mean = torch.var_mean(x, dim=(0, 1), correction=0)
            with torch.no_grad():
                self.mean.lerp_(mean.detach(), _MOMENTUM)
                self.variance.lerp_(variance.detach(), _MOMENTUM)
        slope = self.scale * torch.rsqrt(variance + _EPSILON)
        return torch.addcmul(self.shift - mean * slope, x, slope), None

    def description(self) -> layers.Layer:
        return layers.normalization()

    def own(self) -> list[Own]:
        return [
            Own("scale", self.scale, "normalization"),
            Own("shift", self.shift, "normalization"),
            Own("mean", self.mean, "statistic", is_trained=False),
            Own("variance", self.variance, "statistic", is_trained=False),
        ]


class LayerNormalization(Layer):
    """Normalisation of each frame by its own mean and variance, or, not centred, by the mean of its
    squares: `scale`, `shift` [width]."""

    def __init__(self, width: int, centers: bool = True, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.width = width
        self.centers = centers
        self.epsilon = epsilon
        self.scale = nn.Parameter(torch.ones(width))
        self.shift = parameter(width)

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        if self.centers:
            shape = (self.width,)
            return nn.functional.layer_norm(x, shape, self.scale, self.shift, self.epsilon), None
        factor = torch.rsqrt(x.square().mean(-1, keepdim=True) + self.epsilon)
        return torch.addcmul(self.shift, x * factor, self.scale), None

    def description(self) -> layers.Layer:
        return layers.layer_normalization(self.centers, self.epsilon)

    def own(self) -> list[Own]:
        return [
            Own("scale", self.scale, "normalization"),
            Own("shift", self.shift, "normalization"),
        ]


class Convolution(Layer):
    """Causal convolution over time: `weight` [outputs, kernel inputs / groups], a row being the
    taps from the oldest to the newest; `bias` [outputs]."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, dilation: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        if inputs % groups or outputs % groups:
            raise Error(f"{inputs} inputs and {outputs} outputs cannot be cut into {groups} groups")
        self.width = inputs
        self.outputs, self.kernel, self.dilation, self.groups = outputs, kernel, dilation, groups
        self.weight = parameter(outputs, kernel * inputs // groups)
        self.bias = parameter(outputs)
        initialize_matrix(self.weight)

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        steps, batch, _ = x.shape
        history = (self.kernel - 1) * self.dilation
        if state is None:
            state = x.new_zeros(history, batch, self.width)
        frames = torch.cat([state, x])
        end = frames[len(frames) - history :].detach()
        own = self.width // self.groups
        taps = [
            frames[tap * self.dilation : tap * self.dilation + steps].unflatten(
                2, (self.groups, own)
            )
            for tap in range(self.kernel)
        ]
        columns = torch.cat(taps, dim=3)
        if self.groups == 1:
            return linear(columns[:, :, 0], self.weight, self.bias), end
        rows = self.weight.unflatten(0, (self.groups, -1))
        return torch.einsum("tbgk,gok->tbgo", columns, rows).flatten(2) + self.bias, end

    def description(self) -> layers.Layer:
        return layers.convolution(self.outputs, self.kernel, self.dilation, self.groups)

    def own(self) -> list[Own]:
        return [Own("weight", self.weight, "weight"), Own("bias", self.bias, "bias")]
