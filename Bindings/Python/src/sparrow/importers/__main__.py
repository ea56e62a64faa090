"""python -m sparrow.importers FILE -o MODEL: makes a model file of another tool's file."""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
from typing import Any

import numpy as np

from .._errors import Error
from .._network import Network
from . import check, keras, onnx, torch


def main() -> int:
    """Imports a file; the exit status is 1 where it cannot be imported."""
    parser = argparse.ArgumentParser(prog="python -m sparrow.importers", description=__doc__)
    parser.add_argument("file", help="a state dict (.safetensors, .pt), .onnx, or .keras")
    parser.add_argument("-o", "--output", required=True, help="the model file to write")
    parser.add_argument(
        "--layers", help="the layers of a state dict in order: a,relu,b or JSON, as layers= has it"
    )
    parser.add_argument("--input-width", type=int, help="values in a frame")
    parser.add_argument("--approximate-gelu", action="store_true", help="GELU by tanh is fine")
    parser.add_argument(
        "--check", nargs=2, metavar=("INPUTS", "OUTPUTS"), help=".npy files to compare with"
    )
    arguments = parser.parse_args()
    try:
        network = _read(arguments)
        network.save(arguments.output)
        _print(network.layers, network.input_width)
        if arguments.check:
            check(network, *(_load(path) for path in arguments.check))
    except Error as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def _read(arguments: argparse.Namespace) -> Network:
    options: dict[str, Any] = {"approximate_gelu": arguments.approximate_gelu}
    suffix = pathlib.Path(arguments.file).suffix.lower()
    if suffix in (".onnx", ".keras"):
        if arguments.layers:
            raise Error(f"a file of {suffix[1:]} says its layers itself; expected no --layers")
        return (onnx if suffix == ".onnx" else keras)(arguments.file, **options)
    layers: Any = None
    if arguments.layers:
        layers = arguments.layers.split(",")
        if arguments.layers.lstrip().startswith("["):
            try:
                layers = json.loads(arguments.layers)
            except ValueError as error:
                raise Error(f"--layers is no JSON: {error}") from None
    return torch(arguments.file, layers, input_width=arguments.input_width, **options)


def _print(layers: list[dict[str, Any]], width: int, indentation: str = "") -> None:
    for layer in layers:
        options = {key: value for key, value in layer.items() if key not in ("kind", "layers")}
        print(f"{indentation}{layer['kind']} {options or ''}".rstrip())
        _print(layer.get("layers", []), width, indentation + "  ")


def _load(path: str) -> Any:
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise Error(f"{path} is no .npy file: {error}") from None


if __name__ == "__main__":
    sys.exit(main())
