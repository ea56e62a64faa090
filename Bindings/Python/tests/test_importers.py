"""State dicts that PyTorch wrote, without PyTorch; and the importers' command."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import sparrow
from sparrow import _safetensors, importers

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
ORDER = [
    {"name": "conv", "causal": True, "dilation": 2},
    {"name": "bn", "epsilon": 1e-3},
    "relu",
    "lstm",
    {"residual": ["gru"]},
    {"name": "norm", "kind": "layer"},
    "head",
    "sigmoid",
]


@pytest.fixture(scope="module")
def stored():
    """A state dict, inputs, and PyTorch's outputs."""
    arrays = dict(np.load(FIXTURES / "torch.npz"))
    inputs, outputs = arrays.pop("inputs"), arrays.pop("outputs")
    return {name.removeprefix("state."): array for name, array in arrays.items()}, inputs, outputs


def test_a_state_dict(command, stored):
    state, inputs, outputs = stored
    assert importers.check(importers.torch(state, layers=ORDER), inputs, outputs) < 1e-5


def test_every_tensor_counts(command, stored):
    """No tensor may change without a change of what comes out."""
    state, inputs, outputs = stored
    for name in state:
        if name.endswith("num_batches_tracked"):
            continue
        other = {**state, name: state[name] + 0.3}
        assert importers.check(importers.torch(other, layers=ORDER), inputs, outputs) > 1e-4, name


def test_every_tensor_is_used_or_refused(stored):
    state, _, _ = stored
    for stranger in ("extra.weight", "head.scale", "lstm.weight_ih_l0_reverse", "gru.weight_hr_l0"):
        with pytest.raises(sparrow.Error, match=stranger.split(".")[1]):
            importers.torch({**state, stranger: np.zeros((3, 4))}, layers=ORDER)
    for name in ("lstm.weight_hh_l1", "bn.running_var", "head.weight", "conv.weight"):
        with pytest.raises(sparrow.Error):
            importers.torch({key: state[key] for key in state if key != name}, layers=ORDER)
    for name in ("gru.weight_hh_l0", "head.bias", "norm.weight"):
        broken = {**state, name: state[name] * np.nan}
        with pytest.raises(sparrow.Error, match="finite"):
            importers.torch(broken, layers=ORDER)


def test_refuses_other_things(tmp_path):
    for source in (None, 3, [], {3: np.zeros(3)}, {"w": "text"}, {"w": np.zeros(3, complex)}, {}):
        with pytest.raises(sparrow.Error):
            importers.torch(source)
    (tmp_path / "text").write_text("text")
    for path in (tmp_path, tmp_path / "none", tmp_path / "text"):
        with pytest.raises(sparrow.Error):
            importers.torch(path)


def test_the_command(command, stored, tmp_path):
    state, inputs, outputs = stored
    (tmp_path / "state.safetensors").write_bytes(_safetensors.encode(state, {}))
    np.save(tmp_path / "in.npy", inputs)
    np.save(tmp_path / "out.npy", outputs)
    arguments = [sys.executable, "-m", "sparrow.importers", tmp_path / "state.safetensors"]
    arguments += ["-o", tmp_path / "model.safetensors", "--layers", json.dumps(ORDER)]
    arguments += ["--check", tmp_path / "in.npy", tmp_path / "out.npy"]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "lstm" in done.stdout and "largest error" in done.stdout
    network = sparrow.Network.load(tmp_path / "model.safetensors")
    assert network.to_bytes() == importers.torch(state, layers=ORDER).to_bytes()
    done = subprocess.run(arguments[:6] + ["--layers", "conv"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("Error: ")
