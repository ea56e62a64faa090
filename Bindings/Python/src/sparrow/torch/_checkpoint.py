"""States of layers in checkpoints: their structure as JSON, and their tensors in order."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .._errors import Error
from ._layer import State


def split_state(state: State) -> tuple[Any, list[Tensor]]:
    """The structure of a state, and its tensors, complex ones as pairs of real numbers."""
    if state is None:
        return "none", []
    if isinstance(state, int):
        return state, []
    if isinstance(state, Tensor):
        if state.is_complex():
            return "complex", [torch.view_as_real(state.resolve_conj())]
        return "real", [state]
    parts = [split_state(part) for part in state]
    return [structure for structure, _ in parts], [v for _, vectors in parts for v in vectors]


def join_state(structure: Any, vectors: list[Tensor]) -> State:
    """The state that `split_state` was given; takes its tensors off the list."""
    if structure == "none":
        return None
    if isinstance(structure, int):
        return structure
    if isinstance(structure, list):
        return tuple(join_state(part, vectors) for part in structure)
    if structure not in ("real", "complex") or not vectors:
        raise Error("a checkpoint whose state makes no sense")
    vector = vectors.pop(0)
    return torch.view_as_complex(vector.contiguous()) if structure == "complex" else vector
