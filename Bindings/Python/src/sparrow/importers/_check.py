"""Comparison of an imported network with its source."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import Error
from .._network import Network
from .._stream import Stream


def check(network: Network, inputs: Any, outputs: Any) -> float:
    """Runs a network on inputs and prints how far the results are from the source's outputs.

    inputs: (frames, input_width), or (sequences, frames, input_width), each from the beginning.
    outputs: alike, or the answers to each last frame alone.

    Returns the largest absolute difference. Needs the command `sparrow`, which packs the network.
    """
    frames, expected = (
        _as_array(values, name) for values, name in ((inputs, "inputs"), (outputs, "outputs"))
    )
    if frames.ndim == 2:
        frames = frames[np.newaxis]
    if frames.ndim != 3:
        raise Error(f"inputs have the shape {frames.shape}; expected (frames, width)")
    stream = Stream(network)
    results = np.empty((*frames.shape[:2], stream.output_width), np.float32)
    for sequence, result in zip(frames, results, strict=True):
        stream.reset()
        result[:] = stream.run(sequence)
    if expected.size == results[:, -1:].size != results.size:
        results = results[:, -1:]
    if expected.size != results.size or expected.shape[-1] != results.shape[-1]:
        raise Error(f"outputs have the shape {expected.shape}; the network gives {results.shape}")
    if results.size == 0:
        raise Error("there are no frames to check")
    expected = expected.reshape(results.shape)
    error = float(np.abs(results - expected).max())
    print(
        f"{results.shape[0] * frames.shape[1]} frames: largest error {error:.3g}, "
        f"where the largest output is {float(np.abs(expected).max()):.3g}"
    )
    return error


def _as_array(values: Any, name: str) -> np.ndarray[Any, Any]:
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    array = np.asarray(values)
    if array.dtype.kind not in "fiu":
        raise Error(f"{name} have the type {array.dtype}; expected real numbers")
    return array
