"""Files of named tensors: https://github.com/huggingface/safetensors."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import numpy as np

from ._errors import Error

Tensors = dict[str, np.ndarray[Any, Any]]

_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "C64": "<c8",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}
_NAMES = {np.dtype(code): name for name, code in _TYPES.items() if name != "BF16"}
_LONGEST_HEADER = 100_000_000

# First bytes of other files that are often given in the place of a safetensors file.
_FOREIGN = {
    b"PK\x03\x04": "a zip archive, as PyTorch's and Keras's files are; PyTorch's are pickled, and "
    "are not read: save the state dict by safetensors.torch.save_file",
    b"\x80\x02": "a pickled file, which may run any program when it is read; use safetensors",
    b"\x80\x04": "a pickled file, which may run any program when it is read; use safetensors",
    b"\x89HDF": "an HDF5 file",
    b"SPARROWP": "a plan, which `sparrow.Model.load` reads",
}


def decode(data: bytes) -> tuple[Tensors, dict[str, str]]:
    """Tensors and metadata of a file's bytes. BF16 becomes single precision."""
    try:
        return _decode(data)
    except Error as error:
        for start, name in _FOREIGN.items():
            if data.startswith(start):
                raise Error(f"not a safetensors file, but {name}") from None
        raise Error(f"not a safetensors file: {error}") from None


def _decode(data: bytes) -> tuple[Tensors, dict[str, str]]:
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(len(data) - 8, _LONGEST_HEADER):
        raise Error(f"the header claims {length} bytes, and {max(len(data) - 8, 0)} follow")
    try:
        header = json.loads(data[8 : 8 + length])
    except (ValueError, RecursionError):
        raise Error("the header is no JSON") from None
    if not isinstance(header, dict):
        raise Error("the header is no object")
    metadata = header.pop("__metadata__", None) or {}
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise Error("the metadata has other values than strings")
    body = memoryview(data)[8 + length :]
    return {name: _tensor(name, entry, body) for name, entry in header.items()}, metadata


def _tensor(name: str, entry: Any, body: memoryview) -> np.ndarray[Any, Any]:
    try:
        code, shape = _TYPES.get(entry["dtype"]), [int(size) for size in entry["shape"]]
        start, end = (int(offset) for offset in entry["data_offsets"])
        kind = entry["dtype"]
    except (TypeError, KeyError, ValueError):
        raise Error(f"{name}: its entry in the header makes no sense") from None
    if code is None:
        raise Error(f"{name} has elements of type {kind}, which are not supported here")
    count = 1
    for size in shape:
        count *= size
    if min(shape, default=0) < 0 or not 0 <= start <= end <= len(body):
        raise Error(f"{name} of shape {shape} lies at {start} to {end} of {len(body)} bytes")
    if count * np.dtype(code).itemsize != end - start:
        raise Error(f"{name} of shape {shape} does not take {end - start} bytes")
    values = np.frombuffer(body[start:end], code).reshape(shape)
    if kind == "BF16":
        return (values.astype("<u4") << 16).view("<f4").reshape(shape)
    return values.copy()


def encode(tensors: Tensors, metadata: dict[str, str]) -> bytes:
    """The bytes of a file, the same for the same contents."""
    header: dict[str, Any] = {"__metadata__": metadata}
    chunks: list[bytes] = []
    place = 0
    for name in sorted(tensors):
        tensor = np.ascontiguousarray(tensors[name])
        kind = _NAMES.get(tensor.dtype.newbyteorder("<"))
        if kind is None:
            raise Error(f"{name} has the type {tensor.dtype}, which safetensors files don't have")
        chunk = tensor.astype(_TYPES[kind], copy=False).tobytes()
        header[name] = {
            "dtype": kind,
            "shape": list(tensors[name].shape),
            "data_offsets": [place, place + len(chunk)],
        }
        place += len(chunk)
        chunks.append(chunk)
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *chunks])


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes a file that is whole or not there, whatever happens meanwhile."""
    import tempfile

    target = pathlib.Path(path)
    try:
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as file:
            try:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), 0o666 & ~_umask())
                os.replace(file.name, target)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise Error(f"{path} cannot be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
