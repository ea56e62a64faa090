"""The optimiser of Sparrow's recipes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from .._errors import Error
from ._build import named_parameters
from ._layer import Own


@dataclass
class Optimization:
    """AdamW or plain gradient descent, one learning rate for state-space parameters and one for
    the others, linear warm-up and cosine decay to zero, gradient clipping, and an exponential
    moving average of the parameters."""

    optimizer: Literal["adamW", "sgd"] = "adamW"
    learning_rate: float = 4e-3
    """Of weights, biases and normalisations."""
    state_space_learning_rate: float = 1e-3
    """Of a state-space layer's own parameters, which have no weight decay."""
    weight_decay: float = 0.04
    """Of weights per step, multiplied by the learning rate."""
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    warmup_fraction: float = 0.04
    """Fraction of all steps over which the learning rates rise linearly from zero."""
    clipping_factor: float = 2.0
    """Maximum global gradient norm as a multiple of its own running mean; over 1."""
    maximum_gradient_norm: float | None = None
    """Maximum global gradient norm; None disables this bound."""
    ema_decay: float = 0.998
    """Decay of the moving average of the parameters; 0 disables it."""

    def __post_init__(self) -> None:
        def require(condition: bool, what: str) -> None:
            if not condition:
                raise Error(f"optimization: {what}")

        require(self.optimizer in ("adamW", "sgd"), f"no optimizer {self.optimizer!r}")
        rates = self.learning_rate, self.state_space_learning_rate
        require(min(rates) > 0, "learning rates are positive")
        require(0 <= self.weight_decay < 1, "the weight decay is from 0 to less than 1")
        require(min(self.beta1, self.beta2) >= 0, "betas are from 0 to less than 1")
        require(max(self.beta1, self.beta2) < 1, "betas are from 0 to less than 1")
        require(self.epsilon > 0, "epsilon is positive")
        require(0 <= self.warmup_fraction <= 1, "the warm-up fraction is from 0 to 1")
        require(self.clipping_factor > 1, "the clipping factor is over 1")
        require((self.maximum_gradient_norm or 1) > 0, "the maximum gradient norm is over 0")
        require(0 <= self.ema_decay < 1, "the EMA decay is from 0 to less than 1")

    def schedule(self, step: int, steps: int) -> float:
        """The factor on the learning rates at a step, counted from 0."""
        warm = self.warmup_fraction * steps
        warmth = min(1.0, (step + 1) / warm) if warm > 0 else 1.0
        progress = max(0.0, (step - warm) / max(1.0, steps - warm))
        return warmth * 0.5 * (1 + math.cos(math.pi * min(progress, 1)))


class Optimizer:
    """Moves the parameters of a module by their gradients, as Sparrow's trainer does."""

    def __init__(self, options: Optimization, module: nn.Module) -> None:
        self.options = options
        self.parameters: dict[str, Own] = named_parameters(module)
        self._learned = {name: own for name, own in self.parameters.items() if own.is_trained}
        self.first = {name: torch.zeros_like(own.tensor) for name, own in self._learned.items()}
        self.second = {name: torch.zeros_like(own.tensor) for name, own in self._learned.items()}
        self.average: dict[str, Tensor] = {
            name: own.tensor.detach().clone() for name, own in self.parameters.items()
        }
        """Running means of the parameters."""
        self.mean_gradient_norm: float | None = None
        """Running mean of the global gradient norm; None before the first step."""

    @torch.no_grad()
    def update(self, step: int, steps: int, rate_factor: float = 1.0) -> float:
        """Updates every parameter by its gradient; gives the gradient norm before clipping.

        step: counted from 0. steps: of the run. rate_factor: on the learning rates of this step.
        Raises `Error` where the norm is not finite; no parameter has changed then.
        """
        options = self.options
        gradients = {
            name: torch.zeros_like(own.tensor) if own.tensor.grad is None else own.tensor.grad
            for name, own in self._learned.items()
        }
        norms = torch.stack([g.double().square().sum() for g in gradients.values()])
        norm = float(norms.sum().sqrt())
        if not math.isfinite(norm):
            raise Error(f"training diverged at step {step}: the gradient is not finite")
        mean = norm if self.mean_gradient_norm is None else self.mean_gradient_norm
        limit = options.maximum_gradient_norm
        bound = min(options.clipping_factor * mean, math.inf if limit is None else limit)
        scale = bound / norm if norm > bound else 1.0
        self.mean_gradient_norm = mean + 0.02 * (min(norm, bound) - mean)
        rate = rate_factor * options.schedule(step, steps)
        for name, own in self._learned.items():
            is_state_space = own.role in ("stateSpace", "stateSpaceMatrix")
            own_rate = rate * (
                options.state_space_learning_rate if is_state_space else options.learning_rate
            )
            decay = options.weight_decay if own.role == "weight" else 0.0
            own.tensor.mul_(1 - own_rate * decay)
            if options.optimizer == "sgd":
                own.tensor.add_(gradients[name], alpha=-own_rate * scale)
            else:
                self._adam(own.tensor, gradients[name] * scale, name, own_rate, step)
        self._follow(step)
        return norm

    def _adam(self, tensor: Tensor, gradient: Tensor, name: str, rate: float, step: int) -> None:
        options = self.options
        first, second = self.first[name], self.second[name]
        first.mul_(options.beta1).add_(gradient, alpha=1 - options.beta1)
        second.mul_(options.beta2).addcmul_(gradient, gradient, value=1 - options.beta2)
        unbiased = second / (1 - options.beta2 ** (step + 1))
        denominator = unbiased.sqrt_().add_(options.epsilon)
        tensor.addcdiv_(first, denominator, value=-rate / (1 - options.beta1 ** (step + 1)))

    def _follow(self, step: int) -> None:
        """Running mean of the parameters (Polyak and Juditsky 1992), shorter at the beginning."""
        if self.options.ema_decay == 0:
            return
        keep = min(self.options.ema_decay, (1 + step) / (10 + step))
        for name, own in self.parameters.items():
            self.average[name].lerp_(own.tensor.detach().to(self.average[name]), 1 - keep)
