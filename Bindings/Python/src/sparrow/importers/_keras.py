"""Keras 3: models, and files of `model.save("model.keras")`."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import layers
from .._errors import Error
from .._model import read_file
from .._network import Network
from . import _parts
from ._check import check as run_check
from ._parts import Array, Part, assemble

# Layers that do nothing outside training.
_NOTHING = {"InputLayer", "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout"}
_NOTHING |= {"AlphaDropout", "ActivityRegularization", "Identity"}


def keras(
    source: Any,
    *,
    approximate_gelu: bool = False,
    check: tuple[Any, Any] | None = None,
) -> Network:
    """Makes a network of a Keras model.

    source: a Sequential or functional model, or the path of a .keras file, which needs the package
        h5py. Its layers follow each other, with sums x + f(x) where there are any.
    approximate_gelu: whether GELU may be its tanh approximation, up to 4.7e-4 away.
    check: inputs and outputs of the source, to run the result on; see `sparrow.importers.check`.

    Where the source answers to the last frame alone, that is the answer to the last frame here.

    Raises `Error` for all that would compute something else.
    """
    if isinstance(source, (str, os.PathLike)):
        description, weights = _read(source)
    elif hasattr(source, "to_json") and hasattr(source, "layers"):
        description = json.loads(source.to_json())
        weights = {
            layer.name: [np.asarray(w) for w in layer.get_weights()] for layer in source.layers
        }
    else:
        raise Error(f"expected a Keras model or a path, not {type(source).__name__}")
    try:
        parts = _Importer(weights, approximate_gelu).model(description)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise Error(f"the description of the model makes no sense: {error!r}") from None
    network = assemble(parts, None, {"source": "Keras"})
    if check is not None:
        run_check(network, *check)
    return network


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, list[Array]]]:
    data = read_file(path)
    if data[:4] == b"\x89HDF":
        raise Error(f'{path} is of an older format; save the model as "model.keras"')
    try:
        import h5py
    except ImportError:
        raise Error("reading .keras files needs the package h5py") from None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            description = json.loads(archive.read("config.json"))
            file = h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r")
        weights: dict[str, list[Array]] = {}
        counts: dict[str, int] = {}
        with file:
            for layer in description["config"]["layers"]:
                kind = _snake_case(layer["class_name"])
                count = counts.get(kind, 0)
                counts[kind] = count + 1
                folder = file.get(f"layers/{kind}_{count}" if count else f"layers/{kind}")
                weights[layer["config"]["name"]] = [] if folder is None else _arrays(folder)
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, TypeError) as error:
        raise Error(f"{path} is no .keras file: {error}") from None
    return description, weights


def _snake_case(name: str) -> str:
    """As Keras names the folders of layers."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _arrays(folder: Any) -> list[Array]:
    """A layer's own variables in order, then those of what it wraps."""
    result = []
    own = folder.get("vars")
    if own is not None:
        result += [np.asarray(own[name]) for name in sorted(own, key=int)]
    for name in sorted(folder):
        # States of random numbers are no weights.
        if name not in ("vars", "seed_generator"):
            result += _arrays(folder[name])
    return result


