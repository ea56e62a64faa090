"""S5's diagonal state-space layer, and EvNN's event-based GRU, out of their tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import layers
from .._errors import Error
from . import _parts
from ._parts import Array, Part

_STABILITY_BOUND = -1e-4
_DISCRETIZATIONS = {"zoh": "zeroOrderHold", "bilinear": "bilinear"}


def s5(
    source: str,
    eigenvalues: Array,
    b: Array,
    c: Array,
    d: Array,
    log_step: Array,
    *,
    discretization: Any,
    conjugate_symmetry: bool,
    clips: bool = False,
    rectifies: bool = False,
    step_rescale: float = 1.0,
) -> Part:
    """eigenvalues [P], b [P, H] and c [H, P] complex; d [H]; log_step [P].

    clips: whether the source keeps the real part of eigenvalues at most -1e-4, as Sparrow does.
        Where it does not and one is above, Ā and f themselves are written.
    rectifies: whether states without a positive real part are read as zero.
    """
    states, width = b.shape
    if discretization not in _DISCRETIZATIONS:
        raise Error(
            f"{source}: its tensors don't say how time is discretised; "
            'give discretization="zoh" or "bilinear"'
        )
    if not step_rescale > 0:
        raise Error(f"{source}: step_rescale is {step_rescale}; expected a positive number")
    shapes = {"C": (c, (width, states)), "D": (d, (width,)), "log_step": (log_step, (states,))}
    shapes["Lambda"] = (eigenvalues, (states,))
    for name, (array, expected) in shapes.items():
        if array.shape != expected:
            why = "; a second direction needs the future" if array.shape[-1] == 2 * states else ""
            raise Error(
                f"{source}: {name} has the shape {list(array.shape)}; "
                f"expected {list(expected)}{why}"
            )
    eigenvalues = eigenvalues.astype(np.complex128)
    steps = log_step.astype(np.float64) + np.log(step_rescale)
    is_stable = clips or bool((eigenvalues.real <= _STABILITY_BOUND).all())
    name = _DISCRETIZATIONS[discretization] if is_stable else "discrete"
    if is_stable:
        values = _complex("eigenvalues", eigenvalues) | {"logStep": steps}
    else:
        a, f = _discretized(eigenvalues, np.exp(steps), discretization)
        values = _complex("A", a) | _complex("f", f)
    layer = layers.linear_recurrence(
        states,
        name,  # type: ignore[arg-type]
        conjugate_symmetry=conjugate_symmetry,
        rectifies_state=rectifies,
    )
    values |= _complex("B", b) | _complex("C", c) | {"D": d}
    return Part(source, layer, values, width)


def _complex(name: str, values: Array) -> dict[str, Array]:
    return {f"{name}.real": values.real, f"{name}.imaginary": values.imag}


def _discretized(eigenvalues: Array, steps: Array, discretization: str) -> tuple[Array, Array]:
    """Ā and f with B̄ = f B."""
    if discretization == "zoh":
        a = np.exp(eigenvalues * steps)
        with np.errstate(invalid="ignore", divide="ignore"):
            f = np.where(eigenvalues == 0, steps, (a - 1) / eigenvalues)
        return a, f
    half = eigenvalues * steps / 2
    return (1 + half) / (1 - half), steps / (1 - half)


def pairs(values: Array, source: str, name: str) -> Array:
    """Complex numbers, which some write as pairs of real ones in a last axis."""
    if values.dtype.kind == "c":
        return values
    if values.ndim != 3 or values.shape[-1] != 2:
        raise Error(
            f"{source}: {name} has the shape {list(values.shape)}; "
            "expected complex numbers, or pairs of real ones in the last axis"
        )
    return values[..., 0] + 1j * values[..., 1]


S5_NAMES = {"Lambda", "B", "C", "D", "log_step"}
"""Tensors of s5-pytorch's S5SSM."""


def s5_of_tensors(tensors: dict[str, Array], source: str, options: dict[str, Any]) -> Part:
    """S5SSM of s5-pytorch, which has all states and not one of each conjugate pair. Its tensors say
    neither its discretisation nor whether it is liquid or of another degree than 1, which has no
    layer here."""
    return s5(
        source,
        tensors["Lambda"].reshape(-1),
        pairs(tensors["B"], source, "B"),
        pairs(tensors["C"], source, "C"),
        tensors["D"],
        tensors["log_step"].reshape(-1),
        discretization=options.pop("discretization", None),
        conjugate_symmetry=False,
        step_rescale=float(options.pop("step_rescale", 1.0)),
    )


def options_of_s5(module: Any, source: str, options: dict[str, Any]) -> dict[str, Any]:
    """What a module of s5-pytorch says that its tensors don't."""
    if getattr(module, "bidir", False):
        raise Error(f"{source}: a second direction needs the future")
    if getattr(module, "liquid", False) or getattr(module, "degree", 1) != 1:
        raise Error(f"{source}: a liquid S5, or one of a degree other than 1, has no layer here")
    named = getattr(getattr(module, "discretize", None), "__name__", "").removeprefix("discretize_")
    return ({"discretization": named} if named in _DISCRETIZATIONS else {}) | options


EVNN_NAMES = {"kernel", "recurrent_kernel"}
"""Weight matrices of EvNN's EGRU; it has biases and thresholds too."""


def egru_of_tensors(tensors: dict[str, Array], source: str, options: dict[str, Any]) -> Part:
    """EvNN's EGRU: kernel [inputs, 3 H] and recurrent_kernel [H, 3 H] with columns of the gates z,
    r, g; bias and recurrent_bias [3 H]; thr [H]. It begins with h = 0 at every call while y is
    handed on: `reset_interval` says after how many steps, and None never."""
    strangers = set(tensors) - EVNN_NAMES - {"bias", "recurrent_bias", "thr"}
    if strangers:
        raise Error(f"{source}: the tensor {min(strangers)} is not supported here")
    kernel, recurrent = tensors["kernel"], tensors["recurrent_kernel"]
    if recurrent.ndim != 2 or recurrent.shape[1] != 3 * recurrent.shape[0]:
        raise Error(
            f"{source}: recurrent_kernel of shape {list(recurrent.shape)}; expected [H, 3 H], as "
            "an event-based GRU of EvNN has it"
        )
    units = recurrent.shape[0]
    if kernel.ndim != 2 or kernel.shape[1] != 3 * units:
        raise Error(f"{source}: kernel of shape {list(kernel.shape)}; expected [D, {3 * units}]")
    threshold = tensors.get("thr")
    if threshold is None:
        if "threshold" not in options:
            raise Error(f'{source} has no tensor thr; give {{"name": …, "threshold": 0.1}}')
        threshold = np.array(float(options.pop("threshold")))
    interval = options.pop("reset_interval", None)
    rows = _parts.gate_rows((1, 0, 2), units)
    reset = {} if interval is None else {"resetInterval": int(interval)}
    first, second = (
        None if tensors.get(name) is None else tensors[name].reshape(-1)[rows]
        for name in ("bias", "recurrent_bias")
    )
    layer = layers.event_gru(units, **reset)
    part = _parts.cell(source, layer, (kernel.T[rows], recurrent.T[rows]), (first, second))
    part.parameters["threshold"] = np.broadcast_to(threshold.reshape(-1), (units,))
    return part
