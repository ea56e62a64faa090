"""The S5 network's shapes and parameters, and its step in plain NumPy.

`trained` parameters are what training works on; `folded` ones are what a step needs: discretised,
with BatchNorm folded into B and D, and complex matrices as real ones. Both are dicts of arrays, so
that any file format can be put in front of them.

Trained (complex values have a last axis of 2: real, imaginary):

    encoder.weight [H, inputs]      encoder.bias [H]
    decoder.weight [outputs, H]     decoder.bias [outputs]
    and for every layer L = 0, 1, …, each with the prefix `layers.L.`:
    norm.scale, norm.bias, norm.mean, norm.variance [H]
    lambda [P, 2]   log_step [P]   B [P, H, 2]   C [H, P, 2]   D [H]
    gate.weight [H, H]   gate.bias [H]

Folded: encoder, decoder and gate as above, and for every layer

    A [2, P]        rows: real and imaginary part
    B [2P, H]       the real rows, then the imaginary ones;   B.bias [2P]
    C [H, 2P]       2 Re(C x) as a product with the stacked state;   C.bias [H]   D [H]
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Parameters = Mapping[str, np.ndarray]

NORM_EPSILON = 1e-5
MAX_LAMBDA_RE = -1e-4
STEP_RANGE = (1e-3, 1e-1)


@dataclass(frozen=True)
class Shape:
    """H = `width`, P = `states` (complex)."""

    width: int
    states: int
    layers: int = 3
    inputs: int = 257
    outputs: int = 257

    @classmethod
    def scaled(cls, k: float) -> "Shape":
        """The denoiser of width scale k: 16k blocks of 12 units and 8 complex states each."""
        blocks = int(16 * k)
        if blocks < 1:
            raise ValueError(f"k = {k:g} gives no block; expected at least 1/16")
        return cls(width=12 * blocks, states=8 * blocks)

    @classmethod
    def of(cls, trained: Parameters) -> "Shape":
        """Reads the shape off trained parameters."""
        layers = 0
        while f"layers.{layers}.D" in trained:
            layers += 1
        if layers == 0:
            raise ValueError("no parameter layers.0.D; expected at least one layer")
        width, inputs = trained["encoder.weight"].shape
        states = len(trained["layers.0.log_step"])
        return cls(width, states, layers, inputs, len(trained["decoder.weight"]))


def random_parameters(shape: Shape, seed: int = 0) -> dict[str, np.ndarray]:
    """Trained parameters of an untrained network: stable, and of the usual magnitudes."""
    random = np.random.default_rng(seed)
    H, P = shape.width, shape.states

    def normal(*size: int, fan_in: int) -> np.ndarray:
        return random.standard_normal(size) / np.sqrt(fan_in)

    parameters = {
        "encoder.weight": normal(H, shape.inputs, fan_in=shape.inputs),
        "encoder.bias": np.zeros(H),
        "decoder.weight": normal(shape.outputs, H, fan_in=H),
        "decoder.bias": np.zeros(shape.outputs),
    }
    for layer in range(shape.layers):
        parameters |= {
            f"layers.{layer}.{name}": value
            for name, value in {
                "norm.scale": np.ones(H),
                "norm.bias": np.zeros(H),
                "norm.mean": np.zeros(H),
                "norm.variance": np.ones(H),
                "lambda": np.stack([np.full(P, -0.5), -np.pi * np.arange(P)], axis=-1),
                "log_step": random.uniform(*np.log(STEP_RANGE), P),
                "B": normal(P, H, 2, fan_in=2 * H),
                "C": normal(H, P, 2, fan_in=2 * P),
                "D": random.standard_normal(H),
                "gate.weight": normal(H, H, fan_in=H),
                "gate.bias": np.zeros(H),
            }.items()
        }
    return {name: value.astype(np.float32) for name, value in parameters.items()}


def read_parameters(path: Path) -> dict[str, np.ndarray]:
    """Reads trained parameters from a model file of Sparrow's, under the names above.

    The file's description tells an optional normalisation of the input (folded into the encoder), an
    encoder, residual blocks of normalisation, recurrence, activation and gate, and a decoder.
    """
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        kinds = [layer["kind"] for layer in json.loads(file.metadata()["sparrow.network"])["layers"]]
        stored = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}
    trained = renamed(stored, kinds)
    expected = random_parameters(Shape.of(trained))
    for name, array in expected.items():
        if name not in trained:
            raise ValueError(f"{path} has no array {name}; expected shape {array.shape}")
        if trained[name].shape != array.shape:
            raise ValueError(f"{path}: {name} has shape {trained[name].shape}; expected {array.shape}")
    return trained


def renamed(stored: Parameters, kinds: list[str]) -> dict[str, np.ndarray]:
    """The arrays of a model file, whose layers are of these kinds, under the names above."""
    dense = [f"layers.{i}" for i, kind in enumerate(kinds) if kind == "dense"]
    blocks = [f"layers.{i}.layers" for i, kind in enumerate(kinds) if kind == "residual"]
    if len(dense) != 2 or not blocks:
        raise ValueError(f"layers {kinds}; expected an encoder, residual blocks and a decoder")
    encoder, decoder = dense
    trained = {f"encoder.{part}": stored[f"{encoder}.{part}"] for part in ("weight", "bias")}
    trained |= {f"decoder.{part}": stored[f"{decoder}.{part}"] for part in ("weight", "bias")}
    if kinds[0] == "normalization":
        scale = stored["layers.0.scale"] / np.sqrt(stored["layers.0.variance"] + NORM_EPSILON)
        offset = stored["layers.0.shift"] - stored["layers.0.mean"] * scale
        trained["encoder.bias"] = trained["encoder.bias"] + trained["encoder.weight"] @ offset
        trained["encoder.weight"] = trained["encoder.weight"] * scale
    names = {"scale": "scale", "shift": "bias", "mean": "mean", "variance": "variance"}
    for index, block in enumerate(blocks):
        norm, recurrence, gate = f"{block}.0", f"{block}.1", f"{block}.3"

        def parts(name: str) -> np.ndarray:
            return np.stack([stored[f"{recurrence}.{name}.real"],
                             stored[f"{recurrence}.{name}.imaginary"]], axis=-1)

        trained |= {f"layers.{index}.norm.{new}": stored[f"{norm}.{old}"]
                    for old, new in names.items()}
        trained |= {
            f"layers.{index}.lambda": parts("eigenvalues"),
            f"layers.{index}.log_step": stored[f"{recurrence}.logStep"],
            f"layers.{index}.B": parts("B"),
            f"layers.{index}.C": parts("C"),
            f"layers.{index}.D": stored[f"{recurrence}.D"],
            f"layers.{index}.gate.weight": stored[f"{gate}.weight"],
            f"layers.{index}.gate.bias": stored[f"{gate}.bias"],
        }
    return trained


def fold(trained: Parameters) -> dict[str, np.ndarray]:
    """Discretises (zero-order hold) and folds BatchNorm; computed in float64, given in float32."""
    dense = ("weight", "bias")
    folded = {f"{name}.{part}": trained[f"{name}.{part}"]
              for name in ("encoder", "decoder") for part in dense}
    for layer in range(Shape.of(trained).layers):
        prefix = f"layers.{layer}."
        array = {name.removeprefix(prefix): value.astype(np.float64)
                 for name, value in trained.items() if name.startswith(prefix)}
        folded |= {prefix + name: value for name, value in fold_layer(array).items()}
    return {name: value.astype(np.float32) for name, value in folded.items()}


def fold_layer(array: Parameters) -> dict[str, np.ndarray]:
    eigenvalue = np.minimum(array["lambda"][:, 0], MAX_LAMBDA_RE) + 1j * array["lambda"][:, 1]
    transition = np.exp(eigenvalue * np.exp(array["log_step"]))
    input_matrix = ((transition - 1) / eigenvalue)[:, None] * (array["B"] @ (1, 1j))
    output_matrix = 2 * (array["C"] @ (1, 1j))

    scale = array["norm.scale"] / np.sqrt(array["norm.variance"] + NORM_EPSILON)
    offset = array["norm.bias"] - array["norm.mean"] * scale
    stacked = np.concatenate([input_matrix.real, input_matrix.imag])
    return {
        "A": np.stack([transition.real, transition.imag]),
        "B": stacked * scale,
        "B.bias": stacked @ offset,
        "C": np.concatenate([output_matrix.real, -output_matrix.imag], axis=1),
        "C.bias": array["D"] * offset,
        "D": array["D"] * scale,
        "gate.weight": array["gate.weight"],
        "gate.bias": array["gate.bias"],
    }


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def gelu(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def step(
    folded: Parameters, frame: np.ndarray, states: list[np.ndarray], relufied: bool = False
) -> tuple[np.ndarray, list[np.ndarray]]:
    """One frame through the network: the output frame and the new states ([2, P] each).

    `relufied` puts a ReLU at the four sites of the sparse network: after the encoder, on the state
    before C (both parts pass where the real one is positive), in place of GELU, and after the
    residual sum. The state that is carried on is not rectified.
    """
    x = folded["encoder.weight"] @ frame + folded["encoder.bias"]
    if relufied:
        x = relu(x)
    new_states = []
    for layer, (re, im) in enumerate(states):
        array = {name: folded[f"layers.{layer}.{name}"]
                 for name in ("A", "B", "B.bias", "C", "C.bias", "D", "gate.weight", "gate.bias")}
        a_re, a_im = array["A"]
        driven = (array["B"] @ x + array["B.bias"]).reshape(2, -1)
        state = np.stack([a_re * re - a_im * im, a_re * im + a_im * re]) + driven
        new_states.append(state)
        visible = state * (state[0] > 0) if relufied else state
        y = array["C"] @ visible.reshape(-1) + array["C.bias"] + array["D"] * x
        y = relu(y) if relufied else gelu(y)
        x = x + y * sigmoid(array["gate.weight"] @ y + array["gate.bias"])
        if relufied:
            x = relu(x)
    return folded["decoder.weight"] @ x + folded["decoder.bias"], new_states
