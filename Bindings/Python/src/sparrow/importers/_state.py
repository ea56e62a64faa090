"""Layers of PyTorch out of the names and shapes of their tensors."""

from __future__ import annotations

import re
from typing import Any

from .. import layers
from .._errors import Error
from . import _parts
from ._parts import Array, Part
from ._s5 import EVNN_NAMES, S5_NAMES, egru_of_tensors, s5_of_tensors

_CELL = re.compile(r"(weight_ih|weight_hh|bias_ih|bias_hh)(?:_l(\d+))?")


def parts_of_tensors(tensors: dict[str, Array], name: str, options: dict[str, Any]) -> list[Part]:
    """The layers that tensors of one prefix are; each has to be used, and so has each option."""
    left = dict(options)
    names = set(tensors) - {"num_batches_tracked"}
    if any(key.startswith("weight_ih") for key in names):
        parts = _cells(tensors, names, name, left)
    elif "running_mean" in names:
        parts = [_batch_norm(tensors, names, name, left)]
    elif names == S5_NAMES:
        parts = [s5_of_tensors(tensors, name, left)]
    elif names >= EVNN_NAMES:
        parts = [egru_of_tensors({key: tensors[key] for key in names}, name, left)]
    elif names in ({"weight"}, {"weight", "bias"}):
        parts = _product_or_norm(tensors["weight"], tensors.get("bias"), name, left)
    else:
        known = (
            "an LSTM, GRU, RNN, Linear, Conv1d, BatchNorm1d, LayerNorm or RMSNorm, of S5SSM, or of "
            "EvNN's EGRU"
        )
        raise Error(
            f"{name} has the tensors {', '.join(sorted(names))}, which are not those of {known}"
        )
    if left:
        raise Error(f"{name} has no option {', '.join(left)}")
    return parts


def _only(names: set[str], known: set[str], name: str) -> None:
    strangers = names - known
    if strangers:
        raise Error(f"{name}: the tensor {min(strangers)} is not supported here")


def _cells(
    tensors: dict[str, Array], names: set[str], name: str, options: dict[str, Any]
) -> list[Part]:
    found: dict[int, dict[str, Array]] = {}
    for key in sorted(names):
        match = _CELL.fullmatch(key)
        if match is None:
            why = (
                "a second direction needs the future"
                if key.endswith("_reverse")
                else "a projection of the state"
                if key.startswith("weight_hr")
                else "not a cell's"
            )
            raise Error(f"{name}: the tensor {key} is not supported here: {why}")
        found.setdefault(int(match[2] or 0), {})[match[1]] = tensors[key]
    if sorted(found) != list(range(len(found))):
        raise Error(f"{name} has the layers {sorted(found)}; expected all from 0 on")
    first = options.pop("function", None)
    parts = []
    for index in sorted(found):
        own = found[index]
        source = f"{name}, layer {index}" if len(found) > 1 else name
        if "weight_ih" not in own or "weight_hh" not in own:
            raise Error(f"{source}: weight_ih or weight_hh is missing")
        units = own["weight_hh"].shape[-1]
        gates, rest = divmod(own["weight_hh"].shape[0], max(units, 1))
        if rest or gates not in (1, 3, 4):
            raise Error(f"{source}: weight_hh of shape {list(own['weight_hh'].shape)} is no cell's")
        parts.append(
            _parts.cell(
                source,
                cell_layer({4: "lstm", 3: "gru", 1: "rnn"}[gates], units, first, source),
                (own["weight_ih"], own["weight_hh"]),
                (own.get("bias_ih"), own.get("bias_hh")),
            )
        )
    return parts


def cell_layer(kind: str, units: int, function: Any, source: str) -> layers.Layer:
    """A layer of LSTM, GRU or RNN."""
    if kind != "rnn":
        if function is not None:
            raise Error(f"{source}: an {kind} has no function of its own")
        return layers.lstm(units) if kind == "lstm" else layers.gru(units)
    if function not in ("tanh", "relu"):
        raise Error(
            f"{source} is an RNN, and its tensors don't say which function it has; "
            f'give {{"name": "{source}", "function": "tanh"}} or "relu"'
        )
    return layers.rnn(units, function)


def _batch_norm(
    tensors: dict[str, Array], names: set[str], name: str, options: dict[str, Any]
) -> Part:
    _only(names, {"weight", "bias", "running_mean", "running_var"}, name)
    mean, variance = tensors["running_mean"], tensors.get("running_var")
    if variance is None:
        raise Error(f"{name}: running_var is missing")
    scale, shift = tensors.get("weight"), tensors.get("bias")
    epsilon = options.pop("epsilon", 1e-5)
    return _parts.normalization(name, scale, shift, mean, variance, epsilon)


def _product_or_norm(
    weight: Array, bias: Array | None, name: str, options: dict[str, Any]
) -> list[Part]:
    if weight.ndim == 2:
        return [_parts.dense(name, weight, bias)]
    if weight.ndim == 3:
        kernel = weight.shape[2]
        is_causal = options.pop("causal", None) is True
        if kernel > 1 and not is_causal:
            raise Error(
                f"{name} is a convolution over {kernel} frames, and its tensors don't say how it "
                f'is padded; where that is on the left alone, give {{"name": "{name}", '
                '"causal": True} with its dilation'
            )
        dilation, groups = options.pop("dilation", 1), options.pop("groups", 1)
        return [_parts.convolution(name, weight, bias, dilation, groups)]
    kind = options.pop("kind", None)
    if weight.ndim != 1 or kind not in ("layer", "rms"):
        raise Error(
            f"{name} has a weight of shape {list(weight.shape)}; if it is a LayerNorm or an "
            f'RMSNorm, give {{"name": "{name}", "kind": "layer"}} or "rms"'
        )
    centers = kind == "layer"
    epsilon = options.pop("epsilon", 1e-5 if centers else None)
    if epsilon is None:
        raise Error(f"{name}: the tensors of an RMSNorm don't say its epsilon; give it")
    return [_parts.layer_normalization(name, weight, bias, epsilon, centers)]


def as_gate(parts: list[Part]) -> list[Part]:
    """x sigmoid(linear(x)) of a linear layer."""
    if len(parts) != 1 or parts[0].layer["kind"] != "dense":
        raise Error(f"{parts[0].source if parts else 'a gate'} is not a linear layer")
    values = parts[0].parameters
    return [_parts.gate(parts[0].source, values["weight"], values["bias"])]
