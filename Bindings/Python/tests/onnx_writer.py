"""Writes small ONNX files, so that tests need no package for it."""

import struct

import numpy as np

_TYPES = {"f4": 1, "i8": 7}


def _varint(value):
    value &= (1 << 64) - 1
    result = bytearray()
    while value > 127:
        result.append(value & 127 | 128)
        value >>= 7
    return bytes([*result, value])


def _field(number, value):
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _tensor(array, name=""):
    array = np.asarray(array)
    array = array.astype("f4" if array.dtype.kind == "f" else "i8")
    dims = b"".join(_field(1, size) for size in array.shape)
    kind = _field(2, _TYPES[array.dtype.str[1:]])
    return dims + kind + _field(8, name) + _field(9, array.tobytes())


def _attribute(name, value):
    if isinstance(value, float):
        return _field(1, name) + _varint(2 << 3 | 5) + struct.pack("<f", value) + _field(20, 1)
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, 2)
    if isinstance(value, str):
        return _field(1, name) + _field(4, value) + _field(20, 3)
    if isinstance(value, np.ndarray):
        return _field(1, name) + _field(5, _tensor(value)) + _field(20, 4)
    if value and isinstance(value[0], str):
        texts = b"".join(_field(9, text) for text in value)
        return _field(1, name) + texts + _field(20, 8)
    return _field(1, name) + b"".join(_field(8, one) for one in value) + _field(20, 7)


def node(kind, inputs, outputs, **attributes):
    """An operator; names are separated by spaces, "-" stands for none."""
    names = [name if name != "-" else "" for name in inputs.split()]
    data = b"".join(_field(1, name) for name in names)
    data += b"".join(_field(2, name) for name in outputs.split())
    data += _field(4, kind)
    return data + b"".join(_field(5, _attribute(*one)) for one in attributes.items())


def _value(name, shape):
    dims = b"".join(
        _field(1, _field(1, size) if isinstance(size, int) else _field(2, size)) for size in shape
    )
    return _field(1, name) + _field(2, _field(1, _field(1, 1) + _field(2, dims)))


def model(nodes, inputs, outputs, constants):
    """The bytes of a file. inputs: shapes by name; constants: arrays by name."""
    graph = b"".join(_field(1, one) for one in nodes)
    graph += b"".join(_field(5, _tensor(array, name)) for name, array in constants.items())
    graph += b"".join(_field(11, _value(name, shape)) for name, shape in inputs.items())
    graph += b"".join(_field(12, _value(name, ())) for name in outputs)
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 17))