class _Importer:
    def __init__(self, weights: dict[str, list[Array]], approximate_gelu: bool) -> None:
        self._weights = weights
        self._approximate_gelu = approximate_gelu
        self._is_last = False

    def model(self, description: dict[str, Any]) -> list[Part]:
        kind, config = description["class_name"], description["config"]
        if kind == "Sequential":
            parts: list[Part] = []
            for layer in config["layers"]:
                parts += self._layer(layer)
            return parts
        if kind != "Functional":
            raise Error(f"a model of the class {kind}; expected Sequential or Functional")
        chains: dict[str, tuple[Part, ...]] = {}
        for layer in config["layers"]:
            chains[layer["config"]["name"]] = self._connected(layer, chains)
        outputs = _history(config["output_layers"])
        if len(outputs) != 1:
            raise Error(f"the model has {len(outputs)} outputs; expected one")
        if len(_history(config["input_layers"])) != 1:
            raise Error("the model has several inputs; expected one")
        return list(chains[outputs[0]])

    def _connected(
        self, layer: dict[str, Any], chains: dict[str, tuple[Part, ...]]
    ) -> tuple[Part, ...]:
        name, nodes = layer["config"]["name"], layer.get("inbound_nodes", [])
        if not nodes:
            return ()
        if len(nodes) != 1:
            raise Error(f"{name} is used {len(nodes)} times; expected once")
        before = [chains[tensor] for tensor in _tensors(nodes[0]["args"])]
        if layer["class_name"] == "Add" and len(before) == 2:
            shorter, longer = sorted(before, key=len)
            if len(shorter) == len(longer) or longer[: len(shorter)] != shorter:
                raise Error(f"{name}: a sum that is not x + f(x)")
            return (*shorter, _parts.residual(name, longer[len(shorter) :]))
        if len(before) != 1:
            raise Error(f"{name}: {layer['class_name']} of {len(before)} tensors is not supported")
        return before[0] + tuple(self._layer(layer))

    def _layer(self, layer: dict[str, Any]) -> list[Part]:
        kind, config = layer["class_name"], layer["config"]
        name = config["name"]
        if not str(layer.get("module") or "keras").startswith("keras"):
            raise Error(f"{name} is a {kind} of one's own, whose call is not looked at")
        weights = list(self._weights.get(name, []))
        if kind == "TimeDistributed":
            inner = config["layer"]
            kind, config = inner["class_name"], {**inner["config"], "name": name}
            if kind not in ("Dense", "Activation"):
                raise Error(f"{name}: TimeDistributed of {kind} is not supported here")
        if kind in _NOTHING:
            return []
        rule = _RULES.get(kind)
        if rule is None:
            raise Error(f"{name}: {kind} is not supported here")
        if kind in ("LSTM", "GRU", "SimpleRNN", "Conv1D"):
            if self._is_last:
                raise Error(f"{name} runs over time, after all frames but the last were dropped")
            self._is_last = not config.get("return_sequences", True)
        # Weights come in order; what is left over in the end has no part.
        take = iter(weights)
        parts = rule(config, name, take)
        left = list(take)
        if left:
            raise Error(f"{name}: a tensor of shape {list(left[0].shape)} has no part in a {kind}")
        return parts + self._function(config, name, kind)

    def _function(self, config: dict[str, Any], name: str, kind: str) -> list[Part]:
        """The function after a layer."""
        if kind not in ("Dense", "Conv1D", "Activation"):
            return []
        function = config.get("activation", "linear")
        if isinstance(function, dict):
            function = function.get("config", {}).get("name", function.get("class_name"))
        if function == "gelu":
            return _parts.gelu(name, True, self._approximate_gelu)
        names = {"linear": "identity", "swish": "silu"}
        return _parts.function(name, names.get(function, str(function)))


def _history(tensors: Any) -> list[str]:
    """Names of layers that tensors come from: one [name, node, tensor], or a list of such."""
    if tensors and isinstance(tensors[0], str):
        return [tensors[0]]
    return [tensor[0] for tensor in tensors]


def _tensors(args: Any) -> list[str]:
    """Names of the layers that a layer's arguments come from."""
    if isinstance(args, dict):
        history = args.get("config", {}).get("keras_history")
        if args.get("class_name") != "__keras_tensor__" or not history:
            raise Error(f"an argument that is no tensor: {args.get('class_name')}")
        return [history[0]]
    if isinstance(args, (list, tuple)):
        return [name for arg in args for name in _tensors(arg)]
    return []


# ---- Layers ----


def _next(take: Any, name: str, what: str) -> Array:
    array = next(take, None)
    if array is None:
        raise Error(f"{name}: {what} is missing")
    result: Array = array
    return result


def _dense(config: dict[str, Any], name: str, take: Any) -> list[Part]:
    kernel = _next(take, name, "the kernel")
    bias = _next(take, name, "the bias") if config.get("use_bias", True) else None
    return [_parts.dense(name, kernel.T, bias)]


