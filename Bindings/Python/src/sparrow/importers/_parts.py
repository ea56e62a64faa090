"""Layers of ours with their parameters, which every importer makes of foreign ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from .. import layers
from .._errors import Error
from .._network import Network

Array: TypeAlias = np.ndarray[Any, Any]


@dataclass(eq=False)
class Part:
    """A layer, where it comes from, and its parameters by their short names."""

    source: str
    layer: layers.Layer
    parameters: dict[str, Array] = field(default_factory=dict)
    inputs: int | None = None
    """The width that it takes; None for any."""
    branch: list[Part] = field(default_factory=list)
    """The parts of a residual branch."""


def assemble(
    parts: Sequence[Part], input_width: int | None, information: dict[str, str]
) -> Network:
    """A network of parts in order. Their widths have to fit each other."""
    if not parts:
        raise Error("there is no layer to import")
    if input_width is None:
        input_width = _first_width(parts)
    if input_width is None:
        raise Error("no layer says how wide frames are; give input_width")
    parameters: dict[str, Array] = {}
    description, _ = _place(parts, input_width, "", parameters)
    return Network(input_width, description, parameters, information=information)


def _first_width(parts: Sequence[Part]) -> int | None:
    """The width that the first part with one takes: those before it keep any width."""
    for part in parts:
        width = _first_width(part.branch) if part.branch else part.inputs
        if width is not None:
            return width
    return None


def _place(
    parts: Sequence[Part], width: int, path: str, parameters: dict[str, Array]
) -> tuple[list[layers.Layer], int]:
    description: list[layers.Layer] = []
    for index, part in enumerate(parts):
        place = f"{path}.layers.{index}" if path else f"layers.{index}"
        if part.inputs is not None and part.inputs != width:
            raise Error(f"{part.source} takes {part.inputs} values, and {width} come in")
        if part.branch:
            inner, inner_width = _place(part.branch, width, place, parameters)
            if inner_width != width:
                raise Error(f"{part.source}: a residual branch gives {inner_width} for {width}")
            description.append(layers.residual(inner))
            continue
        layer, values = _of_width(part, width)
        for name, value in values.items():
            if not np.isfinite(value).all():
                raise Error(f"{part.source}: {name} has values that are not finite numbers")
            parameters[f"{place}.{name}"] = value
        description.append(layer)
        width = layers.output_width([layer], width)
    return description, width


def _of_width(part: Part, width: int) -> tuple[layers.Layer, dict[str, Array]]:
    """Parts that fit any width get parameters of this one."""
    if part.layer["kind"] == "gate" and not part.parameters:
        return part.layer, {"weight": np.eye(width), "bias": np.zeros(width)}
    values = {
        name: np.broadcast_to(value, width) if value.ndim == 0 else value
        for name, value in part.parameters.items()
    }
    return part.layer, values


def width(part: Part) -> int | None:
    """The width that comes out of a part, where it says so."""
    if part.branch:
        return next(filter(None, map(width, reversed(part.branch))), None)
    return part.layer.get("outputs") or part.layer.get("units") or part.inputs


# ---- Parts ----


def dense(source: str, weight: Array, bias: Array | None) -> Part:
    """weight [outputs, inputs]."""
    _expect(source, "weight", weight, 2)
    outputs, inputs = weight.shape
    bias = np.zeros(outputs) if bias is None else bias
    return Part(source, layers.dense(outputs), {"weight": weight, "bias": bias}, inputs)


def gate(source: str, weight: Array, bias: Array | None) -> Part:
    """x ⊙ sigmoid(W x + b)."""
    part = dense(source, weight, bias)
    if weight.shape[0] != weight.shape[1]:
        raise Error(f"{source}: a gate of shape {list(weight.shape)}; expected a square")
    part.layer = layers.gate()
    return part


def convolution(
    source: str, weight: Array, bias: Array | None, dilation: int = 1, groups: int = 1
) -> Part:
    """weight [outputs, inputs / groups, kernel], causal: the padding is all on the left."""
    _expect(source, "weight", weight, 3)
    outputs, own, kernel = weight.shape
    if kernel == 1 and groups == 1:
        return dense(source, weight[:, :, 0], bias)
    layer = layers.convolution(outputs, kernel, dilation, groups)
    rows = np.ascontiguousarray(weight.transpose(0, 2, 1)).reshape(outputs, kernel * own)
    bias = np.zeros(outputs) if bias is None else bias
    return Part(source, layer, {"weight": rows, "bias": bias}, own * groups)


def normalization(
    source: str,
    scale: Array | None,
    shift: Array | None,
    mean: Array,
    variance: Array,
    epsilon: float,
) -> Part:
    """Batch normalisation with stored statistics and any epsilon, where ours is 1e-5."""
    scale = np.ones(len(mean)) if scale is None else scale
    shift = np.zeros(len(mean)) if shift is None else shift
    ours = variance.astype(np.float64) + epsilon - 1e-5
    if (variance < 0).any() or epsilon < 0:
        raise Error(f"{source}: negative variance or epsilon")
    # Variances below 1e-5 with a small epsilon: the factor goes into the scale.
    small = ours < 0
    if small.any():
        if (variance + epsilon <= 0).any():
            raise Error(f"{source}: a variance of 0 with an epsilon of 0")
        factor = np.sqrt(1e-5 / (variance.astype(np.float64) + epsilon))
        scale, ours = np.where(small, scale * factor, scale), np.where(small, 0, ours)
    values = {"scale": scale, "shift": shift, "mean": mean, "variance": ours}
    return Part(source, layers.normalization(), values, len(mean))


def affine(source: str, scale: Array, shift: Array) -> Part:
    """scale x + shift; scalars fit any width."""
    scale, shift = np.broadcast_arrays(scale, shift)
    values = {
        "scale": scale.astype(np.float64),
        "shift": shift.astype(np.float64),
        "mean": np.zeros(scale.shape),
        "variance": np.full(scale.shape, 1 - 1e-5),
    }
    return Part(source, layers.normalization(), values, len(scale) if scale.ndim else None)


def layer_normalization(
    source: str, scale: Array, shift: Array | None, epsilon: float, centers: bool = True
) -> Part:
    """Over the values of a frame."""
    _expect(source, "weight", scale, 1)
    if not 0 < epsilon <= 1:
        raise Error(f"{source}: epsilon is {epsilon}; expected a positive number, at most 1")
    shift = np.zeros(len(scale)) if shift is None else shift
    layer = layers.layer_normalization(centers, float(epsilon))
    return Part(source, layer, {"scale": scale, "shift": shift}, len(scale))


def frame_normalization(source: str, epsilon: float) -> Part:
    """Layer normalisation without scale and shift, for any width."""
    layer = layers.layer_normalization(True, float(epsilon))
    return Part(source, layer, {"scale": np.ones(()), "shift": np.zeros(())})


def cell(
    source: str,
    layer: layers.Layer,
    weights: tuple[Array, Array],
    biases: tuple[Array | None, Array | None],
) -> Part:
    """weights: W [gates H, inputs] and R [gates H, H], in our order of gates. Of a GRU whose reset
    comes first, the last rows of R are the candidate's."""
    (input_weight, recurrent_weight), rows = weights, weights[0].shape[0]
    units = layer["units"]
    if recurrent_weight.shape != (rows, units):
        raise Error(
            f"{source}: recurrent weights of shape {list(recurrent_weight.shape)}; "
            f"expected {[rows, units]}"
        )
    values = {"inputWeight": input_weight, "recurrentWeight": recurrent_weight}
    if layer.get("resetsFirst"):
        values["recurrentWeight"] = recurrent_weight[: 2 * units]
        values["candidateWeight"] = recurrent_weight[2 * units :]
    for name, bias in zip(("inputBias", "recurrentBias"), biases, strict=True):
        values[name] = np.zeros(rows) if bias is None else bias
    return Part(source, layer, values, input_weight.shape[1])


