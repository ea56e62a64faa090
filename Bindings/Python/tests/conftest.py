"""Fixtures: sound like speech, and the command, where it is built."""

import os
import pathlib
import shutil

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def noisy() -> np.ndarray:
    """Three seconds at 16 kHz: a voice-like tone that comes and goes, in noise."""
    numbers = np.random.default_rng(1)
    n = np.arange(48_000)
    voice = 0.2 * np.sin(n * 0.05 * (1 + 0.1 * np.sin(n * 3e-4)))
    noise = 0.02 * numbers.standard_normal(n.size)
    return (voice * np.maximum(0, np.sin(n * 1e-3)) + noise).astype(np.float32)


@pytest.fixture(scope="session")
def command() -> str:
    """The path of the command `sparrow`."""
    found = shutil.which(os.environ.get("SPARROW", "sparrow"))
    if found is None:
        pytest.skip("needs the command sparrow: set SPARROW")
    return found


@pytest.fixture(scope="session")
def models() -> pathlib.Path:
    """The folder of model files."""
    return ROOT / "Models"


@pytest.fixture(scope="session")
def fixed_point() -> pathlib.Path:
    """A small network in fixed point."""
    return ROOT / "Tests/SparrowTests/Fixtures/fixed_point.safetensors"
