"""S5 networks of JAX: lindermanlab's S5, and IntelLabs' SparseRNNs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from .. import _safetensors
from .._errors import Error
from .._model import read_file
from .._network import Network
from . import _msgpack, _parts
from ._check import check as run_check
from ._parts import Array, Part
from ._s5 import pairs, s5

# flax's LayerNorm; its BatchNorm has that of Sparrow's.
_LAYER_EPSILON = 1e-6
_SSM = ("Lambda_re", "Lambda_im", "B", "C", "D", "log_step")


def jax(
    source: Any,
    *,
    activation: Literal["gelu", "half_glu1"],
    prenorm: bool,
    discretization: Literal["zoh", "bilinear"],
    conj_sym: bool,
    clip_eigs: bool = False,
    relufication: bool = False,
    step_rescale: float = 1.0,
    masks: Mapping[str, Any] | None = None,
    check: tuple[Any, Any] | None = None,
) -> Network:
    """Makes a network of an S5 checkpoint: encoder, S5 layers, and the decoder where there is one.

    source: a nested mapping of arrays with `params` and, where layers are normalised by the batch,
        `batch_stats`; or the path of one, of flax's MessagePack, safetensors or NumPy (.npz) with
        names joined by dots or slashes. Of an Orbax checkpoint give what Orbax restores.
    activation: what follows the S5 layer: GELU, or GELU and a gate of its own values (SparseRNNs'
        `glu_variant` none and half1). Where gates see other values than they multiply, full_glu and
        half_glu2, there is no layer here.
    prenorm, discretization, conj_sym, clip_eigs, step_rescale: as in training; a checkpoint holds
        none of them.
    relufication: SparseRNNs' ReLU in the place of GELU, after the encoder, after each residual sum,
        and of the states.
    masks: those of pruning, by the names of parameters, or in the optimiser's state of `source`;
        they are multiplied into the weights.
    check: inputs and outputs of the source, to run the result on; see `sparrow.importers.check`.

    The decoder answers to every frame. Of a model that pools over time, which is linear, the answer
    is the mean of those.
    """
    if activation not in ("gelu", "half_glu1"):
        raise Error(
            f"activation is {activation!r}; expected gelu or half_glu1: gates of other values than "
            "they multiply have no layer here"
        )
    tensors = _flat(_read(source) if isinstance(source, (str, os.PathLike)) else source)
    found = _Checkpoint(tensors, masks)
    options = {
        "discretization": discretization,
        "conjugate_symmetry": conj_sym,
        "clips": clip_eigs,
        "rectifies": relufication,
        "step_rescale": step_rescale,
    }
    rectifier = _parts.function("relufication", "relu") if relufication else []
    parts = [found.dense(found.encoder), *rectifier]
    function = "relu" if relufication else "gelu_tanh"
    for index in range(found.count):
        place = f"{found.stack}layers_{index}"
        branch = [found.s5(place, options), *_parts.function(place, function)]
        if activation == "half_glu1":
            gate = found.dense(f"{place}.out2")
            branch.append(_parts.gate(gate.source, *gate.parameters.values()))
        norm = found.norm(f"{place}.norm")
        branch = [norm, *branch] if prenorm else branch
        parts += [_parts.residual(place, branch), *([] if prenorm else [norm]), *rectifier]
    if found.decoder is not None:
        parts.append(found.dense(found.decoder))
    found.expect_all_used()
    network = _parts.assemble(parts, None, {"source": "JAX"})
    if check is not None:
        run_check(network, *check)
    return network


class _Checkpoint:
    """The tensors of a checkpoint, each of which has to be used."""

    def __init__(self, tensors: dict[str, Array], masks: Mapping[str, Any] | None) -> None:
        given = {} if masks is None else _flat(masks)
        self.parameters: dict[str, Array] = {}
        self.statistics: dict[str, Array] = {}
        hidden: dict[str, Array] = {}
        for name, array in tensors.items():
            kind, _, rest = name.partition(".")
            if kind == "params":
                self.parameters[rest] = array
            elif kind == "batch_stats":
                self.statistics[rest] = array
            elif ".masks." in f".{name}":
                hidden[f".{name}".rpartition(".masks.")[2]] = array
            elif kind not in ("opt_state", "step", "rng", "key", "cache"):
                raise Error(f"the tensor {name} belongs neither to params nor to batch_stats")
        if not self.parameters:
            raise Error("a checkpoint without params")
        if given and hidden:
            raise Error("masks are given, and the optimiser's state has masks too")
        self._apply(given or hidden)
        encoders = [name for name in self.parameters if name.endswith("encoder.kernel")]
        if len(encoders) != 1:
            raise Error(f"a checkpoint with {len(encoders)} encoders; expected one")
        self.encoder = encoders[0].removesuffix(".kernel")
        self.stack = self.encoder.removesuffix("encoder")
        layers = [
            int(match[1])
            for name in self.parameters
            if (match := re.match(re.escape(self.stack) + r"layers_(\d+)\.", name))
        ]
        self.count = max(layers, default=-1) + 1
        self.decoder = "decoder" if "decoder.kernel" in self.parameters else None
        self._used: set[str] = set()

    def _apply(self, masks: dict[str, Array]) -> None:
        for name, mask in masks.items():
            name = name.removeprefix("params.")
            values = self.parameters.get(name)
            if mask.dtype == object or mask.size == 0:
                continue
            if values is None:
                raise Error(f"there is a mask for {name}, and no such parameter")
            if mask.shape != values.shape or not np.isin(mask, (0, 1)).all():
                raise Error(
                    f"the mask of {name} has the shape {list(mask.shape)}; expected zeros and "
                    f"ones of the shape {list(values.shape)}"
                )
            self.parameters[name] = values * mask

    def take(self, name: str) -> Array | None:
        if name in self.parameters:
            self._used.add(name)
        return self.parameters.get(name)

    def need(self, name: str) -> Array:
        values = self.take(name)
        if values is None:
            raise Error(f"the parameter {name} is missing")
        return values

    def dense(self, place: str) -> Part:
        """Kernels are [inputs, outputs]."""
        return _parts.dense(place, self.need(f"{place}.kernel").T, self.take(f"{place}.bias"))

    def norm(self, place: str) -> Part:
        scale, shift = self.take(f"{place}.scale"), self.take(f"{place}.bias")
        mean, variance = (self.statistics.pop(f"{place}.{n}", None) for n in ("mean", "var"))
        if mean is not None and variance is not None:
            return _parts.normalization(place, scale, shift, mean, variance, 1e-5)
        if scale is None:
            raise Error(f"{place}: neither batch_stats nor the scale of a layer normalisation")
        return _parts.layer_normalization(place, scale, shift, _LAYER_EPSILON)

    def s5(self, place: str, options: dict[str, Any]) -> Part:
        ssm = "mixer" if f"{place}.mixer.B" in self.parameters else "seq"
        source = f"{place}.{ssm}"
        if f"{source}.C1" in self.parameters:
            raise Error(f"{source}: a second direction needs the future")
        real, imaginary, b, c, d, log_step = (self.need(f"{source}.{name}") for name in _SSM)
        return s5(
            source,
            real.reshape(-1) + 1j * imaginary.reshape(-1),
            pairs(b, source, "B"),
            pairs(c, source, "C"),
            d,
            log_step.reshape(-1),
            **options,
        )

    def expect_all_used(self) -> None:
        left = [name for name in self.parameters if name not in self._used]
        left += [f"batch_stats.{name}" for name in self.statistics]
        if left:
            raise Error(f"the tensor {left[0]} belongs to no layer that is supported here")


def _read(path: str | os.PathLike[str]) -> Any:
    data = read_file(path)
    try:
        if data[:4] == b"PK\x03\x04":
            with np.load(path, allow_pickle=False) as file:
                return dict(file)
        if len(data) > 8 and data[8:9] == b"{":
            return _safetensors.decode(data)[0]
        return _msgpack.decode(data)
    except (Error, OSError, ValueError) as error:
        raise Error(f"{path}: {error}") from None


def _flat(tree: Any, path: str = "") -> dict[str, Array]:
    """Arrays by their names joined by dots."""
    if isinstance(tree, Mapping):
        items = [(str(key).replace("/", "."), value) for key, value in tree.items()]
    elif isinstance(tree, (list, tuple)):
        items = [(str(index), value) for index, value in enumerate(tree)]
    elif hasattr(tree, "_asdict"):
        items = list(tree._asdict().items())
    elif tree is None or isinstance(tree, (str, bytes)):
        return {}
    else:
        try:
            return {path: np.asarray(tree)}
        except Exception as error:
            raise Error(f"{path} is no array: {error}") from None
    result: dict[str, Array] = {}
    for key, value in items:
        result |= _flat(value, f"{path}.{key}" if path else key)
    return result
