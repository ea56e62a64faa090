"""Operators of ONNX on chains of layers: values, axes, cells and constants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from .._errors import Error
from . import _parts
from ._parts import Array, Part
from ._protobuf import Node


@dataclass(frozen=True, eq=False)
class Constant:
    """Numbers, and the names of the file's constants that they are made of."""

    array: Array
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Value:
    """The result of layers in order on an input of the graph."""

    root: str
    chain: tuple[Part, ...]
    axes: tuple[int, ...]
    """The label of each axis: that of an axis of the input, or of one of size 1 made since."""
    left: int = 0
    """Zeros before the first frame."""
    is_last: bool = False
    """Whether it is the answer to the last frame alone."""
    is_state: bool = False
    """Whether it is a state, for the next call."""


@dataclass(frozen=True, eq=False)
class Pattern:
    """A step of a normalisation over a frame that is written out."""

    kind: str
    value: Value
    epsilon: float = 0


@dataclass(frozen=True)
class Fault:
    """Something that cannot be imported; an error where the output needs it."""

    reason: str
    root: str | None = None
    is_state: bool = False


@dataclass(frozen=True)
class Zeros:
    """Zeros of some shape."""


Any_: TypeAlias = "Constant | Value | Pattern | Fault | Zeros"

# Operators whose result has the numbers of their first input, or of all, in another shape.
_RESHAPING = {"Slice", "Squeeze", "Unsqueeze", "Reshape", "Expand", "Transpose", "Identity"}
_RESHAPING |= {"Cast", "Gather", "Concat", "Split", "Tile"}

# Labels of axes that inputs don't have begin here.
FIRST_LABEL = 1000


