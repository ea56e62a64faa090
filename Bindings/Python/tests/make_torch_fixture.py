#!/usr/bin/env python3
"""Writes fixtures/torch.npz: a state dict of PyTorch's with inputs and PyTorch's outputs, so that
tests without PyTorch compare with it. Needs torch."""

import pathlib

import numpy as np
import torch
from torch import nn

torch.manual_seed(1)
layers = nn.ModuleDict(
    {
        "conv": nn.Conv1d(5, 6, 3, dilation=2),
        "bn": nn.BatchNorm1d(6, eps=1e-3),
        "lstm": nn.LSTM(6, 4, 2, batch_first=True),
        "gru": nn.GRU(4, 4, batch_first=True, bias=False),
        "norm": nn.LayerNorm(4),
        "head": nn.Linear(4, 3),
    }
).eval()
with torch.no_grad():
    layers["bn"].running_mean.normal_()
    layers["bn"].running_var.uniform_(0.5, 2)
    for name in ("bn", "norm"):
        layers[name].weight.uniform_(0.5, 2)
        layers[name].bias.normal_()
    inputs = torch.randn(1, 40, 5)
    x = nn.functional.pad(inputs.transpose(1, 2), (4, 0))
    x = torch.relu(layers["bn"](layers["conv"](x))).transpose(1, 2)
    x = layers["lstm"](x)[0]
    x = x + layers["gru"](x)[0]
    outputs = torch.sigmoid(layers["head"](layers["norm"](x)))
state = {f"state.{name}": tensor.numpy() for name, tensor in layers.state_dict().items()}
path = pathlib.Path(__file__).parent / "fixtures/torch.npz"
path.parent.mkdir(exist_ok=True)
np.savez_compressed(path, inputs=inputs[0].numpy(), outputs=outputs[0].numpy(), **state)
