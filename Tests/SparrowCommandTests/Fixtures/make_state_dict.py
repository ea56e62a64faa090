#!/usr/bin/env python3
"""Makes the state dict that `sparrow import` is tested with, and PyTorch's outputs for it.

Needs torch, numpy and safetensors.
"""

import pathlib

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

FOLDER = pathlib.Path(__file__).parent


class Network(nn.Module):
    """A module of every kind that is known, whose order only `forward` tells."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(7)
        self.ln = nn.LayerNorm(7)
        self.lstm = nn.LSTM(7, 12, 2, batch_first=True)
        self.gru = nn.GRUCell(12, 9)
        self.rnn = nn.RNN(9, 8, batch_first=True)
        self.head = nn.Linear(8, 3, bias=False)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        x = self.norm(frames.transpose(1, 2)).transpose(1, 2)
        x, _ = self.lstm(self.ln(x))
        state = torch.zeros(len(x), 9)
        states = []
        for step in range(x.shape[1]):
            state = self.gru(x[:, step], state)
            states.append(state)
        x, _ = self.rnn(torch.relu(torch.stack(states, 1)))
        return torch.sigmoid(self.head(x))


torch.manual_seed(0)
network = Network()
network.train()
network(torch.randn(4, 50, 7) * 2 + 1)
network.eval()
inputs = torch.randn(2, 40, 7)
with torch.no_grad():
    outputs = network(inputs)
save_file(network.state_dict(), FOLDER / "state-dict.safetensors")
np.save(FOLDER / "inputs.npy", inputs.numpy())
np.save(FOLDER / "outputs.npy", outputs.numpy())