class Operators:
    """Runs operators on chains of layers in place of numbers."""

    def __init__(self, approximate_gelu: bool) -> None:
        self.values: dict[str, Any_] = {}
        self.inputs: list[str] = []
        self.states: set[str] = set()
        self.origins: dict[str, frozenset[str]] = {}
        """The file's constants that a value is made of."""
        self._taken: frozenset[str] = frozenset()
        self._approximate_gelu = approximate_gelu
        self._features: dict[str, int] = {}
        self._times: dict[str, int] = {}
        self._sizes: dict[tuple[str, int], int | None] = {}
        self._labels = FIRST_LABEL

    def add_input(self, name: str, sizes: list[int | None] | None) -> None:
        """An input of the graph, which may be a state."""
        self.inputs.append(name)
        if sizes is None:
            self.values[name] = Fault(f"the file does not say the axes of the input {name}", name)
            return
        self._sizes |= {(name, label): size for label, size in enumerate(sizes)}
        self.values[name] = Value(name, (), tuple(range(len(sizes))))

    def sizes(self, value: Value) -> list[int | None]:
        """The sizes of a value's axes, where they are known."""
        result = [
            1 if label >= FIRST_LABEL else self._sizes[value.root, label] for label in value.axes
        ]
        feature = self._features.get(value.root)
        width = next(filter(None, map(_parts.width, reversed(value.chain))), None)
        if width is not None and feature in value.axes:
            result[value.axes.index(feature)] = width
        return result

    def is_feature(self, value: Value, axis: int) -> bool:
        """Whether an axis is that of a frame's values."""
        return value.axes[axis] == self._features.get(value.root)

    def run(self, node: Node) -> None:
        """Puts what an operator gives into `values`."""
        source = node.name or f"{node.kind} ({node.outputs[0] if node.outputs else ''})"
        inputs = [self.values.get(name) if name else None for name in node.inputs]
        self._taken = frozenset()
        try:
            results = self._results(node, source, inputs)
        except (Error, LookupError, ValueError, TypeError, AttributeError) as error:
            reason = str(error) if isinstance(error, Error) else f"{source} makes no sense: {error}"
            results = [Fault(reason, self._root(inputs), self._is_state(inputs))]
        rest: Any_ = Fault(f"{source} has more outputs than are supported here")
        if isinstance(results[0], Fault):
            rest = results[0]
        results += [rest] * len(node.outputs)
        origins = self._taken.union(*(self.origins.get(name, ()) for name in node.inputs))
        for name, result in zip(node.outputs, results, strict=False):
            self.values[name] = result
            self.origins[name] = origins

    def _root(self, inputs: list[Any_ | None]) -> str | None:
        """The input that all of it comes from unchanged, as a state does."""
        for value in inputs:
            if isinstance(value, Fault) and value.root:
                return value.root
            if isinstance(value, Value) and not value.chain:
                return value.root
        return None

    def _is_state(self, inputs: list[Any_ | None]) -> bool:
        values = [value for value in inputs if not isinstance(value, (Constant, type(None)))]
        return bool(values) and all(
            isinstance(value, (Value, Fault)) and value.is_state for value in values
        )

    def _results(self, node: Node, source: str, inputs: list[Any_ | None]) -> list[Any_]:
        if node.kind == "Constant":
            return [Constant(_constant(node, source))]
        if node.kind == "ConstantOfShape":
            return [_filled(node, source, inputs[0])]
        if node.kind == "Shape":
            return [Fault(f"{source}: sizes are not computed here")]
        if node.kind in _RESHAPING and not all(
            isinstance(v, Constant) or v is None for v in inputs
        ):
            kept = inputs if node.kind == "Concat" else inputs[:1]
            if all(_is_zero(value) for value in kept):
                return [Zeros()] * len(node.outputs)
        if node.kind in ("LSTM", "GRU", "RNN"):
            return self._recurrent(node, source, inputs)
        if inputs and all(isinstance(value, Constant) or value is None for value in inputs):
            return [_fold(node, source, inputs)]
        for value in inputs:
            if isinstance(value, Fault):
                raise Error(value.reason)
        rule = _RULES.get(node.kind) if node.domain in ("", "ai.onnx") else None
        if rule is None:
            raise Error(f"{source}: the operator {node.kind} is not supported here")
        return [rule(self, node, source, inputs)]

    # ---- Axes ----

    def _label(self) -> int:
        """A new one, for an axis of size 1."""
        self._labels += 1
        return self._labels

    def _feature(self, value: Value, axis: int, source: str) -> None:
        """Demands that an axis is that of a frame's values."""
        self._demand(self._features, value, axis, source, "values of a frame")

    def _time(self, value: Value, axis: int, source: str) -> None:
        if value.is_last:
            raise Error(f"{source} runs over time, after all frames but the last were dropped")
        self._demand(self._times, value, axis, source, "time")

    def _demand(
        self, known: dict[str, int], value: Value, axis: int, source: str, what: str
    ) -> None:
        label = value.axes[axis]
        if known.setdefault(value.root, label) != label:
            raise Error(f"{source} takes another axis for {what} than the operators before it")
        times, features = self._times.get(value.root), self._features.get(value.root)
        if times is not None and times == features:
            raise Error(f"{source} mixes time and the values of a frame")

    def _appended(self, value: Value, *parts: Part) -> Value:
        if value.left:
            raise Error(f"{parts[0].source} follows padding that no convolution takes")
        return replace(value, chain=value.chain + parts, is_state=False)

    def _take(self, value: Any_ | None, source: str, what: str) -> Array:
        """The numbers of a constant, which counts as used."""
        if not isinstance(value, Constant):
            raise Error(f"{source}: {what} is no constant")
        self._taken |= value.names
        return value.array

    # ---- Cells ----

    def _recurrent(self, node: Node, source: str, inputs: list[Any_ | None]) -> list[Any_]:
        inputs = inputs + [None] * (8 - len(inputs))
        value = inputs[0]
        if isinstance(value, Fault):
            raise Error(value.reason)
        if not isinstance(value, Value) or len(value.axes) != 3:
            raise Error(f"{source}: expected frames of three axes")
        about = node.attributes
        _demand_attributes(node, source)
        if inputs[4] is not None:
            raise Error(f"{source}: lengths of sequences are not supported here")
        if inputs[7] is not None:
            raise Error(f"{source}: peepholes are not supported here")
        for state in inputs[5:7]:
            self._initial(state, value.root, source)
        weight, recurrent = (self._take(inputs[i], source, "W or R") for i in (1, 2))
        gates = {"LSTM": 4, "GRU": 3, "RNN": 1}[node.kind]
        rows, units = weight.shape[1], recurrent.shape[2]
        if weight.shape[0] != 1 or rows != gates * units:
            raise Error(
                f"{source}: W of shape {list(weight.shape)} and R of {list(recurrent.shape)}"
            )
        biases = np.zeros((2, rows))
        if inputs[3] is not None:
            biases = self._take(inputs[3], source, "B")[0].reshape(2, rows)
        # Rows of i o f c are ours of i f c o, those of z r h ours of r z h.
        order = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}[node.kind]
        places = _parts.gate_rows(order, units)
        layer: dict[str, Any] = {"kind": node.kind.lower(), "units": units}
        if node.kind == "GRU":
            layer["resetsFirst"] = not about.get("linear_before_reset", 0)
        if node.kind == "RNN":
            layer["function"] = (about.get("activations") or ["Tanh"])[0].lower()
        part = _parts.cell(
            source,
            layer,
            (weight[0][places], recurrent[0][places]),
            (biases[0][places], biases[1][places]),
        )
        is_batch_first = bool(about.get("layout", 0))
        self._time(value, 1 if is_batch_first else 0, source)
        self._feature(value, 2, source)
        first, second, features = value.axes
        one = self._label()
        time, batch = (second, first) if is_batch_first else (first, second)
        axes = (batch, time, one, features) if is_batch_first else (time, one, batch, features)
        result = replace(self._appended(value, part), axes=axes)
        last = (batch, one, features) if is_batch_first else (one, batch, features)
        return [
            result,
            replace(result, axes=last, is_last=True, is_state=True),
            Fault(f"{source}: the cell's own state is no output here", is_state=True),
        ]

    def _initial(self, state: Any_ | None, root: str, source: str) -> None:
        """A state to begin with: zeros, or an input of the graph that is nothing else."""
        if state is None or isinstance(state, Zeros):
            return
        if isinstance(state, Constant) and not np.any(state.array):
            self._taken |= state.names
            return
        name = self._root([state])
        if name is None or name == root:
            raise Error(f"{source} begins with a state that is neither zero nor an input")
        self.states.add(name)


