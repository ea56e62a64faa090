"""Operators of ONNX that move, drop and make axes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .._errors import Error
from ._operators import FIRST_LABEL, Any_, Operators, rule
from ._protobuf import Node
from ._rules import first_value


@rule("Transpose")
def _transpose(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    value = first_value(inputs, source)
    order = node.attributes.get("perm") or range(len(value.axes))[::-1]
    if sorted(order) != list(range(len(value.axes))):
        raise Error(f"{source}: {list(order)} is no order of {len(value.axes)} axes")
    return replace(value, axes=tuple(value.axes[axis] for axis in order))


def _axes(run: Operators, node: Node, source: str, inputs: list[Any], rank: int) -> list[int]:
    axes = node.attributes.get("axes")
    if axes is None:
        if len(inputs) < 2:
            raise Error(f"{source} does not say which axes")
        axes = run._take(inputs[1], source, "its axes").tolist()
    return [axis % rank for axis in axes]


@rule("Squeeze")
def _squeeze(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    value = first_value(inputs, source)
    dropped = _axes(run, node, source, inputs, len(value.axes))
    for axis in dropped:
        if run.is_feature(value, axis):
            raise Error(f"{source} drops the values of a frame")
    kept = [label for axis, label in enumerate(value.axes) if axis not in dropped]
    return replace(value, axes=tuple(kept))


@rule("Unsqueeze")
def _unsqueeze(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    value = first_value(inputs, source)
    count = len(node.attributes.get("axes") or run._take(inputs[1], source, "its axes"))
    axes = list(value.axes)
    for axis in sorted(_axes(run, node, source, inputs, len(axes) + count)):
        axes.insert(axis, run._label())
    return replace(value, axes=tuple(axes))


@rule("Reshape")
def _reshape(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    """Axes of size 1 come and go; the others stay in order."""
    value = first_value(inputs, source)
    target = run._take(inputs[1], source, "its shape").tolist()
    sizes = run.sizes(value)
    target = [sizes[i] if size == 0 and i < len(sizes) else size for i, size in enumerate(target)]
    kept = [i for i, size in enumerate(sizes) if size != 1 or run.is_feature(value, i)]
    ones = [value.axes[i] for i, size in enumerate(sizes) if i not in kept]
    # Axes of the input keep their names where they can.
    ones.sort(key=lambda label: label >= FIRST_LABEL)
    axes = []
    for size in target:
        if size == 1 and not (kept and run.is_feature(value, kept[0]) and sizes[kept[0]] == 1):
            axes.append(ones.pop(0) if ones else run._label())
        elif kept and size in (sizes[kept[0]], -1, None):
            axes.append(value.axes[kept.pop(0)])
        else:
            kept.append(-1)
            break
    if kept:
        raise Error(f"{source} makes {target} of {sizes}: more than axes of size 1 change")
    return replace(value, axes=tuple(axes))


@rule("Gather", "Slice")
def _last(run: Operators, node: Node, source: str, inputs: list[Any]) -> Any_:
    """The last frame, or the only place of an axis that was made since."""
    value = first_value(inputs, source)
    rank = len(value.axes)
    if node.kind == "Gather":
        axis = node.attributes.get("axis", 0) % rank
        index = run._take(inputs[1], source, "its index")
        places = index.reshape(-1).tolist()
        is_dropped = index.ndim == 0
        is_last, is_first = places == [-1], places in ([0], [-1])
    else:
        bounds = [run._take(one, source, "its bounds").tolist() for one in inputs[1:]]
        if not bounds:
            bounds = [node.attributes.get(name, []) for name in ("starts", "ends", "axes")]
        if len(bounds) < 3 or len(bounds[2]) != 1 or (len(bounds) > 3 and bounds[3] != [1]):
            raise Error(f"{source} cuts several axes, or with steps")
        axis, (start,), (end,) = bounds[2][0] % rank, bounds[0], bounds[1]
        is_dropped = False
        is_last = start == -1 and end > 1 << 30
        is_first = is_last or (start == 0 and end >= 1)
    axes = value.axes[:axis] + value.axes[axis + 1 :] if is_dropped else value.axes
    if is_first and run.sizes(value)[axis] == 1 and not run.is_feature(value, axis):
        return replace(value, axes=axes)
    if is_last and value.axes[axis] == run._times.get(value.root):
        return replace(value, axes=axes, is_last=True)
    raise Error(f"{source} takes a part of its input that is not the last frame")
