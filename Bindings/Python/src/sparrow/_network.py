"""Networks as values: their layers and their parameters."""

from __future__ import annotations

import copy
import json
import os
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from . import _coded, _command, _safetensors
from ._errors import Error
from ._model import read_file
from .layers import Layer, output_width, parameter_shapes

_KEY = "sparrow.network"
_VERSIONS = (1, 2, 3, 5, 6)
_Array = np.ndarray[Any, np.dtype[np.float32]]


class Network:
    """A network: its layers in order and their parameters by name, as a model file has them.

    >>> network = Network.load("Models/denoiser.safetensors")
    >>> network.layers[0]
    {'kind': 'dense', 'outputs': 240}
    >>> network.parameters["layers.0.weight"].shape
    (240, 257)
    """

    layers: list[Layer]
    """Each a dictionary with a `kind`; `sparrow.layers` makes them."""
    parameters: dict[str, _Array]
    """Arrays of single precision by name; their elements may be changed, their shapes may not."""
    input_width: int
    """Values in a frame."""
    front_end: dict[str, Any] | None
    """Steps that turn sound or text into frames; None for a network of numbers."""
    quantization: dict[str, Any] | None
    """Bits and exponents of a network in fixed point; None in single precision."""
    information: dict[str, str]
    """Free text by name: title, licence, ..."""

    def __init__(
        self,
        input_width: int,
        layers: Sequence[Layer],
        parameters: Mapping[str, Any],
        *,
        front_end: Mapping[str, Any] | None = None,
        quantization: Mapping[str, Any] | None = None,
        information: Mapping[str, str] | None = None,
    ) -> None:
        """Raises `Error` where the layers make no network, or parameters are missing, too many, or
        of another shape."""
        self.input_width = _checked_width(input_width, "input_width")
        self.layers = copy.deepcopy(list(layers))
        self.front_end = dict(front_end) if front_end is not None else None
        self.quantization = dict(quantization) if quantization is not None else None
        self.information = dict(information or {})
        self.parameters = {name: _as_parameter(name, v) for name, v in parameters.items()}
        self._source: tuple[bytes, tuple[str, int]] | None = None
        self._check()

    def _check(self) -> dict[str, tuple[int, ...]]:
        shapes = parameter_shapes(self.layers, self.input_width)
        for name, shape in shapes.items():
            found = self.parameters.get(name)
            if found is None:
                raise Error(f"the parameter {name} of shape {list(shape)} is missing")
            if found.shape != shape:
                raise Error(f"{name} has the shape {list(found.shape)}; expected {list(shape)}")
            if not np.isfinite(found).all():
                raise Error(f"{name} has values that are not finite numbers of single precision")
        strangers = self.parameters.keys() - shapes.keys()
        if strangers:
            raise Error(f"the parameter {min(strangers)} belongs to no layer")
        return shapes

    @property
    def output_width(self) -> int:
        """Values in the answer to a frame."""
        return output_width(self.layers, self.input_width)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Network:
        """Reads a model file, of floating point or of fixed point, whose integers become the
        numbers that they stand for."""
        try:
            return cls.from_bytes(read_file(path))
        except Error as error:
            raise Error(f"{path}: {error}") from None

    @classmethod
    def from_bytes(cls, data: bytes) -> Network:
        """Reads the bytes of a model file."""
        tensors, metadata = _safetensors.decode(data)
        if _KEY not in metadata:
            raise Error(
                f'a safetensors file without a network: its metadata has no "{_KEY}"; '
                "sparrow.importers read those of other tools"
            )
        try:
            about = json.loads(metadata[_KEY])
            version, width, layers = about["version"], about["inputWidth"], about["layers"]
            information = about.get("information", {})
            quantization = about.get("quantization")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Error(f"the description of the network makes no sense: {error}") from None
        if version not in _VERSIONS:
            raise Error(f"the model file has version {version}; expected one of {_VERSIONS}")
        shapes = parameter_shapes(layers, _checked_width(width, "inputWidth"))
        sum_ = metadata.get("checksum")
        if sum_ is not None and sum_ != _coded.checksum(tensors, metadata):
            raise Error("the file is damaged: it has another checksum than it says")
        parameters = _coded.decode(tensors, shapes, version, quantization is not None)
        network = cls(
            width,
            layers,
            parameters,
            front_end=about.get("frontEnd"),
            quantization=quantization,
            information=information,
        )
        if quantization is not None:
            network._source = (data, network._fingerprint())
        return network

    def _fingerprint(self) -> tuple[str, int]:
        """Differs for networks that differ."""
        about = (self.input_width, self.layers, self.front_end, self.quantization)
        sums = 0
        for name in sorted(self.parameters):
            sums = zlib.crc32(np.ascontiguousarray(self.parameters[name]).tobytes(), sums)
        return repr((about, self.information)), sums

    def to_bytes(self) -> bytes:
        """The bytes of a model file in single precision, zeros left out where that is shorter.

        A network in fixed point has the bytes that it was read from; where it was changed, `Error`
        is raised, and `floating` gives one that can be saved.
        """
        self._check()
        if self.quantization is not None:
            if self._source is not None and self._source[1] == self._fingerprint():
                return self._source[0]
            raise Error(
                "a network in fixed point that was changed is written by `sparrow quantize` alone; "
                "`network.floating()` has the same numbers in single precision"
            )
        tensors: _safetensors.Tensors = {}
        version = 1
        for name, values in self.parameters.items():
            sparse = _coded.without_zeros(values)
            if sparse is None:
                tensors[name] = values
            else:
                tensors[f"{name}.values"], tensors[f"{name}.gaps"] = sparse
                version = 6
        about: dict[str, Any] = {
            "version": version,
            "inputWidth": self.input_width,
            "layers": self.layers,
            "information": self.information,
        }
        if self.front_end is not None:
            about["frontEnd"] = self.front_end
        try:
            text = json.dumps(about, sort_keys=True, separators=(",", ":"), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise Error(f"the description of the network is no JSON: {error}") from None
        return _safetensors.encode(tensors, {"format": "pt", _KEY: text})

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a model file, whole or not at all."""
        _safetensors.write_atomically(path, self.to_bytes())

    def floating(self) -> Network:
        """The same numbers as a network of single precision."""
        return Network(
            self.input_width,
            self.layers,
            self.parameters,
            front_end=self.front_end,
            information=self.information,
        )

    def pack(
        self,
        *,
        instruction_set: Literal["scalar", "neon", "neon_i8mm", "avx2", "avx512"] | None = None,
        weights: Literal["single", "bfloat16", "int8"] | None = None,
    ) -> bytes:
        """The bytes of a plan, by the command `sparrow`; see `sparrow.pack`."""
        return _command.pack(self, instruction_set=instruction_set, weights=weights)

    def __repr__(self) -> str:
        kinds = ", ".join(str(layer.get("kind")) for layer in self.layers)
        count = sum(values.size for values in self.parameters.values())
        widths = f"{self.input_width} to {self.output_width} values"
        return f"<sparrow.Network: {widths}, {count} parameters: {kinds}>"


def _checked_width(value: Any, what: str) -> int:
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not is_whole or not 1 <= value <= 1 << 16:
        raise Error(f"{what} is {value!r}; expected a whole number from 1 to {1 << 16}")
    return int(value)


def _as_parameter(name: str, values: Any) -> _Array:
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "fiu":
            raise Error(f"{name} has the type {array.dtype}; expected real numbers")
        with np.errstate(over="ignore"):
            return np.array(array, np.float32, order="C")
    except (TypeError, ValueError) as error:
        raise Error(f"{name} is no array: {error}") from None
