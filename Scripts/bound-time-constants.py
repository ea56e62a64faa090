#!/usr/bin/env python3
"""Bounds the time constants of a trained denoiser without training it again.

usage: Scripts/bound-time-constants.py NETWORK SECONDS OUTPUT

Time constants up to SECONDS stay as they are; longer ones are cut to that, and the layers get a
maximumTimeConstant. Input matrices are scaled so that a frame adds as much to a state as before.
The front end is set to survive digital silence: references of features begin anew after half a
second of it, settle in three frames, and features are limited.
"""

import json
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

FEATURES = {"limit": 12, "settling": 0.024}
FRONT_END = {"silence": 0.1, "restart": 0.5}
STABILITY_BOUND = -1e-4
SHORTEST_RATE = 1e-3
"""The share that is left of a cut state's own decay, per frame: training can move it from there."""


def dense(values, gaps, shape):
    """A sparse tensor of a model file; Documentation/ModelFiles.md has the format."""
    tensor = np.zeros(shape, values.dtype)
    low_bits = 0
    while len(values) << (low_bits + 1) <= tensor.size - len(values):
        low_bits += 1
    bits = iter(np.unpackbits(gaps, bitorder="little").tolist())
    place = 0
    for value in values:
        while next(bits):
            place += 1 << low_bits
        place += sum(next(bits) << i for i in range(low_bits))
        tensor.flat[place] = value
        place += 1
    return tensor


def recurrences(layers, path=""):
    """Linear recurrences with their places."""
    for index, layer in enumerate(layers):
        place = f"{path}layers.{index}"
        if layer["kind"] == "linearRecurrence":
            yield layer, place
        yield from recurrences(layer.get("layers", []), place + ".")


def bound(tensors, place, states, frames):
    """Cuts the time constants of one layer."""
    real = np.minimum(tensors[f"{place}.eigenvalues.real"].astype(np.float64), STABILITY_BOUND)
    imaginary = tensors[f"{place}.eigenvalues.imaginary"].astype(np.float64)
    step = np.exp(tensors[f"{place}.logStep"].astype(np.float64))
    before = (real + 1j * imaginary) * step
    own = np.minimum(before.real + 1 / frames, -SHORTEST_RATE)
    after = own - 1 / frames + 1j * before.imag
    # By zero-order hold f = (e^ΛΔ - 1) / Λ; a state's input keeps its weight.
    scale = np.abs((np.exp(before) - 1) / before * after / (np.exp(after) - 1))
    for part in ("real", "imaginary"):
        name = f"{place}.B.{part}"
        values = tensors.pop(f"{name}.values", None)
        if values is not None:
            width = len(tensors[f"{place}.D"])
            tensors[name] = dense(values, tensors.pop(f"{name}.gaps"), (states, width))
        tensors[name] = tensors[name] * scale[:, None]
        if f"{place}.inputBias.{part}" in tensors:
            tensors[f"{place}.inputBias.{part}"] = tensors[f"{place}.inputBias.{part}"] * scale
    tensors[f"{place}.eigenvalues.real"] = own / step


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__.strip())
    source, seconds, target = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    with safe_open(source, framework="numpy") as file:
        metadata = file.metadata()
        names = list(file.keys())
        tensors = {name: file.get_tensor(name) for name in names}
    network = json.loads(metadata["sparrow.network"])
    front_end = network["frontEnd"]
    frames = seconds * front_end["sampleRate"] / front_end["hop"]
    for layer, place in recurrences(network["layers"]):
        if layer.get("discretization", "zeroOrderHold") != "zeroOrderHold":
            sys.exit(f"{source}: {place} is {layer['discretization']}; expected zeroOrderHold")
        bound(tensors, place, layer["states"], frames)
        layer["maximumTimeConstant"] = frames
    front_end.update(FRONT_END)
    for feature in front_end["features"]:
        feature.update(FEATURES)
    metadata["sparrow.network"] = json.dumps(network)
    for name, tensor in tensors.items():
        if tensor.dtype != np.uint8:
            tensors[name] = np.ascontiguousarray(tensor, dtype=np.float32)
    save_file(tensors, target, metadata=metadata)


if __name__ == "__main__":
    main()
