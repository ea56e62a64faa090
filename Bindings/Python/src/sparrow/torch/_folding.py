"""Networks without normalisations, for training in fixed point."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import layers
from .._errors import Error
from .._network import Network

_EPSILON = 1e-5
_CELLS = ("rnn", "lstm", "gru", "eventGRU")


def folded(network: Network) -> Network:
    """The same function: each normalisation, with its stored statistics, goes into the weights and
    biases of the dense layer, linear recurrence or recurrent cell after it.

    Every linear recurrence comes out with a bias. Zero weights stay zero. Raises `Error` where a
    normalisation is followed by something else.
    """
    parameters: dict[str, Any] = {}
    description = _fold(network, network.layers, network.input_width, "", "", parameters)
    return Network(
        network.input_width,
        description,
        parameters,
        front_end=network.front_end,
        information=network.information,
    )


def _fold(
    network: Network,
    description: list[layers.Layer],
    width: int,
    path: str,
    new_path: str,
    parameters: dict[str, Any],
) -> list[layers.Layer]:
    result: list[layers.Layer] = []
    pending: tuple[np.ndarray, np.ndarray] | None = None
    place = ""
    for index, layer in enumerate(description):
        place = f"{path}.layers.{index}" if path else f"layers.{index}"
        new_place = f"{new_path}.layers.{len(result)}".removeprefix(".")
        kind = layer["kind"]
        if kind == "normalization":
            scale, shift = _affine(network, place)
            if pending is not None:
                scale, shift = scale * pending[0], scale * pending[1] + shift
            pending = scale, shift
            continue
        if kind not in ("dense", "linearRecurrence", *_CELLS) and pending is not None:
            raise _refusal(place, f"a layer of the kind {kind!r}")
        if kind == "residual":
            inner = _fold(network, layer["layers"], width, place, new_place, parameters)
            result.append(layers.residual(inner))
            continue
        shapes = layers.parameter_shapes([layer], width)
        own = {
            name.removeprefix("layers.0."): network.parameters[
                f"{place}.{name.removeprefix('layers.0.')}"
            ].astype(np.float64)
            for name in shapes
        }
        if kind == "linearRecurrence":
            layer = layer | {"hasBias": True}
            for name in ("inputBias.real", "inputBias.imaginary"):
                own.setdefault(name, np.zeros(layer["states"]))
            own.setdefault("bias", np.zeros(width))
        if pending is not None:
            _take_in(own, kind, *pending)
            pending = None
        parameters |= {f"{new_place}.{name}": value for name, value in own.items()}
        result.append(layer)
        width = layers.output_width([layer], width)
    if pending is not None:
        raise _refusal(place, "nothing")
    return result


def _affine(network: Network, place: str) -> tuple[np.ndarray, np.ndarray]:
    scale, shift, mean, variance = (
        network.parameters[f"{place}.{name}"].astype(np.float64)
        for name in ("scale", "shift", "mean", "variance")
    )
    slope = scale / np.sqrt(variance + _EPSILON)
    return slope, shift - mean * slope


def _take_in(own: dict[str, np.ndarray], kind: str, scale: np.ndarray, shift: np.ndarray) -> None:
    """Puts an affine map before a layer into its parameters."""
    pairs = {"dense": [("weight", "bias")]}.get(kind, [("inputWeight", "inputBias")])
    if kind == "linearRecurrence":
        pairs = [(f"B.{part}", f"inputBias.{part}") for part in ("real", "imaginary")]
        own["bias"] = own["bias"] + own["D"] * shift
        own["D"] = own["D"] * scale
    for weight, bias in pairs:
        own[bias] = own[bias] + own[weight] @ shift
        own[weight] = own[weight] * scale


def _refusal(place: str, what: str) -> Error:
    return Error(
        f"a normalisation before {place} that is followed by {what} cannot be folded; expected a "
        "dense layer, a linear recurrence or a recurrent cell after it"
    )