def _demand_attributes(node: Node, source: str) -> None:
    about = node.attributes
    if about.get("direction", "forward") != "forward":
        raise Error(f"{source} runs {about['direction']}, which needs the future")
    if about.get("clip"):
        raise Error(f"{source} clips at {about['clip']}, which is not supported here")
    if about.get("input_forget"):
        raise Error(f"{source} couples input and forget gates, which is not supported here")
    functions = [name.lower() for name in about.get("activations") or []]
    usual = {
        "LSTM": [["sigmoid", "tanh", "tanh"]],
        "GRU": [["sigmoid", "tanh"]],
        "RNN": [["tanh"], ["relu"]],
    }[node.kind]
    if functions and functions not in usual:
        raise Error(f"{source} has the functions {', '.join(functions)}; expected {usual[0]}")


def _is_zero(value: Any_ | None) -> bool:
    is_constant = isinstance(value, Constant) and value.array.dtype.kind == "f"
    return isinstance(value, Zeros) or (is_constant and not np.any(value.array))  # type: ignore[union-attr]


def _filled(node: Node, source: str, shape: Any_ | None) -> Any_:
    """A constant of one number: of zeros the shape need not be known."""
    fill = node.attributes.get("value", np.zeros(1, np.float32)).reshape(-1)[0]
    if isinstance(shape, Constant) and np.prod(shape.array, dtype=object) <= 1 << 24:
        return Constant(np.full(shape.array.tolist(), fill), shape.names)
    return Zeros() if fill == 0 else Fault(f"{source} makes a constant of a computed shape")


def _sliced(
    about: dict[str, Any],
    x: Array,
    starts: Array | None = None,
    ends: Array | None = None,
    axes: Array | None = None,
    steps: Array | None = None,
) -> Array:
    first = about["starts"] if starts is None else starts.tolist()
    last = about["ends"] if ends is None else ends.tolist()
    over = about.get("axes", range(len(first))) if axes is None else axes.tolist()
    by = [1] * len(first) if steps is None else steps.tolist()
    places: list[Any] = [slice(None)] * x.ndim
    for start, end, axis, step in zip(first, last, over, by, strict=True):
        stop = None if step < 0 and end < -x.shape[axis] else end
        places[axis] = slice(start, stop, step)
    result: Array = x[tuple(places)]
    return result


def _constant(node: Node, source: str) -> Array:
    for name in ("value", "value_float", "value_int", "value_floats", "value_ints"):
        if node.attributes.get(name) is not None:
            value = node.attributes[name]
            return np.asarray(value, np.float32 if "float" in name else None)
    raise Error(f"{source} has no numbers")


def _fold(node: Node, source: str, inputs: list[Any_ | None]) -> Constant:
    """An operator on constants alone."""
    arrays = [value.array for value in inputs if isinstance(value, Constant)]
    names = frozenset().union(*(v.names for v in inputs if isinstance(v, Constant)))
    rule = _FOLDED.get(node.kind)
    if rule is None:
        raise Error(f"{source}: {node.kind} of constants is not supported here")
    return Constant(rule(node.attributes, *arrays), names)


def _squeezed(about: dict[str, Any], x: Array, axes: Array | None = None) -> Array:
    chosen = about.get("axes") if axes is None else axes.tolist()
    return np.squeeze(x, None if chosen is None else tuple(chosen))


def _unsqueezed(about: dict[str, Any], x: Array, axes: Array | None = None) -> Array:
    return np.expand_dims(x, tuple(about["axes"] if axes is None else axes.tolist()))


_FOLDED: dict[str, Callable[..., Array]] = {
    "Identity": lambda about, x: x,
    "Cast": lambda about, x: x.astype(np.float32 if about.get("to") in (1, 10, 11) else np.int64),
    "Transpose": lambda about, x: np.transpose(x, about.get("perm")),
    "Reshape": lambda about, x, shape: np.reshape(
        x, [x.shape[i] if size == 0 else size for i, size in enumerate(shape.tolist())]
    ),
    "Slice": _sliced,
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
    "Concat": lambda about, *xs: np.concatenate(xs, about["axis"]),
    "Add": lambda about, a, b: a + b,
    "Sub": lambda about, a, b: a - b,
    "Mul": lambda about, a, b: a * b,
    "Div": lambda about, a, b: a / b,
    "Neg": lambda about, a: -a,
    "Sqrt": lambda about, a: np.sqrt(a),
}

Rule: TypeAlias = Callable[[Operators, Node, str, "list[Any]"], Any_]
_RULES: dict[str, Rule] = {}


def rule(*kinds: str) -> Callable[[Rule], Rule]:
    """Registers the function that applies operators to a chain."""

    def register(function: Rule) -> Rule:
        for kind in kinds:
            _RULES[kind] = function
        return function

    return register
