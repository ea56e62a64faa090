"""Modules out of the layers of a recipe or model file, and model files out of modules."""

from __future__ import annotations

import os
from collections.abc import Mapping
from collections.abc import Sequence as List
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from .. import layers
from .._errors import Error
from .._network import Network
from ._cells import EGRU, GRU, LSTM, RNN, Cell
from ._layer import Activation, Dense, Dropout, Gate, Layer, Own, Residual, Sequence, places
from ._normalization import Convolution, LayerNormalization, Normalization
from ._quantization import CellRounding, FakeQuantization
from ._s5 import S5


@dataclass
class RecurrentDropout:
    """Variational dropout of recurrent cells (Gal and Ghahramani 2016): probabilities from 0 to
    less than 1. Masks are drawn once per pass and held over time."""

    words: float = 0.0
    """Embedding dropout: of a word in the whole batch."""
    input: float = 0.0
    """Of the input of the first layer."""
    between: float = 0.0
    """Between one cell and the next."""
    output: float = 0.0
    """Of the output of the last cell."""
    recurrent_weights: float = 0.0
    """DropConnect of recurrent weights."""


@dataclass
class _Builder:
    dropout: float
    recurrent: RecurrentDropout
    activation_bits: int | None
    cells_left: int
    ranges: dict[str, FakeQuantization] = field(default_factory=dict)

    def rounding(self, name: str, width: int) -> FakeQuantization:
        assert self.activation_bits is not None
        self.ranges[name] = FakeQuantization(width, self.activation_bits)
        return self.ranges[name]

    def cell_rounding(self, name: str, cell: Cell) -> CellRounding:
        assert self.activation_bits is not None
        is_bounded = not (isinstance(cell, RNN) and cell.function == "relu")
        rounding = CellRounding(cell.units, self.activation_bits, is_bounded)
        self.ranges[name] = rounding
        return rounding

    def build(
        self, description: List[layers.Layer], width: int, path: str, is_branch: bool
    ) -> list[Layer]:
        modules: list[Layer] = []
        for index, layer in enumerate(description):
            place = f"{path}.layers.{index}" if path else f"layers.{index}"
            module = self._make(layer, width, place)
            modules.append(module)
            width = module.output_width
            if isinstance(module, Cell):
                self.cells_left -= 1
                is_last = self.cells_left == 0
                rate = self.recurrent.output if is_last else self.recurrent.between
                modules += [Dropout(width, rate)] if rate > 0 else []
            if self.activation_bits is not None:
                if isinstance(module, S5):
                    module.rounding = self.rounding(f"{place}.state", 2 * module.states)
                if isinstance(module, Cell):
                    module.rounding = self.cell_rounding(place, module)
                before = description[index - 1] if index else None
                after = description[index + 1] if index + 1 < len(description) else None
                if not isinstance(module, Cell) and _is_rounded(layer, before, after):
                    modules.append(self.rounding(place, width))
            drops = layer["kind"] in ("activation", "gate")
            if is_branch and drops and self.dropout > 0:
                modules.append(Dropout(width, self.dropout))
        return modules

    def _make(self, layer: layers.Layer, width: int, place: str) -> Layer:
        kind = layer["kind"]
        if kind == "residual":
            return Residual(*self.build(layer["layers"], width, place, True))
        if self.activation_bits is not None and kind == "normalization":
            raise Error(f"{place}: training for fixed point has no form of {kind}; fold it first")
        module = make_layer(layer, width, place)
        if isinstance(module, Cell):
            module.weight_dropout = self.recurrent.recurrent_weights
        return module


def _fuses(layer: layers.Layer, function: str) -> bool:
    return layer["kind"] == "dense" or (layer["kind"] == "residual" and function == "relu")


def _is_rounded(
    layer: layers.Layer, before: layers.Layer | None, after: layers.Layer | None
) -> bool:
    """Whether an integer network rounds what the layer gives. A layer that fuses the activation
    after it is rounded with that; other rectifiers leave what is rounded so."""
    if after is not None and after["kind"] == "activation" and _fuses(layer, after["function"]):
        return False
    if layer["kind"] != "activation" or layer["function"] != "relu":
        return True
    return before is not None and _fuses(before, "relu")


_OPTIONS = {
    "linearRecurrence": {
        "discretization": "discretization",
        "conjugateSymmetry": "conjugate_symmetry",
        "rectifiesState": "rectifies_state",
        "hasBias": "has_bias",
        "maximumTimeConstant": "maximum_time_constant",
    },
    "convolution": {"kernel": "kernel", "dilation": "dilation", "groups": "groups"},
    "layerNormalization": {"centers": "centers", "epsilon": "epsilon"},
    "rnn": {"function": "function"},
    "gru": {"resetsFirst": "resets_first"},
    "eventGRU": {
        "trainsThresholds": "trains_thresholds",
        "initialThreshold": "initial_threshold",
        "damping": "damping",
        "support": "support",
        "surrogate": "surrogate",
        "resetInterval": "reset_interval",
    },
}
_STRUCTURE = {"structure": "structure", "blocks": "blocks", "shuffled": "shuffled"}
_CELLS: dict[str, type[Cell]] = {"rnn": RNN, "lstm": LSTM, "gru": GRU, "eventGRU": EGRU}


