"""PyTorch: modules, and state dicts in an order that is given."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import _safetensors
from .._errors import Error
from .._model import read_file
from .._network import Network
from ._check import check as run_check
from ._modules import parts_of_module
from ._parts import FUNCTIONS, Array, Part, assemble, function, residual
from ._s5 import options_of_s5
from ._state import as_gate, parts_of_tensors

# Prefixes of names that wrappers add: DataParallel's and torch.compile's.
_WRAPPERS = ("module.", "_orig_mod.")


def _as_they_are(module: Any, source: str, options: dict[str, Any]) -> dict[str, Any]:
    return options


# Modules of other packages, whose tensors are read: what a module says that they don't.
_FOREIGN = {"S5SSM": options_of_s5, "EGRU": _as_they_are}


def torch(
    source: Any,
    layers: Sequence[Any] | None = None,
    *,
    input_width: int | None = None,
    ignore: Sequence[str] = (),
    approximate_gelu: bool = False,
    check: tuple[Any, Any] | None = None,
) -> Network:
    """Makes a network of a PyTorch module or state dict.

    source: a module of torch.nn's; a state dict; or the path of one, of safetensors, or of
        torch.save where torch is installed, which reads it with `weights_only`.
    layers: the layers in order. Only a module that is a layer of torch.nn's itself, or an
        nn.Sequential of such, says this by itself: `forward` is not looked at. An item is

        - the name of a submodule or the beginning of tensors' names: "encoder.lstm";
        - a function: "relu", "sigmoid", "tanh", "silu", or "gelu_tanh", GELU's approximation;
        - a dictionary with a name and what the tensors don't say: {"name": "conv",
          "causal": True, "dilation": 2}, {"name": "rnn", "function": "tanh"}, {"name": "norm",
          "kind": "layer" or "rms", "epsilon": 1e-5}, {"name": "bn", "epsilon": 1e-3}, {"name":
          "s5.seq", "discretization": "zoh"}, {"name": "egru", "reset_interval": 70};
        - {"residual": [items]} for x + f(x), {"gate": name} for x sigmoid(linear(x)).

    input_width: values in a frame, where no layer says it.
    ignore: beginnings of names of tensors that are not wanted. Every other one has to be used.
    approximate_gelu: whether GELU may be its tanh approximation, up to 4.7e-4 away.
    check: inputs and outputs of the source, to run the result on; see `sparrow.importers.check`.

    Raises `Error` for all that would compute something else.
    """
    ignored = (ignore,) if isinstance(ignore, str) else tuple(ignore)
    if isinstance(source, (str, os.PathLike)):
        source = _read(source)
    is_module = hasattr(source, "named_modules") and hasattr(source, "state_dict")
    if is_module:
        tensors = _arrays(source.state_dict())
        while type(source).__name__ in ("DataParallel", "DistributedDataParallel"):
            source = source.module
        source = getattr(source, "_orig_mod", source)
    elif isinstance(source, Mapping):
        tensors = _arrays(source)
    else:
        raise Error(f"expected a module, a state dict or a path, not {type(source).__name__}")
    used: set[str] = set()
    importer = _Importer(source if is_module else None, tensors, used, approximate_gelu)
    if layers is None:
        parts = importer.whole()
    elif isinstance(layers, (str, Mapping)):
        raise Error("layers: expected a list")
    else:
        parts = importer.items(layers)
    left = [
        name
        for name in tensors
        if name not in used
        and not name.endswith("num_batches_tracked")
        and not name.startswith(ignored)
    ]
    if left:
        raise Error(
            f"the tensor {left[0]} of shape {list(tensors[left[0]].shape)} belongs to no layer "
            "that was named; name it in layers, or in ignore"
        )
    network = assemble(parts, input_width, {"source": "PyTorch"})
    if check is not None:
        run_check(network, *check)
    return network


def _read(path: str | os.PathLike[str]) -> Any:
    data = read_file(path)
    if data[:4] == b"PK\x03\x04" or data[:2] == b"\x80\x02":
        try:
            import torch as library
        except ImportError:
            raise Error(
                f"{path} is pickled, and read by torch alone, which is not installed; "
                "or save the state dict by safetensors.torch.save_file"
            ) from None
        try:
            return library.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            reason = str(error).strip().splitlines()[0]
            raise Error(
                f"{path} is not a state dict alone, and anything else may run any program when it "
                f"is read: {reason}"
            ) from None
    try:
        return _safetensors.decode(data)[0]
    except Error as error:
        raise Error(f"{path}: {error}") from None


def _arrays(tensors: Mapping[Any, Any]) -> dict[str, Array]:
    """The tensors as arrays, without the names of wrappers."""
    result: dict[str, Array] = {}
    for name, tensor in tensors.items():
        if not isinstance(name, str):
            raise Error(f"a state dict with the name {name!r}; expected strings")
        try:
            if hasattr(tensor, "detach"):
                tensor = tensor.detach().cpu()
                if tensor.is_floating_point():
                    tensor = tensor.double()
                elif tensor.is_complex():
                    tensor = tensor.resolve_conj()
                tensor = tensor.numpy()
            array = np.asarray(tensor)
        except Exception as error:
            raise Error(f"{name} is no tensor: {error}") from None
        if array.dtype.kind not in "fiubc":
            raise Error(f"{name} has the type {array.dtype}; expected numbers")
        result[name] = array
    for wrapper in _WRAPPERS * 2:
        if result and all(name.startswith(wrapper) for name in result):
            result = {name[len(wrapper) :]: array for name, array in result.items()}
    return result


class _Importer:
    def __init__(
        self, module: Any, tensors: dict[str, Array], used: set[str], approximate_gelu: bool
    ) -> None:
        self.module = module
        self.tensors = tensors
        self.used = used
        self.approximate_gelu = approximate_gelu

    def whole(self) -> list[Part]:
        """All of it, where that needs no order."""
        if self.module is not None:
            return self.submodule("")
        if self.tensors and not any("." in name for name in self.tensors):
            return self.tensors_of("", {})
        names = self.prefixes()
        raise Error(
            "a state dict holds neither the order of its layers nor the functions between them; "
            f"give both, as in layers={names!r} with functions where they belong "
            f"({', '.join(FUNCTIONS)})"
        )

    def prefixes(self) -> list[str]:
        """The beginnings of tensors' names, up to the last dot, in their order."""
        return list(dict.fromkeys(name.rpartition(".")[0] for name in self.tensors))

    def items(self, items: Sequence[Any]) -> list[Part]:
        parts: list[Part] = []
        for item in items:
            parts += self.item(item)
        return parts

    def item(self, item: Any) -> list[Part]:
        if isinstance(item, str):
            return self.named(item, {})
        if isinstance(item, Mapping):
            if set(item) == {"residual"} and isinstance(item["residual"], (list, tuple)):
                return [residual("residual", self.items(item["residual"]))]
            if set(item) == {"gate"} and isinstance(item["gate"], str):
                return as_gate(self.named(item["gate"], {}))
            if isinstance(item.get("name"), str):
                options = {key: value for key, value in item.items() if key != "name"}
                return self.named(item["name"], options)
        raise Error(f"layers: {item!r} is none of the items that there are")

    def named(self, name: str, options: dict[str, Any]) -> list[Part]:
        is_there = self.has(name)
        if name in FUNCTIONS:
            if is_there and name in self.prefixes():
                raise Error(f"layers: {name} is a function, and tensors of that name are there")
            return function(name, name)
        if not is_there:
            raise Error(
                f"layers: {name!r} is neither a function ({', '.join(FUNCTIONS)}) nor one of "
                f"{', '.join(self.prefixes())}"
            )
        if self.module is not None:
            return self.submodule(name, options)
        return self.tensors_of(name, options)

    def has(self, name: str) -> bool:
        if any(tensor.startswith(name + ".") for tensor in self.tensors):
            return True
        return self.module is not None and name in dict(self.module.named_modules())

    def submodule(self, name: str, options: dict[str, Any] | None = None) -> list[Part]:
        module = dict(self.module.named_modules())[name]
        own = _FOREIGN.get(type(module).__name__)
        if own is not None:
            return self.tensors_of(name, own(module, name, options or {}))
        parts = parts_of_module(module, name, options or {}, self.approximate_gelu)
        start = f"{name}." if name else ""
        self.used.update(tensor for tensor in self.tensors if tensor.startswith(start))
        return parts

    def tensors_of(self, name: str, options: dict[str, Any]) -> list[Part]:
        start = f"{name}." if name else ""
        own = {
            tensor[len(start) :]: array
            for tensor, array in self.tensors.items()
            if tensor.startswith(start)
        }
        parts = parts_of_tensors(own, name or "the state dict", options)
        self.used.update(start + tensor for tensor in own)
        return parts
