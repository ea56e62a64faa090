"""Layers as model files describe them: dictionaries with a `kind`.

The functions here make them; Documentation/ModelFiles.md says what each computes and what its
parameters are. Below, H is the width that comes in.

>>> [lstm(64), dense(1), activation("sigmoid")]
[{'kind': 'lstm', 'units': 64}, {'kind': 'dense', 'outputs': 1}, {'kind': 'activation', ...}]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeAlias

from ._errors import Error

__all__ = [
    "Layer",
    "activation",
    "convolution",
    "dense",
    "event_gru",
    "gate",
    "gru",
    "layer_normalization",
    "linear_recurrence",
    "lstm",
    "normalization",
    "output_width",
    "parameter_shapes",
    "residual",
    "rnn",
]

Layer: TypeAlias = dict[str, Any]
Shape: TypeAlias = tuple[int, ...]

_MOST_WIDTH = 1 << 16
_MOST_DEPTH = 32


def dense(outputs: int) -> Layer:
    """W x + b: `weight` [outputs, H], `bias` [outputs]."""
    return {"kind": "dense", "outputs": outputs}


def convolution(outputs: int, kernel: int, dilation: int = 1, groups: int = 1) -> Layer:
    """Causal convolution over time: `weight` [outputs, kernel H / groups], a row being the taps
    from the oldest to the newest; `bias` [outputs]."""
    return {
        "kind": "convolution",
        "outputs": outputs,
        "kernel": kernel,
        "dilation": dilation,
        "groups": groups,
    }


def normalization() -> Layer:
    """scale (x - mean) / √(variance + 1e-5) + shift: `scale`, `shift`, `mean`, `variance` [H]."""
    return {"kind": "normalization"}


def layer_normalization(centers: bool = True, epsilon: float = 1e-5) -> Layer:
    """The same by the frame's own mean and variance: `scale`, `shift` [H]."""
    return {"kind": "layerNormalization", "centers": centers, "epsilon": epsilon}


def activation(function: Literal["relu", "gelu", "sigmoid", "tanh"]) -> Layer:
    """f(x); GELU by its tanh approximation."""
    return {"kind": "activation", "function": function}


def gate() -> Layer:
    """x ⊙ sigmoid(W x + b): `weight` [H, H], `bias` [H]."""
    return {"kind": "gate"}


def residual(layers: Sequence[Layer]) -> Layer:
    """x + f(x), f being layers in order."""
    return {"kind": "residual", "layers": list(layers)}


def lstm(units: int) -> Layer:
    """Rows of gates i, f, g, o: `inputWeight` [4 units, H], `recurrentWeight` [4 units, units],
    `inputBias`, `recurrentBias` [4 units]."""
    return {"kind": "lstm", "units": units}


def gru(units: int, resets_first: bool = False) -> Layer:
    """Rows of gates r, z, n, as an LSTM's. With `resets_first`, the candidate's recurrent rows are
    `candidateWeight` [units, units]."""
    return {"kind": "gru", "units": units, "resetsFirst": resets_first}


def rnn(units: int, function: Literal["tanh", "relu"] = "tanh") -> Layer:
    """f(W x + b + R h + c), parameters named as an LSTM's."""
    return {"kind": "rnn", "units": units, "function": function}


def event_gru(units: int, **options: Any) -> Layer:
    """A GRU that sends what exceeds its `threshold` [units]."""
    return {"kind": "eventGRU", "units": units, **options}


def linear_recurrence(
    states: int,
    discretization: Literal["zeroOrderHold", "bilinear", "discrete"] = "zeroOrderHold",
    *,
    conjugate_symmetry: bool = True,
    rectifies_state: bool = False,
    has_bias: bool = False,
    maximum_time_constant: float | None = None,
) -> Layer:
    """The S5 layer."""
    layer: Layer = {
        "kind": "linearRecurrence",
        "states": states,
        "discretization": discretization,
        "conjugateSymmetry": conjugate_symmetry,
        "rectifiesState": rectifies_state,
        "hasBias": has_bias,
    }
    if maximum_time_constant is not None:
        layer["maximumTimeConstant"] = maximum_time_constant
    return layer


# ---- Parameters ----

Rule: TypeAlias = Callable[[Layer, int], tuple[int, dict[str, Shape]]]


def _size(layer: Layer, key: str, default: int | None = None) -> int:
    value = layer.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_WIDTH:
        raise Error(f"{key} is {value!r}; expected a whole number from 1 to {_MOST_WIDTH}")
    return value


def _dense(layer: Layer, width: int) -> tuple[int, dict[str, Shape]]:
    outputs = _size(layer, "outputs")
    return outputs, {"weight": (outputs, width), "bias": (outputs,)}


