"""Sparrow: recurrent networks whose cost follows their non-zeros.

>>> import sparrow
>>> clean = sparrow.Denoiser()(noisy, sample_rate=48_000)

`Denoiser` and `Spotter` take NumPy arrays and files; `Stream` runs any network a frame at a time,
and a `Group` many side by side;
`Network` reads and writes model files; `sparrow.importers` bring networks from PyTorch, ONNX and
Keras. Everything that goes wrong raises an `Error` with the reason.
"""

from . import importers, layers
from ._command import cost, inspect, pack, quantize
from ._denoiser import Denoiser, DenoiserStream
from ._errors import Error
from ._group import Group
from ._model import Model
from ._network import Network
from ._spotter import Detection, Spotter
from ._stream import Stream
from ._version import version as __version__

__all__ = [
    "Denoiser",
    "DenoiserStream",
    "Detection",
    "Error",
    "Group",
    "Model",
    "Network",
    "Spotter",
    "Stream",
    "__version__",
    "cost",
    "importers",
    "inspect",
    "layers",
    "pack",
    "quantize",
]