def _conv1d(config: dict[str, Any], name: str, take: Any) -> list[Part]:
    kernel = _next(take, name, "the kernel")
    bias = _next(take, name, "the bias") if config.get("use_bias", True) else None
    if len(kernel) > 1 and config.get("padding") != "causal":
        raise Error(f"{name} is padded as {config.get('padding')}; expected causal")
    if tuple(config.get("strides", (1,))) != (1,):
        raise Error(f"{name} has strides of {config['strides']}; expected 1")
    if config.get("data_format", "channels_last") != "channels_last":
        raise Error(f"{name} has channels first; expected last")
    dilation, groups = config.get("dilation_rate", (1,))[0], config.get("groups", 1)
    return [_parts.convolution(name, kernel.transpose(2, 1, 0), bias, dilation, groups)]


def _over_last(config: dict[str, Any], name: str) -> None:
    axis = config.get("axis", -1)
    axis = axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis
    if axis not in (-1, 2):
        raise Error(f"{name} is over the axis {axis}; expected the last")


def _batch(config: dict[str, Any], name: str, take: Any) -> list[Part]:
    _over_last(config, name)
    scale = _next(take, name, "gamma") if config.get("scale", True) else None
    shift = _next(take, name, "beta") if config.get("center", True) else None
    mean, variance = _next(take, name, "the mean"), _next(take, name, "the variance")
    epsilon = config.get("epsilon", 1e-3)
    return [_parts.normalization(name, scale, shift, mean, variance, epsilon)]


def _layer_norm(config: dict[str, Any], name: str, take: Any) -> list[Part]:
    _over_last(config, name)
    if config.get("rms_scaling"):
        raise Error(f"{name} has rms_scaling, which is not supported here")
    epsilon = config.get("epsilon", 1e-3)
    if not config.get("scale", True):
        if config.get("center", True):
            raise Error(f"{name} shifts without a scale, which is not supported here")
        return [_parts.frame_normalization(name, epsilon)]
    scale = _next(take, name, "gamma")
    shift = _next(take, name, "beta") if config.get("center", True) else None
    return [_parts.layer_normalization(name, scale, shift, epsilon)]


def _cell(kind: str) -> Callable[[dict[str, Any], str, Any], list[Part]]:
    # Gates i f c o are ours i f g o; z r h are r z n.
    order = {"lstm": (0, 1, 2, 3), "gru": (1, 0, 2), "rnn": (0,)}[kind]

    def make(config: dict[str, Any], name: str, take: Any) -> list[Part]:
        if config.get("go_backwards"):
            raise Error(f"{name} goes backwards, which needs the future")
        function = config.get("activation", "tanh")
        if kind == "rnn":
            layer = layers.rnn(config["units"], function)
            is_usual = function in ("tanh", "relu")
        else:
            resets_first = kind == "gru" and not config.get("reset_after", True)
            layer = layers.gru(config["units"], resets_first)
            if kind == "lstm":
                layer = layers.lstm(config["units"])
            is_usual = function == "tanh" and config.get("recurrent_activation") == "sigmoid"
        if not is_usual:
            raise Error(f"{name} has other functions than a usual {kind}")
        units = config["units"]
        places = _parts.gate_rows(order, units)
        kernel = _next(take, name, "the kernel").T
        recurrent = _next(take, name, "the recurrent kernel").T
        biases: list[Array | None] = [None, None]
        if config.get("use_bias", True):
            rows = _next(take, name, "the bias").reshape(-1, len(kernel))
            biases[: len(rows)] = [row[places] for row in rows]
        weights = (kernel[places], recurrent[places])
        return [_parts.cell(name, layer, weights, (biases[0], biases[1]))]

    return make


def _activation(config: dict[str, Any], name: str, take: Any) -> list[Part]:
    return []


def _relu(config: dict[str, Any], name: str, take: Any) -> list[Part]:
    if (
        config.get("max_value") is not None
        or config.get("threshold")
        or config.get("negative_slope")
    ):
        raise Error(
            f"{name} is a ReLU with a bound, threshold or slope, which is not supported here"
        )
    return _parts.function(name, "relu")


_RULES: dict[str, Callable[[dict[str, Any], str, Any], list[Part]]] = {
    "Activation": _activation,
    "BatchNormalization": _batch,
    "Conv1D": _conv1d,
    "Dense": _dense,
    "GRU": _cell("gru"),
    "LSTM": _cell("lstm"),
    "LayerNormalization": _layer_norm,
    "ReLU": _relu,
    "SimpleRNN": _cell("rnn"),
}
