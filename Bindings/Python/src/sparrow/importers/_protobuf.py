"""Reads ONNX files: protocol buffers of onnx.proto, as far as importing needs them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._errors import Error
from ._parts import Array

_TYPES = {1: "<f4", 2: "u1", 3: "i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2"}
_TYPES |= {11: "<f8", 12: "<u4", 13: "<u8"}
_BFLOAT16 = 16


@dataclass
class Node:
    """An operator."""

    kind: str
    name: str
    domain: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any]


@dataclass
class Graph:
    """Operators in order, constants, and inputs with the sizes of their axes, where the file says
    them."""

    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    inputs: dict[str, list[int | None] | None] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)


def read_graph(data: bytes) -> Graph:
    """The graph of a file's bytes."""
    try:
        graphs = [value for number, value in _fields(data) if number == 7]
        if len(graphs) != 1 or not isinstance(graphs[0], bytes):
            raise Error("there is no graph in it")
        return _graph(graphs[0])
    except (LookupError, ValueError, TypeError, AttributeError, struct.error) as error:
        raise Error(f"its bytes are damaged: {error}") from None


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Numbers and values of a message's fields: integers, 4 or 8 bytes, or bytes."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value: Any
            value, place = _varint(data, place)
            yield number, value
            continue
        if kind == 2:
            size, place = _varint(data, place)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"a field of kind {kind}")
        if place + size > len(data):
            raise ValueError("they end early")
        yield number, data[place : place + size]
        place += size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            # Negative numbers take 64 bits.
            return (value - (1 << 64) if value >> 63 else value), place
        if shift > 63:
            raise ValueError("a number of more than 64 bits")


def _integers(values: list[Any]) -> list[int]:
    """Repeated integers, packed or not."""
    result: list[int] = []
    for value in values:
        if isinstance(value, int):
            result.append(value)
            continue
        place = 0
        while place < len(value):
            number, place = _varint(value, place)
            result.append(number)
    return result


def _grouped(data: bytes) -> dict[int, list[Any]]:
    result: dict[int, list[Any]] = {}
    for number, value in _fields(data):
        result.setdefault(number, []).append(value)
    return result


def _text(values: list[Any] | None) -> str:
    return values[-1].decode() if values else ""


def _graph(data: bytes) -> Graph:
    graph = Graph()
    for number, value in _fields(data):
        if number == 1:
            graph.nodes.append(_node(value))
        elif number == 5:
            name, tensor = _tensor(value)
            graph.constants[name] = tensor
        elif number == 11:
            name, sizes = _value(value)
            graph.inputs[name] = sizes
        elif number == 12:
            graph.outputs.append(_value(value)[0])
        elif number == 15:
            raise Error("it has sparse constants, which are not supported here")
    for name in graph.constants:
        graph.inputs.pop(name, None)
    return graph


def _value(data: bytes) -> tuple[str, list[int | None] | None]:
    """A name and the sizes of its axes; None where the file does not say them."""
    fields = _grouped(data)
    sizes = None
    for kind in fields.get(2, []):
        for tensor in _grouped(kind).get(1, []):
            for shape in _grouped(tensor).get(2, []):
                axes = [_grouped(axis).get(1) for axis in _grouped(shape).get(1, [])]
                sizes = [int(axis[-1]) if axis else None for axis in axes]
    return _text(fields.get(1)), sizes


def _node(data: bytes) -> Node:
    fields = _grouped(data)
    return Node(
        kind=_text(fields.get(4)),
        name=_text(fields.get(3)),
        domain=_text(fields.get(7)),
        inputs=[value.decode() for value in fields.get(1, [])],
        outputs=[value.decode() for value in fields.get(2, [])],
        attributes=dict(_attribute(value) for value in fields.get(5, [])),
    )


def _attribute(data: bytes) -> tuple[str, Any]:
    fields = _grouped(data)
    kind = fields.get(20, [0])[-1]
    value: Any
    if kind == 1:
        value = struct.unpack("<f", fields[2][-1])[0]
    elif kind == 2:
        value = fields[3][-1] if 3 in fields else 0
    elif kind == 3:
        value = fields[4][-1].decode("utf-8", "replace") if 4 in fields else ""
    elif kind == 4:
        value = _tensor(fields[5][-1])[1]
    elif kind == 6:
        value = np.frombuffer(b"".join(fields.get(7, [])), "<f4").tolist()
    elif kind == 7:
        value = _integers(fields.get(8, []))
    elif kind == 8:
        value = [text.decode("utf-8", "replace") for text in fields.get(9, [])]
    else:
        value = None
    return _text(fields.get(1)), value


def _tensor(data: bytes) -> tuple[str, Array]:
    fields = _grouped(data)
    name = _text(fields.get(8))
    shape = _integers(fields.get(1, []))
    kind = fields.get(2, [0])[-1]
    if fields.get(14, [0])[-1] or 13 in fields:
        raise Error(f"the constant {name} lies in another file; save the model as one file")
    if kind == _BFLOAT16 and 9 in fields:
        halves = np.frombuffer(fields[9][-1], "<u2").astype("<u4") << 16
        return name, halves.view("<f4").reshape(shape)
    if kind not in _TYPES:
        # Texts and the like: nothing that a network here could use.
        return name, np.empty(0, object)
    if 9 in fields:
        values = np.frombuffer(fields[9][-1], _TYPES[kind])
    elif kind in (1, 11):
        raw = b"".join(fields.get(4 if kind == 1 else 10, []))
        values = np.frombuffer(raw, _TYPES[kind])
    elif kind in (7, 12, 13):
        values = np.array(_integers(fields.get(7 if kind == 7 else 11, [])), _TYPES[kind])
    elif kind == 10:
        values = np.array(_integers(fields.get(5, [])), "<u2").view("<f2")
    else:
        values = np.array(_integers(fields.get(5, []))).astype(_TYPES[kind])
    return name, values.reshape(shape)
