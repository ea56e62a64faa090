"""Keras models and files, against Keras's own outputs."""

import os

import numpy as np
import pytest
import sparrow
from sparrow import importers

os.environ.setdefault("KERAS_BACKEND", "torch")
pytest.importorskip("torch")
keras = pytest.importorskip("keras")
L = keras.layers


def randomized(model):
    numbers = np.random.default_rng(13)
    for layer in model.layers:
        weights = [0.4 * numbers.standard_normal(w.shape) for w in layer.get_weights()]
        if isinstance(layer, L.BatchNormalization):
            weights[-1] = np.abs(weights[-1]) + 0.1
        layer.set_weights(weights)
    return model


def compare(model, tmp_path):
    """Imports the model and its file, and gives the larger error of both."""
    inputs = np.random.default_rng(14).standard_normal((1, 40, 5)).astype(np.float32)
    outputs = np.asarray(model(inputs).detach())
    model.save(tmp_path / "model.keras")
    networks = [importers.keras(source) for source in (model, tmp_path / "model.keras")]
    return max(importers.check(network, inputs, outputs) for network in networks)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    "cell",
    [
        lambda **o: L.LSTM(4, **o),
        lambda **o: L.GRU(4, **o),
        lambda **o: L.GRU(4, reset_after=False, **o),
        lambda **o: L.SimpleRNN(4, **o),
        lambda **o: L.SimpleRNN(4, activation="relu", **o),
    ],
)
def test_cells(command, tmp_path, cell, bias):
    first, second = (cell(return_sequences=True, use_bias=bias) for _ in range(2))
    model = keras.Sequential([L.Input((None, 5)), first, L.Dropout(0.5), second])
    assert compare(randomized(model), tmp_path) < 1e-5


def test_a_sequence_of_everything(command, tmp_path):
    layers = [
        L.Input((None, 5)),
        L.Conv1D(6, 3, padding="causal", dilation_rate=2, activation="relu"),
        L.BatchNormalization(),
        L.BatchNormalization(center=False, scale=False, epsilon=1e-6),
        L.Conv1D(6, 1, use_bias=False),
        L.LayerNormalization(),
        L.LayerNormalization(center=False),
        L.TimeDistributed(L.Dense(4, activation="swish")),
        L.LSTM(4),
        L.Dense(4, activation="tanh"),
        L.ReLU(),
        L.Dense(2),
        L.Activation("sigmoid"),
    ]
    assert compare(randomized(keras.Sequential(layers)), tmp_path) < 1e-5


def test_sums(command, tmp_path):
    inputs = keras.Input((None, 5))
    inner = L.Dense(5)(L.GRU(7, return_sequences=True)(inputs))
    outputs = L.Dense(2)(L.Add()([inputs, inner]))
    assert compare(randomized(keras.Model(inputs, outputs)), tmp_path) < 1e-5
    wrong = L.Add()([L.Dense(5)(inputs), L.Dense(5)(inputs)])
    with pytest.raises(sparrow.Error, match="x \\+ f"):
        importers.keras(keras.Model(inputs, wrong))


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (lambda: L.Bidirectional(L.LSTM(3)), "Bidirectional"),
        (lambda: L.LSTM(3, go_backwards=True), "backwards"),
        (lambda: L.LSTM(3, recurrent_activation="hard_sigmoid"), "functions"),
        (lambda: L.GRU(3, activation="relu"), "functions"),
        (lambda: L.Conv1D(3, 2), "causal"),
        (lambda: L.Conv1D(3, 2, padding="same"), "causal"),
        (lambda: L.Dense(3, activation="softmax"), "softmax"),
        (lambda: L.Dense(3, activation="gelu"), "approximate_gelu"),
        (lambda: L.ReLU(max_value=6), "bound"),
        (lambda: L.BatchNormalization(axis=1), "axis"),
        (lambda: L.MaxPooling1D(), "MaxPooling1D"),
    ],
)
def test_refuses_layers(layer, reason):
    model = keras.Sequential([L.Input((8, 5)), layer()])
    with pytest.raises(sparrow.Error, match=reason):
        importers.keras(model)


def test_refuses_frames_after_the_last():
    model = keras.Sequential([L.Input((None, 5)), L.LSTM(4), L.Reshape((1, 4)), L.LSTM(3)])
    with pytest.raises(sparrow.Error):
        importers.keras(model)


def test_refuses_files(tmp_path):
    (tmp_path / "a.keras").write_bytes(b"text")
    (tmp_path / "b.keras").write_bytes(b"\x89HDF")
    for path in (tmp_path / "a.keras", tmp_path / "b.keras", tmp_path / "c.keras"):
        with pytest.raises(sparrow.Error):
            importers.keras(path)
    with pytest.raises(sparrow.Error, match="expected a Keras model"):
        importers.keras(3)
