"""Spotting, against the command and against itself."""

import json
import pickle
import subprocess
import wave

import numpy as np
import pytest
import sparrow


@pytest.fixture(scope="module")
def sound():
    """Noises that a spotter with a low threshold takes for words."""
    numbers = np.random.default_rng(3)
    n = np.arange(160_000)
    pitch = 120 + 60 * np.sin(2 * np.pi * n / 23_000)
    phase = 2 * np.pi * np.cumsum(pitch) / 16_000
    voice = sum(np.sin(k * phase + k) / k for k in range(1, 20))
    envelope = np.maximum(0, np.sin(2 * np.pi * n / 16_000)) ** 2
    return (0.1 * voice * envelope + 0.001 * numbers.standard_normal(n.size)).astype(np.float32)


def test_hears_what_the_command_hears(sound, command, tmp_path):
    integers = np.round(sound * 32767).astype(np.int16)
    with wave.open(str(tmp_path / "sound.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(integers.tobytes())
    done = subprocess.run(
        [command, "spot", str(tmp_path / "sound.wav"), "--threshold", "0.1", "--json"],
        capture_output=True,
        check=True,
    )
    expected = [json.loads(line) for line in done.stdout.splitlines()]
    found = sparrow.Spotter(threshold=0.1)(integers)
    assert found == sparrow.Spotter(threshold=0.1).file(tmp_path / "sound.wav")
    assert len(found) > 0
    assert [one.word for one in found] == [one["word"] for one in expected if "word" in one]


def test_blocks_and_copies_give_the_same_words(sound):
    spotter = sparrow.Spotter(threshold=0.1)
    expected = spotter(sound)
    found = spotter.process(sound[:70_001])
    other = pickle.loads(pickle.dumps(spotter))
    assert found + spotter.process(sound[70_001:]) == expected
    assert found + other.process(sound[70_001:]) == expected
    spotter.reset()
    assert spotter.process(sound) == expected
    assert spotter(np.stack([sound, sound], 1)) == expected


def test_refuses_bad_input(sound):
    spotter = sparrow.Spotter()
    assert spotter.process(np.zeros(0, np.float32)) == []
    for block in (np.zeros((5, 2), np.float32), np.zeros(5, np.int64), None, "text"):
        with pytest.raises(sparrow.Error):
            spotter.process(block)
    for options in ({"threshold": 0}, {"threshold": 1}, {"threshold": "x"}, {"sample_rate": 5}):
        with pytest.raises(sparrow.Error):
            sparrow.Spotter(**options)
    with pytest.raises(sparrow.Error, match="another task"):
        sparrow.Spotter(sparrow.Model.builtin("denoiser"))
    with pytest.raises(sparrow.Error):
        spotter.state = b"nothing"
    assert len(spotter.words) == 17
