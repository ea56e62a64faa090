"""S5: the diagonal linear recurrence."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from .. import layers
from .._errors import Error
from ._layer import Layer, Own, State, initialize_matrix, linear, parameter
from ._quantization import FakeQuantization
from ._scan import scan

_STABILITY_BOUND = -1e-4


class S5(Layer):
    """The diagonal state-space layer (Smith et al. 2023), H real inputs and outputs, P complex
    states:

        x_t = Ā x_{t-1} + f (B u_t + b)        y_t = s Re(C g(x_t)) + D u_t + c

    with Λ = min(Re, -1e-4) + i Im, Δ = exp(log_step), by zero-order hold Ā = exp(Λ Δ), f = (Ā - 1)
    / Λ, bilinear Ā = (1 + Λ Δ / 2) / (1 - Λ Δ / 2), f = Δ / (1 - Λ Δ / 2). s is 2 where states
    stand for conjugate pairs; g keeps states with a positive real part where `rectifies_state`; b
    and c are there where `has_bias`. With a largest time constant of τ frames, 1 / (τ Δ) is taken
    from Λ. Begins as S5 does, with eigenvalues and bases of HiPPO-LegS matrices.
    """

    def __init__(
        self,
        width: int,
        states: int,
        discretization: Literal["zeroOrderHold", "bilinear"] = "zeroOrderHold",
        *,
        conjugate_symmetry: bool = True,
        rectifies_state: bool = False,
        has_bias: bool = False,
        maximum_time_constant: float | None = None,
    ) -> None:
        super().__init__()
        if discretization not in ("zeroOrderHold", "bilinear"):
            raise Error(
                f"discretization is {discretization!r}; a linear recurrence that is trained is "
                "zeroOrderHold or bilinear"
            )
        self.width = width
        self.states = states
        self.discretization = discretization
        self.conjugate_symmetry = conjugate_symmetry
        self.rectifies_state = rectifies_state
        self.has_bias = has_bias
        self.maximum_time_constant = maximum_time_constant
        self.eigenvalues_real, self.eigenvalues_imaginary = parameter(states), parameter(states)
        self.log_step = parameter(states)
        self.b_real, self.b_imaginary = parameter(states, width), parameter(states, width)
        self.c_real, self.c_imaginary = parameter(width, states), parameter(width, states)
        self.d = parameter(width)
        if has_bias:
            self.input_bias_real, self.input_bias_imaginary = parameter(states), parameter(states)
            self.bias = parameter(width)
        self.rounding: FakeQuantization | None = None
        """Rounds what the readout sees of the state, in training for fixed point."""
        _initialize(self)

    def system(self) -> tuple[Tensor, Tensor]:
        """Ā and f of every state, in double precision."""
        step = torch.exp(self.log_step.double())
        real = self.eigenvalues_real.double().clamp(max=_STABILITY_BOUND)
        if self.maximum_time_constant is not None:
            real = real - 1 / (self.maximum_time_constant * step)
        eigenvalues = torch.complex(real, self.eigenvalues_imaginary.double())
        if self.discretization == "zeroOrderHold":
            a = torch.exp(eigenvalues * step)
            return a, (a - 1) / eigenvalues
        half = eigenvalues * step / 2
        return (1 + half) / (1 - half), step / (1 - half)

    def run(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        a, f = self.system()
        is_double = x.dtype == torch.float64
        kind = torch.complex128 if is_double else torch.complex64
        bias = None
        if self.has_bias:
            bias = torch.cat([self.input_bias_real, self.input_bias_imaginary])
        parts = linear(x, torch.cat([self.b_real, self.b_imaginary]), bias)
        # Half-precision products, as of autocast, are carried on in single precision.
        parts = parts if is_double else parts.float()
        w = torch.complex(*parts.split(self.states, dim=-1))
        states = scan(a.to(kind), f.to(kind) * w, state)
        read = torch.cat([states.real, states.imag], dim=-1)
        if self.rectifies_state:
            kept = states.real > 0
            read = torch.where(torch.cat([kept, kept], dim=-1), read, 0)
        if self.rounding is not None:
            read = self.rounding(read)
        factor = 2 if self.conjugate_symmetry else 1
        readout = torch.cat([factor * self.c_real, -factor * self.c_imaginary], dim=1)
        y = linear(read, readout, self.bias if self.has_bias else None)
        return torch.addcmul(y.to(parts.dtype), x, self.d), states[-1].detach()

    def description(self) -> layers.Layer:
        return layers.linear_recurrence(
            self.states,
            self.discretization,
            conjugate_symmetry=self.conjugate_symmetry,
            rectifies_state=self.rectifies_state,
            has_bias=self.has_bias,
            maximum_time_constant=self.maximum_time_constant,
        )

    def own(self) -> list[Own]:
        own = [
            Own("eigenvalues.real", self.eigenvalues_real, "stateSpace"),
            Own("eigenvalues.imaginary", self.eigenvalues_imaginary, "stateSpace"),
            Own("logStep", self.log_step, "stateSpace"),
            Own("B.real", self.b_real, "stateSpaceMatrix", "real"),
            Own("B.imaginary", self.b_imaginary, "stateSpaceMatrix", "below"),
            Own("C.real", self.c_real, "stateSpaceMatrix", "real"),
            Own("C.imaginary", self.c_imaginary, "stateSpaceMatrix", "beside"),
            Own("D", self.d, "stateSpace"),
        ]
        if self.has_bias:
            own += [
                Own("inputBias.real", self.input_bias_real, "bias"),
                Own("inputBias.imaginary", self.input_bias_imaginary, "bias"),
                Own("bias", self.bias, "bias"),
            ]
        return own


def _hippo(dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Imaginary parts of the eigenvalues of the normal part of HiPPO-LegS (Gu et al. 2020), the
    negative half ascending, and their eigenvectors as columns. All real parts are -1/2."""
    n = np.arange(dimensions)
    root = np.sqrt(1 + 2.0 * n)
    matrix = -np.tril(np.outer(root, root), -1) + np.outer(np.sqrt(n + 0.5), np.sqrt(n + 0.5))
    np.fill_diagonal(matrix, 0)
    values, vectors = np.linalg.eigh(-1j * matrix)
    return values[: dimensions // 2], vectors[:, : dimensions // 2]


@torch.no_grad()
def _initialize(layer: S5) -> None:
    """B₀ [2P, H] and C₀ [H, 2P] are drawn in the real basis of HiPPO-LegS, block by block, and
    carried to its eigenvectors: B = V* B₀, C = C₀ V, one of each conjugate pair being kept."""
    states, width = layer.states, layer.width
    half = next(size for size in (8, 4, 2, 1) if states % size == 0)
    imaginary, vectors = _hippo(2 * half)
    basis = torch.from_numpy(vectors)
    b0 = torch.zeros(2 * states, width)
    initialize_matrix(b0, fan_in=2 * states)
    c0 = torch.randn(width, 2 * states, dtype=torch.complex128) * math.sqrt(2)
    c0 /= math.sqrt(2 * states * width)
    blocks = states // half
    b = torch.einsum("ik,nij->nkj", basis.conj(), b0.view(blocks, 2 * half, width).to(c0.dtype))
    c = torch.einsum("jni,ik->jnk", c0.view(width, blocks, 2 * half), basis)
    for tensor, value in (
        (layer.b_real, b.real),
        (layer.b_imaginary, b.imag),
        (layer.c_real, c.real),
        (layer.c_imaginary, c.imag),
    ):
        tensor.copy_(value.reshape(tensor.shape))
    layer.eigenvalues_real.fill_(-0.5)
    layer.eigenvalues_imaginary.copy_(torch.from_numpy(np.tile(imaginary, blocks)))
    nn.init.uniform_(layer.log_step, math.log(1e-3), math.log(1e-1))
    nn.init.normal_(layer.d)