def make_layer(layer: layers.Layer, width: int, place: str = "layer") -> Layer:
    """A layer of a description, such as {"kind": "lstm", "units": 64}."""
    kind = layer.get("kind")
    known = dict(_OPTIONS.get(str(kind), {}))
    if kind in _CELLS:
        known |= _STRUCTURE
    options = {
        known[key]: value for key, value in layer.items() if key in known and value is not None
    }
    try:
        if kind == "dense":
            return Dense(width, layer["outputs"])
        if kind == "activation":
            return Activation(width, layer["function"])
        if kind == "gate":
            return Gate(width)
        if kind == "normalization":
            return Normalization(width)
        if kind == "layerNormalization":
            return LayerNormalization(width, **options)
        if kind == "convolution":
            return Convolution(width, layer["outputs"], **options)
        if kind == "linearRecurrence":
            return S5(width, layer["states"], **options)
        if kind in _CELLS:
            return _CELLS[kind](width, layer["units"], **options)
    except (KeyError, TypeError) as error:
        raise Error(f"{place}: {error}") from None
    except Error as error:
        raise Error(f"{place}: {error}") from None
    raise Error(f"{place} has the kind {kind!r}, which cannot be trained")


def build(
    description: List[layers.Layer],
    input_width: int,
    *,
    dropout: float = 0.0,
    recurrent_dropout: RecurrentDropout | None = None,
    activation_bits: int | None = None,
) -> Sequence:
    """Modules for the layers of a recipe or model file, with random parameters.

    dropout: after each activation and gate within residual branches.
    recurrent_dropout: what is dropped about recurrent cells.
    activation_bits: rounds activations as a network in fixed point does; None for not at all.
    """
    shapes = layers.parameter_shapes(description, input_width)
    recurrent = recurrent_dropout or RecurrentDropout()
    cells = sum(name.endswith(".recurrentBias") for name in shapes)
    builder = _Builder(dropout, recurrent, activation_bits, cells)
    first: list[Layer] = []
    if activation_bits is not None:
        first.append(builder.rounding("input", input_width))
    if recurrent.input > 0:
        first.append(Dropout(input_width, recurrent.input))
    module = Sequence(*first, *builder.build(description, input_width, "", False))
    module.ranges = builder.ranges
    return module


def named_parameters(module: nn.Module) -> dict[str, Own]:
    """The parameters of a module by their names in a model file, in order."""
    return {
        f"{place}.{own.name}": own
        for place, layer in places(_layers_of(module))
        for own in layer.own()
    }


def _layers_of(module: nn.Module) -> list[Layer]:
    if isinstance(module, Sequence):
        return module.inner()
    if isinstance(module, nn.Sequential):
        found = []
        for name, child in module.named_children():
            if not isinstance(child, Layer):
                raise Error(f"{name} is a {type(child).__name__}, not a layer of sparrow.torch")
            found += _layers_of(child) if isinstance(child, Sequence) else [child]
        return found
    if isinstance(module, Layer):
        return [module]
    raise Error(
        f"a {type(module).__name__} is no layer of sparrow.torch and no sequence of them; "
        "sparrow.importers.torch reads those of torch.nn"
    )


def export(
    module: nn.Module,
    path: str | os.PathLike[str] | None = None,
    *,
    front_end: Mapping[str, Any] | None = None,
    information: Mapping[str, str] | None = None,
) -> Network:
    """The network of a module as it is now, which is written to a model file where a path is given.

    module: a layer or `Sequence` of sparrow.torch, or an nn.Sequential of them.
    front_end: what turns sound or text into frames, as a recipe has it.
    information: free text by name: title, licence, …
    """
    modules = _layers_of(module)
    values = {
        name: own.tensor.detach().float().cpu().numpy()
        for name, own in named_parameters(module).items()
    }
    network = Network(
        modules[0].width,
        [layer.description() for layer in modules],
        values,
        front_end=front_end,
        information=information,
    )
    if path is not None:
        network.save(path)
    return network


@torch.no_grad()
def assign(module: nn.Module, parameters: Mapping[str, Any]) -> None:
    """Sets a module's parameters to arrays by their names in a model file; all have to be there."""
    for name, own in named_parameters(module).items():
        if name not in parameters:
            raise Error(f"the parameter {name} is missing")
        values = torch.as_tensor(parameters[name])
        if values.shape != own.tensor.shape:
            raise Error(
                f"{name} has the shape {list(values.shape)}; expected {list(own.tensor.shape)}"
            )
        own.tensor.copy_(values)


def load(network: Network | str | os.PathLike[str], **options: Any) -> Sequence:
    """A module of a network or model file, to go on training; options are those of `build`."""
    if not isinstance(network, Network):
        network = Network.load(network)
    module = build(network.layers, network.input_width, **options)
    assign(module, network.parameters)
    return module
