"""Networks of other tools.

>>> network = sparrow.importers.torch(module, layers=["lstm", "relu", "head"])
>>> network.save("model.safetensors")

Each function gives a `sparrow.Network`. Every tensor is used or the import is refused, with the
tensor's name and why; what a file doesn't hold is asked for and never guessed.
"""

from ._check import check
from ._jax import jax
from ._keras import keras
from ._onnx import onnx
from ._torch import torch

__all__ = ["check", "jax", "keras", "onnx", "torch"]