def gate_rows(order: Sequence[int], units: int) -> Array:
    """The places of a cell's rows when its gates are put in this order."""
    return np.concatenate([np.arange(units) + gate * units for gate in order])


def residual(source: str, branch: Sequence[Part]) -> Part:
    """x + f(x)."""
    if not branch:
        raise Error(f"{source}: a residual branch without layers")
    return Part(source, layers.residual([]), branch=list(branch))


FUNCTIONS = ("relu", "sigmoid", "tanh", "gelu_tanh", "silu", "identity")
"""Names of functions that `layers=` may have."""


def function(source: str, name: str) -> list[Part]:
    """A function without parameters."""
    if name == "identity":
        return []
    if name == "silu":
        # x sigmoid(x): a gate by the values themselves.
        return [Part(source, layers.gate())]
    if name == "gelu_tanh":
        return [Part(source, layers.activation("gelu"))]
    if name in ("relu", "sigmoid", "tanh"):
        return [Part(source, {"kind": "activation", "function": name})]
    raise Error(f"{source}: no such function here: {name}; there are {', '.join(FUNCTIONS)}")


def gelu(source: str, is_exact: bool, approximate_gelu: bool) -> list[Part]:
    """GELU by its tanh approximation; for the exact one it has to be allowed."""
    if is_exact and not approximate_gelu:
        raise Error(
            f"{source} computes the exact GELU, and Sparrow its tanh approximation, up to 4.7e-4 "
            "away; approximate_gelu=True takes it"
        )
    return function(source, "gelu_tanh")


def leaky_relu(source: str, slopes: Array, width: int) -> list[Part]:
    """x where positive, slope x elsewhere: relu(x) - slope relu(-x), by sparse matrices."""
    unit = np.eye(width)
    slopes = np.broadcast_to(slopes, width)
    return [
        dense(source, np.concatenate([unit, -unit]), None),
        *function(source, "relu"),
        dense(source, np.concatenate([unit, -unit * slopes], axis=1), None),
    ]


def _expect(source: str, name: str, tensor: Array, rank: int) -> None:
    if tensor.ndim != rank:
        raise Error(f"{source}: {name} has the shape {list(tensor.shape)}; expected {rank} axes")