def _convolution(layer: Layer, width: int) -> tuple[int, dict[str, Shape]]:
    outputs, taps = _size(layer, "outputs"), _size(layer, "kernel")
    groups = _size(layer, "groups", 1)
    _size(layer, "dilation", 1)
    if width % groups or outputs % groups:
        raise Error(f"{width} inputs and {outputs} outputs cannot be cut into {groups} groups")
    return outputs, {"weight": (outputs, taps * width // groups), "bias": (outputs,)}


def _normalization(layer: Layer, width: int) -> tuple[int, dict[str, Shape]]:
    return width, {name: (width,) for name in ("scale", "shift", "mean", "variance")}


def _layer_normalization(layer: Layer, width: int) -> tuple[int, dict[str, Shape]]:
    return width, {"scale": (width,), "shift": (width,)}


def _activation(layer: Layer, width: int) -> tuple[int, dict[str, Shape]]:
    if layer.get("function") not in ("relu", "gelu", "sigmoid", "tanh"):
        raise Error(f"function is {layer.get('function')!r}; expected relu, gelu, sigmoid or tanh")
    return width, {}


def _gate(layer: Layer, width: int) -> tuple[int, dict[str, Shape]]:
    return width, {"weight": (width, width), "bias": (width,)}


def _cell(gates: int) -> Rule:
    def rule(layer: Layer, width: int) -> tuple[int, dict[str, Shape]]:
        units = _size(layer, "units")
        structure = layer.get("structure", "full")
        blocks = {"full": 1, "diagonal": units}.get(structure) or _size(layer, "blocks")
        if units % blocks:
            raise Error(f"{units} units cannot be cut into {blocks} blocks of one size")
        rows, block = gates * units, units // blocks
        resets_first = layer["kind"] == "gru" and layer.get("resetsFirst", False)
        shapes: dict[str, Shape] = {"inputWeight": (rows, width)}
        shapes["recurrentWeight"] = (2 * units if resets_first else rows, block)
        if resets_first:
            shapes["candidateWeight"] = (units, block)
        shapes |= {"inputBias": (rows,), "recurrentBias": (rows,)}
        if layer["kind"] == "eventGRU":
            shapes["threshold"] = (units,)
        return units, shapes

    return rule


def _linear_recurrence(layer: Layer, width: int) -> tuple[int, dict[str, Shape]]:
    states = _size(layer, "states")
    shapes: dict[str, Shape] = {}

    def add(name: str, *shape: int) -> None:
        shapes[f"{name}.real"] = shapes[f"{name}.imaginary"] = shape

    if layer.get("discretization", "zeroOrderHold") == "discrete":
        add("A", states)
        add("f", states)
    else:
        add("eigenvalues", states)
        shapes["logStep"] = (states,)
    add("B", states, width)
    add("C", width, states)
    shapes["D"] = (width,)
    if layer.get("hasBias", False):
        add("inputBias", states)
        shapes["bias"] = (width,)
    return width, shapes


_RULES: dict[str, Rule] = {
    "dense": _dense,
    "convolution": _convolution,
    "normalization": _normalization,
    "layerNormalization": _layer_normalization,
    "activation": _activation,
    "gate": _gate,
    "rnn": _cell(1),
    "lstm": _cell(4),
    "gru": _cell(3),
    "eventGRU": _cell(3),
    "linearRecurrence": _linear_recurrence,
}


def _walk(layers: Any, width: int, path: str, depth: int) -> Iterator[tuple[str, Shape] | int]:
    """Parameters in the order of the layers, then the width that comes out."""
    if not isinstance(layers, (list, tuple)) or depth > _MOST_DEPTH:
        raise Error(f"{path or 'layers'}: expected a list of layers")
    for index, layer in enumerate(layers):
        place = f"{path}.layers.{index}" if path else f"layers.{index}"
        if not isinstance(layer, dict):
            raise Error(f"{place} is {type(layer).__name__}; expected a dictionary with a kind")
        kind = layer.get("kind")
        if kind == "residual":
            inner = width
            for item in _walk(layer.get("layers"), width, place, depth + 1):
                if isinstance(item, int):
                    inner = item
                else:
                    yield item
            if inner != width:
                raise Error(f"{place}: a residual branch gives {inner} values for {width}")
            continue
        rule = _RULES.get(kind) if isinstance(kind, str) else None
        if rule is None:
            kinds = ", ".join([*_RULES, "residual"])
            raise Error(f"{place} has the kind {kind!r}; expected one of {kinds}")
        try:
            width, shapes = rule(layer, width)
        except Error as error:
            raise Error(f"{place}: {error}") from None
        yield from ((f"{place}.{name}", shape) for name, shape in shapes.items())
    yield width


def parameter_shapes(layers: Sequence[Layer], input_width: int) -> dict[str, Shape]:
    """Shapes of a network's parameters by name, in the order of its layers.

    Raises `Error` where the layers make no network.
    """
    found = _walk(layers, input_width, "", 0)
    return dict(item for item in found if not isinstance(item, int))


def output_width(layers: Sequence[Layer], input_width: int) -> int:
    """The width that comes out of layers."""
    width = input_width
    for item in _walk(layers, input_width, "", 0):
        if isinstance(item, int):
            width = item
    return width
