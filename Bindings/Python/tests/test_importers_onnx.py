"""ONNX files, against onnxruntime's outputs."""

import pathlib

import numpy as np
import pytest
import sparrow
from onnx_writer import model, node
from sparrow import importers

STORED = np.load(pathlib.Path(__file__).parent / "fixtures/onnx.npz")
NAMES = sorted({name.rpartition("/")[0] for name in STORED.files})


@pytest.mark.parametrize("name", NAMES)
def test_gives_what_onnxruntime_gives(command, name):
    data, inputs, outputs = (STORED[f"{name}/{part}"] for part in ("model", "inputs", "outputs"))
    network = importers.onnx(data.tobytes())
    assert importers.check(network, inputs, outputs) < 1e-5


NUMBERS = np.random.default_rng(15)
WEIGHTS = {
    "W": NUMBERS.standard_normal((1, 16, 4)),
    "R": NUMBERS.standard_normal((1, 16, 4)),
    "B": NUMBERS.standard_normal((1, 32)),
    "K": NUMBERS.standard_normal((4, 4)),
    "k": NUMBERS.standard_normal(4),
    "C": NUMBERS.standard_normal((4, 4, 3)),
    "pads": np.array([0, 0, 2, 0, 0, 0]),
    "both": np.array([0, 0, 1, 0, 0, 1]),
    "one": np.array([1]),
    "zero": np.array([0]),
    "half": np.array(0.5),
    "H": np.zeros((1, 1, 4)),
    "P": NUMBERS.standard_normal((1, 12)),
    "sizes": np.array([-1]),
}


def graph(*nodes, inputs=None, outputs=("y",)):
    """A file with the constants that its operators name."""
    inputs = inputs or {"x": ("T", 1, 4)}
    text = b" ".join(nodes)
    constants = {
        name: array
        for name, array in WEIGHTS.items()
        if b"\x0a" + bytes([len(name)]) + name.encode() in text
    }
    return model(nodes, inputs, outputs, constants)


LSTM = node("LSTM", "x W R B", "a", hidden_size=4)


def test_follows_axes(command):
    """The same network with its axes in other places."""
    plain = graph(LSTM, node("Squeeze", "a one", "b"), node("MatMul", "b K", "y"))
    other = graph(
        node("Transpose", "x", "t", perm=[1, 0, 2]),
        node("LSTM", "t W R B", "a", hidden_size=4),
        node("Transpose", "a", "b", perm=[0, 2, 1, 3]),
        node("Squeeze", "b", "c", axes=[2]),
        node("Transpose", "c", "d", perm=[1, 2, 0]),
        node("Transpose", "d", "e", perm=[0, 2, 1]),
        node("MatMul", "e K", "f"),
        node("Unsqueeze", "f zero", "y"),
        inputs={"x": (1, "T", 4)},
    )
    assert importers.onnx(plain).to_bytes() == importers.onnx(other).to_bytes()


def test_states_come_in_and_go_out():
    data = graph(
        node("Slice", "s zero one zero", "h"),
        node("LSTM", "x W R B - h H", "a h1 c1", hidden_size=4),
        node("Squeeze", "a one", "y"),
        node("Concat", "h1 c1", "s1", axis=0),
        inputs={"x": ("T", 1, 4), "s": (2, 1, 4)},
        outputs=("y", "s1"),
    )
    assert [layer["kind"] for layer in importers.onnx(data).layers] == ["lstm"]


def test_biases_and_factors(command):
    data = graph(
        node("Mul", "x half", "a"),
        node("Sub", "a k", "b"),
        node("MatMul", "b K", "c"),
        node("Add", "k c", "d"),
        node("Div", "d k", "y"),
    )
    x = NUMBERS.standard_normal((20, 4)).astype(np.float32)
    expected = ((x * 0.5 - WEIGHTS["k"]) @ WEIGHTS["K"] + WEIGHTS["k"]) / WEIGHTS["k"]
    network = importers.onnx(data)
    assert importers.check(network, x, expected) < 1e-5 * max(1, np.abs(expected).max())


SQUEEZE = node("Squeeze", "a one", "y")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (graph(node("LSTM", "x W R B", "a", direction="reverse"), SQUEEZE), "future"),
        (graph(node("LSTM", "x W R B", "a", clip=3.0), SQUEEZE), "clips"),
        (graph(node("LSTM", "x W R B", "a", input_forget=1), SQUEEZE), "couples"),
        (graph(node("LSTM", "x W R B", "a", activations=["Relu"] * 3), SQUEEZE), "functions"),
        (graph(node("LSTM", "x W R B - - - P", "a"), SQUEEZE), "peepholes"),
        (graph(node("LSTM", "x W R B one", "a"), SQUEEZE), "lengths"),
        (graph(node("LSTM", "x W R B - W", "a"), SQUEEZE), "neither zero nor an input"),
        (graph(node("LSTM", "x W R B", "a y", hidden_size=4), outputs=("a", "k")), "no state"),
        (graph(node("Softmax", "x", "y")), "Softmax"),
        (graph(node("MatMul", "x x", "y")), "no constant"),
        (graph(node("Add", "x x", "y")), "x \\+ f"),
        (graph(node("Mul", "x x", "y")), "product"),
        (graph(node("Reshape", "x sizes", "y")), "more than axes of size 1"),
        (graph(LSTM, node("Gather", "a zero", "y")), "not the last frame"),
        (graph(node("Gelu", "x", "y")), "approximate_gelu"),
        (graph(node("Conv", "x C", "y"), inputs={"x": (1, 4, "T")}), "padded by 0"),
        (graph(node("Conv", "x C", "y", pads=[1, 1]), inputs={"x": (1, 4, "T")}), "future"),
        (graph(node("Pad", "x both", "y"), inputs={"x": (1, 4, "T")}), "before the first"),
        (graph(node("MatMul", "x K", "b"), LSTM, SQUEEZE), "K of shape"),
        (graph(LSTM, node("Transpose", "a", "b"), node("MatMul", "b K", "y")), "another axis"),
        (graph(node("Identity", "k", "y")), "does not depend"),
        (graph(outputs=()), "none"),
        (b"", "no graph"),
        (b"text", "damaged|no graph"),
        (graph(LSTM, SQUEEZE)[:200], "damaged"),
    ],
)
def test_refuses(data, reason):
    with pytest.raises(sparrow.Error, match=reason):
        importers.onnx(data)


def test_ends_well_on_any_damage():
    data = bytearray(graph(LSTM, SQUEEZE))
    numbers = np.random.default_rng(16)
    for place in numbers.integers(0, len(data), 500):
        damaged = bytearray(data)
        damaged[place] ^= int(numbers.integers(1, 256))
        try:
            importers.onnx(bytes(damaged))
        except sparrow.Error:
            continue
