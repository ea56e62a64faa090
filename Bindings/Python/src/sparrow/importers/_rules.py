"""Operators of ONNX on the values of frames, other than cells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .._errors import Error
from . import _parts
from ._operators import Any_, Constant, Operators, Pattern, Value, rule
from ._parts import Array, Part
from ._protobuf import Node


def first_value(inputs: list[Any], source: str) -> Value:
    """The frames that an operator takes first."""
    if not inputs or not isinstance(inputs[0], Value):
        raise Error(f"{source}: its first input is not what layers in order give")
    return inputs[0]


# ---- Products ----


@rule("MatMul")
def _matmul(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    value = first_value(inputs, source)
    weight = run._take(inputs[1], source, "its second input")
    run._feature(value, -1, source)
    return run._appended(value, _parts.dense(source, weight.T, None))


@rule("Gemm")
def _gemm(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    value, about = first_value(inputs, source), node.attributes
    if about.get("transA") or len(value.axes) != 2:
        raise Error(f"{source}: expected frames of two axes that are not transposed")
    weight = run._take(inputs[1], source, "its second input") * about.get("alpha", 1.0)
    weight = weight if about.get("transB") else weight.T
    bias = None
    if len(inputs) > 2 and inputs[2] is not None:
        bias = run._take(inputs[2], source, "its bias") * about.get("beta", 1.0)
        bias = np.broadcast_to(bias.reshape(-1), len(weight))
    run._feature(value, -1, source)
    return run._appended(value, _parts.dense(source, weight, bias))


@rule("Conv")
def _conv(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    value, about = first_value(inputs, source), node.attributes
    weight = run._take(inputs[1], source, "its weights")
    if weight.ndim != 3 or len(value.axes) != 3:
        raise Error(f"{source} is a convolution over {weight.ndim - 2} axes; expected time alone")
    dilation, groups = about.get("dilations", [1])[0], about.get("group", 1)
    history = (weight.shape[2] - 1) * dilation
    if about.get("strides", [1])[0] != 1:
        raise Error(f"{source} has a stride of {about['strides'][0]}; expected 1")
    pads = about.get("pads", [0, 0])
    automatic = about.get("auto_pad", "NOTSET")
    if history and (automatic not in ("NOTSET", "VALID") or pads[1] != 0):
        raise Error(f"{source} sees frames of the future: it is padded by {automatic} {pads}")
    if value.left + pads[0] != history:
        raise Error(
            f"{source} is padded by {value.left + pads[0]} frames on the left; expected {history}"
        )
    bias = None
    if len(inputs) > 2 and inputs[2] is not None:
        bias = run._take(inputs[2], source, "its bias")
    if history:
        run._time(value, 2, source)
    run._feature(value, 1, source)
    part = _parts.convolution(source, weight, bias, dilation, groups)
    return run._appended(replace(value, left=0), part)


@rule("Pad")
def _pad(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    value, about = first_value(inputs, source), node.attributes
    rank = len(value.axes)
    pads = about.get("pads")
    if pads is None:
        pads = run._take(inputs[1], source, "its padding").tolist()
    fill = about.get("value", 0)
    if len(inputs) > 2 and inputs[2] is not None:
        fill = float(run._take(inputs[2], source, "its value").reshape(-1)[0])
    axes = list(range(rank))
    if len(inputs) > 3 and inputs[3] is not None:
        axes = [axis % rank for axis in run._take(inputs[3], source, "its axes").tolist()]
    before, after = pads[: len(axes)], pads[len(axes) :]
    padded = [axis for axis, pad in zip(axes, before, strict=True) if pad]
    if about.get("mode", "constant") != "constant" or fill or any(after) or len(padded) > 1:
        raise Error(f"{source} pads by {pads}; expected zeros before the first frame alone")
    if not padded:
        return value
    run._time(value, padded[0], source)
    return replace(value, left=value.left + max(before))


# ---- Normalisations ----


@rule("BatchNormalization")
def _batch(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    value = first_value(inputs, source)
    if node.attributes.get("training_mode"):
        raise Error(f"{source} is in training")
    arrays = [run._take(one, source, "its parameters") for one in inputs[1:5]]
    run._feature(value, 1, source)
    epsilon = node.attributes.get("epsilon", 1e-5)
    scale, shift, mean, variance = arrays
    part = _parts.normalization(source, scale, shift, mean, variance, epsilon)
    return run._appended(value, part)


@rule("LayerNormalization")
def _layer(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    value = first_value(inputs, source)
    if node.attributes.get("axis", -1) not in (-1, len(value.axes) - 1):
        raise Error(f"{source} is over other axes than the last")
    scale = run._take(inputs[1], source, "its scale")
    shift = None
    if len(inputs) > 2 and inputs[2] is not None:
        shift = run._take(inputs[2], source, "its shift")
    run._feature(value, -1, source)
    epsilon = node.attributes.get("epsilon", 1e-5)
    return run._appended(value, _parts.layer_normalization(source, scale, shift, epsilon))


@rule("ReduceMean")
def _mean(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    axes = node.attributes.get("axes")
    if axes is None:
        axes = run._take(inputs[1], source, "its axes").tolist() if len(inputs) > 1 else []
    first = inputs[0]
    if isinstance(first, Pattern) and first.kind == "square":
        value, kind = first.value, "variance"
    else:
        value, kind = first_value(inputs, source), "mean"
    if list(axes) not in ([-1], [len(value.axes) - 1]) or not node.attributes.get("keepdims", 1):
        raise Error(f"{source} is a mean over other axes than the last")
    run._feature(value, -1, source)
    return Pattern(kind, value)


@rule("Pow")
def _pow(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    power = run._take(inputs[1], source, "its exponent")
    if isinstance(inputs[0], Pattern) and inputs[0].kind == "centred" and np.all(power == 2):
        return Pattern("square", inputs[0].value)
    raise Error(f"{source}: powers are not supported here, but in a normalisation over a frame")


@rule("Sqrt")
def _sqrt(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    if isinstance(inputs[0], Pattern) and inputs[0].kind == "variance" and inputs[0].epsilon > 0:
        return replace(inputs[0], kind="deviation")
    raise Error(f"{source}: roots are not supported here, but in a normalisation over a frame")


# ---- Sums and products by elements ----


@rule("Add", "Sub")
def _add(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    a, b = inputs
    is_sum = node.kind == "Add"
    if isinstance(a, Constant) and is_sum:
        a, b = b, a
    if isinstance(a, Pattern) and a.kind == "variance" and isinstance(b, Constant) and is_sum:
        return replace(a, epsilon=float(run._take(b, source, "epsilon").reshape(-1)[0]))
    is_mean = isinstance(b, Pattern) and b.kind == "mean" and not is_sum
    if is_mean and isinstance(a, Value) and _same(a, b.value):
        return Pattern("centred", a)
    if isinstance(a, Value) and isinstance(b, Constant):
        shift = _vector(run, a, b, source)
        return _affine(run, a, np.ones(()), shift if is_sum else -shift, source)
    if isinstance(a, Value) and isinstance(b, Value) and is_sum:
        return _residual(run, a, b, source)
    raise Error(f"{source}: {node.kind} of what is not a layer's values is not supported here")


@rule("Mul", "Div")
def _multiply(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    a, b = inputs
    if node.kind == "Div":
        if _are(a, "centred", b, "deviation"):
            return run._appended(a.value, _parts.frame_normalization(source, b.epsilon))
        if isinstance(a, Value) and isinstance(b, Constant):
            return _affine(run, a, 1 / _vector(run, a, b, source), np.zeros(()), source)
        raise Error(f"{source}: a quotient that is not supported here")
    if _are(a, "centred", b, "centred"):
        return Pattern("square", a.value)
    if isinstance(a, Constant):
        a, b = b, a
    if isinstance(a, Value) and isinstance(b, Constant):
        return _affine(run, a, _vector(run, a, b, source), np.zeros(()), source)
    if isinstance(a, Value) and isinstance(b, Value):
        for x, gate in ((a, b), (b, a)):
            extra = gate.chain[len(x.chain) :]
            if not _begins(gate, x) or not extra or gate.axes != x.axes:
                continue
            if _is_function(extra[-1], "sigmoid"):
                if len(extra) == 1:
                    return run._appended(x, *_parts.function(source, "silu"))
                if len(extra) == 2 and extra[0].layer["kind"] == "dense":
                    values = extra[0].parameters
                    return run._appended(x, _parts.gate(source, values["weight"], values["bias"]))
    raise Error(f"{source}: a product that is neither x sigmoid(x) nor x sigmoid(W x + b)")


def _begins(longer: Value, shorter: Value) -> bool:
    """Whether one value is made of another."""
    count = len(shorter.chain)
    same = all(a is b for a, b in zip(longer.chain, shorter.chain, strict=False))
    is_padded = longer.left or shorter.left
    return longer.root == shorter.root and len(longer.chain) >= count and same and not is_padded


def _same(a: Value, b: Value) -> bool:
    return len(a.chain) == len(b.chain) and _begins(a, b)


def _are(a: Any, first: str, b: Any, second: str) -> bool:
    """Whether two patterns of these kinds are of the same value."""
    if not isinstance(a, Pattern) or not isinstance(b, Pattern):
        return False
    return a.kind == first and b.kind == second and _same(a.value, b.value)


def _is_function(part: Part, name: str) -> bool:
    return part.layer.get("function") == name and part.layer["kind"] == "activation"


def _residual(run: Operators, a: Value, b: Value, source: str) -> Value:
    """x + f(x)."""
    shorter, longer = (a, b) if len(a.chain) < len(b.chain) else (b, a)
    if not _begins(longer, shorter) or len(longer.chain) == len(shorter.chain):
        raise Error(f"{source}: a sum that is not x + f(x)")
    if longer.is_last != shorter.is_last or longer.left or shorter.left:
        raise Error(f"{source}: a sum of values of different frames")
    if longer.axes != shorter.axes:
        raise Error(f"{source}: a sum of values with different axes")
    part = _parts.residual(source, longer.chain[len(shorter.chain) :])
    return replace(longer, chain=(*shorter.chain, part), is_state=False)


def _vector(run: Operators, value: Value, constant: Constant, source: str) -> Array:
    """A constant that has a number for each of a frame's values, or one for all."""
    array = run._take(constant, source, "a number")
    if array.size == 1:
        return array.reshape(()).astype(np.float64)
    rank = len(value.axes)
    places = [rank - array.ndim + axis for axis, size in enumerate(array.shape) if size > 1]
    if len(places) != 1 or places[0] < 0:
        raise Error(f"{source}: a constant of shape {list(array.shape)}; expected one axis")
    run._feature(value, places[0], source)
    return array.reshape(-1).astype(np.float64)


