"""Networks of numbers, against a reference in NumPy."""

import copy
import pickle

import numpy as np
import pytest
import sparrow
from sparrow import layers


def pickled(value):
    return pickle.loads(pickle.dumps(value))


def lstm_network(inputs=5, units=7, outputs=3):
    """An LSTM and a dense layer with random weights."""
    numbers = np.random.default_rng(4)
    description = [layers.lstm(units), layers.dense(outputs)]
    shapes = layers.parameter_shapes(description, inputs)
    parameters = {name: 0.5 * numbers.standard_normal(shape) for name, shape in shapes.items()}
    return sparrow.Network(inputs, description, parameters)


def reference(network, frames):
    """The same in double precision, step by step."""
    p = {name: values.astype(np.float64) for name, values in network.parameters.items()}
    sigmoid = lambda v: 1 / (1 + np.exp(-v))  # noqa: E731
    units = network.layers[0]["units"]
    h, c = np.zeros(units), np.zeros(units)
    results = []
    for frame in frames:
        gates = (
            p["layers.0.inputWeight"] @ frame
            + p["layers.0.inputBias"]
            + p["layers.0.recurrentWeight"] @ h
            + p["layers.0.recurrentBias"]
        )
        i, f, g, o = np.split(gates, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        results.append(p["layers.1.weight"] @ h + p["layers.1.bias"])
    return np.array(results)


@pytest.fixture(scope="module")
def model(command):
    return sparrow.Model(lstm_network().pack())


def test_computes_the_network(model):
    frames = np.random.default_rng(5).standard_normal((200, 5)).astype(np.float32)
    stream = sparrow.Stream(model)
    result = stream.run(frames)
    np.testing.assert_allclose(result, reference(lstm_network(), frames), atol=1e-5)
    stream.reset()
    np.testing.assert_array_equal(np.stack([stream.step(frame) for frame in frames]), result)
    assert stream.run(np.zeros((0, 5))).shape == (0, 3)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickled])
def test_copies_go_on_from_the_same_state(model, duplicate):
    frames = np.random.default_rng(6).standard_normal((40, 5))
    stream = sparrow.Stream(model)
    stream.run(frames[:20])
    other = duplicate(stream)
    assert other.state == stream.state
    np.testing.assert_array_equal(other.run(frames[20:]), stream.run(frames[20:]))


def test_strides_order_and_types_make_no_difference(model):
    frames = np.random.default_rng(7).integers(-3, 4, (30, 5))
    expected = sparrow.Stream(model).run(frames.astype(np.float32))
    wide = np.zeros((60, 10))
    wide[::2, ::2] = frames
    for other in (
        frames,
        frames.astype(">f8"),
        wide[::2, ::2],
        np.asfortranarray(frames),
        frames.tolist(),
    ):
        np.testing.assert_array_equal(sparrow.Stream(model).run(other), expected)
        stream = sparrow.Stream(model)
        np.testing.assert_array_equal(np.stack([stream.step(f) for f in other]), expected)


def test_refuses_frames(model):
    stream = sparrow.Stream(model)
    stream.run(np.ones((3, 5)))
    before = stream.state
    bad = np.zeros(5, np.float32)
    bad[3] = np.nan
    for frame in (
        bad,
        np.zeros(4),
        np.zeros((1, 5)),
        np.zeros(5, complex),
        None,
        "x",
        [[1], [1, 2]],
        np.full(5, 1e300),
    ):
        with pytest.raises(sparrow.Error):
            stream.step(frame)
    for frames in (
        bad[np.newaxis],
        np.zeros((3, 4)),
        np.zeros(5),
        np.full((2, 5), np.inf),
        None,
        {},
    ):
        with pytest.raises(sparrow.Error):
            stream.run(frames)
    assert stream.state == before
    large = np.full(5, 3e38, np.float32)
    assert np.isfinite(stream.step(large)).all()


def test_refuses_states_and_plans(model):
    stream = sparrow.Stream(model)
    for state in (b"", stream.state[:-1], bytes(len(stream.state)), None):
        with pytest.raises(sparrow.Error):
            stream.state = state
    for plan in (
        b"",
        b"SPARROWP",
        bytes(1000),
        model.plan[:-1],
        model.plan[: len(model.plan) // 2],
        3,
        None,
    ):
        with pytest.raises(sparrow.Error):
            sparrow.Stream(plan)
    with pytest.raises(sparrow.Error, match="cannot be read"):
        sparrow.Stream("no such file")
    with pytest.raises(sparrow.Error):
        sparrow.Model.builtin("poet")


def test_every_damaged_header_is_refused_or_runs(model):
    """Bytes of a plan's records, changed one at a time: an error or numbers, never the end."""
    plan = bytearray(model.plan)
    refused = 0
    for place in range(0, min(len(plan), 1024)):
        damaged = bytearray(plan)
        damaged[place] ^= 0xFF
        try:
            stream = sparrow.Stream(bytes(damaged))
        except sparrow.Error:
            refused += 1
            continue
        stream.run(np.ones((2, stream.input_width), np.float32))
    assert refused > 20


def test_models_of_files_and_networks(models, command, tmp_path):
    network = lstm_network()
    network.save(tmp_path / "network.safetensors")
    (tmp_path / "network.plan").write_bytes(network.pack())
    frames = np.ones((5, 5))
    expected = sparrow.Stream(network).run(frames)
    for name in ("network.safetensors", "network.plan"):
        np.testing.assert_array_equal(sparrow.Stream(tmp_path / name).run(frames), expected)
    spotter = sparrow.Model.load(models / "keywords.safetensors")
    assert (spotter.kind, spotter.sample_rate) == ("spotter", 16_000)
    assert spotter.fingerprint == sparrow.Model.builtin("keywords").fingerprint
    assert pickled(spotter).plan == spotter.plan
