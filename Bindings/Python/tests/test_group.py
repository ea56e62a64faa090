"""Groups: each of many gives what it gives alone."""

import numpy as np
import pytest
import sparrow
from test_stream import lstm_network


def sounds(count, samples):
    numbers = np.random.default_rng(2)
    n = np.arange(samples)
    tones = [0.2 * np.sin(n * 0.01 * (k + 1)) for k in range(count)]
    return (np.stack(tones) + 0.05 * numbers.standard_normal((count, samples))).astype(np.float32)


def test_denoisers_give_what_they_give_alone():
    model = sparrow.Model.builtin("denoiser")
    hop = model.hop
    sound = sounds(20, 60 * hop)
    group = sparrow.Group(model, 20)
    indices = [group.add() for _ in range(20)]
    assert indices == list(range(20)) and group.capacity == 20
    clean = np.concatenate(
        [group.step(indices, sound[:, at : at + hop]) for at in range(0, 60 * hop, hop)], 1
    )
    for row, alone in zip(clean, sound, strict=True):
        stream = sparrow.Denoiser(model).stream(block_size=hop)
        expected = stream.process(alone)
        late = stream.latency - (512 - hop)
        assert np.array_equal(row[512 - hop : len(row) - late], expected[stream.latency :])
    with pytest.raises(sparrow.Error, match="no room"):
        group.add()


def test_one_moves_and_one_begins_anew():
    model = sparrow.Model.builtin("denoiser")
    hop = model.hop
    sound = sounds(3, 40 * hop).reshape(3, 40, hop)
    first, second = sparrow.Group(model, 3), sparrow.Group(model, 3)
    a, b, c = (first.add() for _ in range(3))
    alone = sparrow.Group(model, 1)
    alone.add()
    expected = [alone.step([0], sound[:1, step]) for step in range(40)]
    for step in range(20):
        found = first.step([b, a, c], sound[[1, 0, 2], step])
        assert np.array_equal(found[1], expected[step][0])
    moved = second.add()
    second.set_state(moved, first.state(a))
    first.remove(a)
    first.reset(b)
    for step in range(20, 40):
        assert np.array_equal(second.step([moved], sound[:1, step]), expected[step])
        assert np.array_equal(first.step([b], sound[:1, step - 20]), expected[step - 20])
    second.set_denoising(moved, mix=0)
    with pytest.raises(sparrow.Error, match="out of its range"):
        first.step([a], sound[:1, 0])
    with pytest.raises(sparrow.Error, match="no state"):
        second.set_state(moved, b"no state" * 9)


def test_spotters_hear_what_they_hear_alone():
    model = sparrow.Model.builtin("keywords")
    sound = sounds(17, 200 * model.hop)
    group = sparrow.Group(model, 17)
    indices = [group.add() for _ in range(17)]
    heard = [[] for _ in indices]
    for index in indices:
        group.set_threshold(index, 0.001)
    for at in range(0, sound.shape[1], model.hop):
        for words, word in zip(
            heard, group.spot(indices, sound[:, at : at + model.hop]), strict=True
        ):
            words += [word] if word else []
    assert sum(map(len, heard)) > 0
    for words, alone in zip(heard, sound, strict=True):
        expected = sparrow.Spotter(model, threshold=0.001).process(alone)
        assert words == [(one.word, pytest.approx(one.confidence)) for one in expected]
    with pytest.raises(sparrow.Error, match="another task"):
        group.step(indices, sound[:, : model.hop])


def test_networks_of_frames(command):
    network = lstm_network()
    plan = network.pack()
    group = sparrow.Group(plan, 5)
    streams = [sparrow.Stream(plan) for _ in range(5)]
    indices = [group.add() for _ in range(5)]
    frames = np.random.default_rng(1).standard_normal((9, 5, 5)).astype(np.float32)
    for frame in frames:
        found = group.step(np.array(indices[::-1]), frame)
        for row, stream, values in zip(found, streams[::-1], frame, strict=True):
            assert np.array_equal(row, stream.step(values))
    streams[0].state = group.state(indices[2])
    with pytest.raises(sparrow.Error, match="not a number"):
        group.step([0], np.full((1, 5), np.nan))


@pytest.mark.parametrize(
    "indices, shape, why",
    [
        ([0, 0], (2, 128), "out of its range"),
        ([0, 9], (2, 128), "0 to 1"),
        ([-1], (1, 128), "0 to 1"),
        ([0.5], (1, 128), "whole numbers"),
        ([[0]], (1, 128), "whole numbers"),
        ([0], (1, 127), "expected \\(1, 128\\)"),
        ([0, 1], (1, 128), "expected \\(2, 128\\)"),
    ],
)
def test_nonsense_is_refused(indices, shape, why):
    group = sparrow.Group(sparrow.Model.builtin("denoiser"), 2)
    assert (group.add(), group.add()) == (0, 1)
    with pytest.raises(sparrow.Error, match=why):
        group.step(indices, np.zeros(shape, np.float32))
    assert group.step([], np.zeros((0, 128))).shape == (0, 128)


def test_capacities_have_a_range():
    for capacity in (0, 65_537, 1.5):
        with pytest.raises(sparrow.Error, match="capacity"):
            sparrow.Group(sparrow.Model.builtin("denoiser"), capacity)