def _affine(run: Operators, value: Value, scale: Array, shift: Array, source: str) -> Value:
    """scale x + shift, which a bias that was not there takes where it can."""
    last = value.chain[-1] if value.chain else None
    is_bias = not np.any(scale != 1) and last is not None and last.layer["kind"] == "dense"
    if is_bias and last is not None and not np.any(last.parameters["bias"]):
        bias = np.broadcast_to(shift, len(last.parameters["bias"]))
        part = _parts.dense(last.source, last.parameters["weight"], bias)
        return replace(value, chain=(*value.chain[:-1], part))
    return run._appended(value, _parts.affine(source, scale, shift))


# ---- Functions ----


@rule("Relu", "Sigmoid", "Tanh")
def _function(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    value = first_value(inputs, source)
    return run._appended(value, *_parts.function(source, node.kind.lower()))


@rule("Gelu")
def _gelu(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    is_exact = node.attributes.get("approximate", "none") != "tanh"
    parts = _parts.gelu(source, is_exact, run._approximate_gelu)
    return run._appended(first_value(inputs, source), *parts)


@rule("Identity", "Dropout")
def _identity(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    is_training = len(inputs) > 2 and inputs[2] is not None
    if is_training and np.any(run._take(inputs[2], source, "its mode")):
        raise Error(f"{source} is in training")
    return inputs[0]  # type: ignore[no-any-return]


@rule("Cast")
def _cast(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    if node.attributes.get("to") not in (1, 11):
        raise Error(f"{source} casts frames to integers or halves, which are not supported here")
    return inputs[0]  # type: ignore[no-any-return]
