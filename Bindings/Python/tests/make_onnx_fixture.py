#!/usr/bin/env python3
"""Writes fixtures/onnx.npz: ONNX models as torch.onnx and onnx.helper write them, with inputs and
onnxruntime's outputs. Needs torch, onnx, onnxscript and onnxruntime."""

import io
import pathlib

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

FIXTURES = pathlib.Path(__file__).parent / "fixtures"


class Enhancer(nn.Module):
    """Normalisation, product, cells in a residual, gate."""

    def __init__(self, cell, batch_first=True):
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.encoder = nn.Linear(8, 6)
        self.rnn = cell(6, 6, 2, batch_first=batch_first)
        self.gate = nn.Linear(6, 6)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        x = torch.relu(self.encoder(self.norm(x)))
        x = x + self.rnn(x)[0]
        x = x * torch.sigmoid(self.gate(x))
        return torch.sigmoid(self.head(nn.functional.silu(x)))


class Streaming(nn.Module):
    """A causal convolution, and states that come in and go out."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(8, 6, 3, dilation=2)
        self.norm = nn.BatchNorm1d(6)
        self.lstm = nn.LSTM(6, 5, batch_first=True)
        self.head = nn.Linear(5, 2)
        self.norm.running_mean.normal_()
        self.norm.running_var.uniform_(0.5, 2)

    def forward(self, x, h, c):
        y = nn.functional.pad(x.transpose(1, 2), (4, 0))
        y = torch.relu(self.norm(self.conv(y))).transpose(1, 2)
        y, (h, c) = self.lstm(y, (h, c))
        return torch.tanh(self.head(y)), h, c


class Last(nn.Module):
    """The answer to the last frame alone."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 5, batch_first=True)
        self.head = nn.Linear(5, 2)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


def exported(module, arguments, opset, dynamo):
    if dynamo:
        program = torch.onnx.export(
            module, arguments, dynamo=True, opset_version=opset, verbose=False
        )
        return program.model_proto.SerializeToString()
    file = io.BytesIO()
    torch.onnx.export(module, arguments, file, dynamo=False, opset_version=opset)
    return file.getvalue()


def cell(kind, gates, **attributes):
    """A graph of one cell: frames [T, 1, 4] to Y_h squeezed over the directions."""
    numbers = np.random.default_rng(1)
    shapes = {"W": (1, gates * 5, 4), "R": (1, gates * 5, 5), "B": (1, 2 * gates * 5)}
    weights = [
        numpy_helper.from_array(0.5 * numbers.standard_normal(shape).astype(np.float32), name)
        for name, shape in shapes.items()
    ]
    axes = numpy_helper.from_array(np.array([1]), "axes")
    graph = helper.make_graph(
        [
            helper.make_node(kind, ["x", "W", "R", "B"], ["y"], hidden_size=5, **attributes),
            helper.make_node("Squeeze", ["y", "axes"], ["z"]),
        ],
        "cell",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["T", 1, 4])],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["T", 1, 5])],
        [*weights, axes],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def main():
    torch.manual_seed(2)
    x = torch.randn(1, 30, 8)
    state = torch.zeros(1, 1, 5)
    modules = {
        "lstm": (Enhancer(nn.LSTM), (x,)),
        "gru": (Enhancer(nn.GRU, batch_first=False), (x.transpose(0, 1).contiguous(),)),
        "rnn": (Enhancer(nn.RNN), (x,)),
        "streaming": (Streaming(), (x, state, state)),
        "last": (Last(), (x,)),
    }
    models = {}
    for name, (module, arguments) in modules.items():
        for opset, dynamo in ((13, False), (17, False), (20, True)):
            if name == "rnn" and dynamo:
                continue  # Unrolled by that exporter.
            data = exported(module.eval(), arguments, opset, dynamo)
            models[f"{name} {opset}"] = (data, [one.numpy() for one in arguments])
    frames = [np.random.default_rng(3).standard_normal((30, 1, 4)).astype(np.float32)]
    models["cell lstm"] = cell("LSTM", 4), frames
    models["cell gru, reset first"] = cell("GRU", 3), frames
    models["cell gru"] = cell("GRU", 3, linear_before_reset=1), frames
    models["cell rnn"] = cell("RNN", 1, activations=["Relu"]), frames
    arrays = {}
    for name, (data, inputs) in models.items():
        session = onnxruntime.InferenceSession(data)
        names = [one.name for one in session.get_inputs()]
        (outputs, *_) = session.run(None, dict(zip(names, inputs, strict=True)))
        arrays[f"{name}/model"] = np.frombuffer(data, np.uint8)
        # One sequence: (frames, width).
        arrays[f"{name}/inputs"] = inputs[0].reshape(30, -1)
        arrays[f"{name}/outputs"] = outputs.reshape(-1, outputs.shape[-1])
    np.savez_compressed(FIXTURES / "onnx.npz", **arrays)


if __name__ == "__main__":
    main()
