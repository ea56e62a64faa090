"""Layers for PyTorch that compute what Sparrow's own trainer does, and come home as model files.

>>> from sparrow import torch as st
>>> module = st.Sequence(st.S5(40, states=32), st.Activation(40, "gelu"), st.Dense(40, 12))
>>> y = module(x)                                  # (steps, batch, 40) to (steps, batch, 12)
>>> st.export(module, "network.safetensors")

Needs torch. `python -m sparrow.torch.denoiser` and `python -m sparrow.torch.language` train by
recipes.
"""

try:
    import torch as _torch  # noqa: F401
except ImportError as _error:
    raise ImportError("sparrow.torch needs PyTorch: pip install torch") from _error

from ._build import RecurrentDropout, assign, build, export, load, make_layer, named_parameters
from ._cells import EGRU, GRU, LSTM, RNN
from ._compression import Compression, Pruning, WeightQuantization
from ._layer import Activation, Dense, Dropout, Gate, Layer, Residual, Sequence
from ._normalization import Convolution, LayerNormalization, Normalization
from ._optimizer import Optimization, Optimizer
from ._quantization import CellRounding, FakeQuantization, rounded_weights
from ._s5 import S5
from ._scan import scan

__all__ = [
    "EGRU",
    "GRU",
    "LSTM",
    "RNN",
    "S5",
    "Activation",
    "CellRounding",
    "Compression",
    "Convolution",
    "Dense",
    "Dropout",
    "FakeQuantization",
    "Gate",
    "Layer",
    "LayerNormalization",
    "Normalization",
    "Optimization",
    "Optimizer",
    "Pruning",
    "RecurrentDropout",
    "Residual",
    "Sequence",
    "WeightQuantization",
    "assign",
    "build",
    "export",
    "load",
    "make_layer",
    "named_parameters",
    "rounded_weights",
    "scan",
]
