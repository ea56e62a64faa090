"""Denoising, against the command, against itself, and with arrays of all kinds."""

import copy
import pickle
import subprocess
import threading
import wave

import numpy as np
import pytest
import sparrow


def pickled(value):
    return pickle.loads(pickle.dumps(value))


def test_gives_the_samples_of_the_command(noisy, command):
    integers = np.round(noisy[20_000:36_000] * 32767).astype("<i2")
    done = subprocess.run(
        [command, "denoise", "-", "-"], input=integers.tobytes(), capture_output=True, check=True
    )
    expected = np.frombuffer(done.stdout, "<i2")
    np.testing.assert_array_equal(sparrow.Denoiser()(integers), expected)


def test_the_rate_chooses_the_network(noisy):
    denoiser = sparrow.Denoiser()
    for rate, network in [(8000, 16_000), (16_000, 16_000), (16_001, 48_000), (48_000, 48_000)]:
        assert denoiser.model_at(rate).sample_rate == network
    assert denoiser.stream(48_000).model.fingerprint == denoiser.model_at(44_100).fingerprint
    one = sparrow.Denoiser(sparrow.Model.builtin("denoiser"))
    assert one.model_at(48_000).sample_rate == 16_000
    assert pickled(denoiser).model_at(48_000).sample_rate == 48_000
    assert not np.array_equal(denoiser(noisy, 48_000), one(noisy, 48_000))
    np.testing.assert_array_equal(denoiser(noisy, 16_000), one(noisy, 16_000))


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 48_000, 192_000])
def test_is_aligned_with_its_input_at_any_rate(rate):
    # Speech-like sound passes, so what comes out is most like what went in where both are aligned.
    n = np.arange(rate)
    tone = sum(np.sin(2 * np.pi * 150 * k * n / rate + k) / k for k in range(1, 12))
    voice = (0.1 * tone * (np.sin(2 * np.pi * 4 * n / rate) > 0)).astype(np.float32)
    clean = sparrow.Denoiser()(voice, sample_rate=rate)
    assert clean.shape == voice.shape
    middle = slice(rate // 4, -rate // 4)
    lags = range(-40, 41)
    products = [float(np.dot(np.roll(clean, lag)[middle], voice[middle])) for lag in lags]
    assert lags[int(np.argmax(products))] == 0


@pytest.mark.parametrize("dtype", ["f2", "<f4", ">f4", "f8", "g", "<i2", ">i2"])
@pytest.mark.parametrize("channels", [None, 1, 3])
def test_type_and_shape_are_those_of_the_input(noisy, dtype, channels):
    integers = np.round(noisy[:16_000] * 32767).astype(np.int16)
    expected = sparrow.Denoiser()(integers.astype(np.float32) / 32768)
    samples = (integers if "i" in dtype else integers / 32768).astype(dtype)
    if channels is not None:
        samples = np.stack([samples] * channels, axis=1)
    clean = sparrow.Denoiser()(samples)
    assert clean.dtype == samples.dtype and clean.shape == samples.shape
    for column in clean.reshape(len(clean), -1).T:
        floats = column / 32768 if "i" in dtype else column
        np.testing.assert_allclose(floats, expected, atol=2e-3 if dtype == "f2" else 2e-5)


def test_strides_and_order_make_no_difference(noisy):
    expected = sparrow.Denoiser()(noisy)
    wide = np.zeros((len(noisy), 3), np.float32)
    wide[:, 1] = noisy
    denoiser = sparrow.Denoiser()
    np.testing.assert_array_equal(denoiser(wide[:, 1]), expected)
    np.testing.assert_array_equal(denoiser(np.asfortranarray(wide))[:, 1], expected)
    np.testing.assert_array_equal(denoiser(noisy[::-1])[::-1].shape, expected.shape)
    unaligned = np.frombuffer(b"\0" + noisy.tobytes(), np.uint8)[1:].view(np.float32)
    np.testing.assert_array_equal(denoiser(unaligned), expected)
    before = noisy.copy()
    noisy.flags.writeable = False
    denoiser(noisy)
    np.testing.assert_array_equal(noisy, before)


@pytest.mark.parametrize("rate", [16_000, 44_100])
@pytest.mark.parametrize("channels", [1, 2])
def test_blocks_of_any_size_give_the_same_bits(noisy, rate, channels):
    samples = noisy if channels == 1 else np.stack([noisy, noisy[::-1]], 1)
    denoiser = sparrow.Denoiser()
    whole = denoiser(samples, rate)
    stream = denoiser.stream(rate, channels)
    ahead = np.zeros((stream.latency, *samples.shape[1:]), np.float32)
    padded = np.concatenate([samples, ahead])
    cuts = np.sort(np.random.default_rng(2).integers(0, len(padded), 60))
    parts = [stream.process(part) for part in np.split(padded, cuts)]
    np.testing.assert_array_equal(np.concatenate(parts)[stream.latency :], whole)


def test_blocks_of_hops_are_earlier(noisy):
    denoiser = sparrow.Denoiser()
    stream = denoiser.stream(block_size=denoiser.hop)
    assert stream.latency < denoiser.stream().latency
    padded = np.concatenate([noisy, np.zeros(stream.latency, np.float32)])
    hops = padded[: len(padded) // 128 * 128].reshape(-1, 128)
    clean = np.concatenate([stream.process(hop) for hop in hops])[stream.latency :]
    np.testing.assert_array_equal(clean, denoiser(noisy)[: len(clean)])


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickled])
@pytest.mark.parametrize("channels", [1, 2])
def test_copies_go_on_from_the_same_state(noisy, duplicate, channels):
    samples = noisy if channels == 1 else np.stack([noisy, noisy[::-1]], 1)
    stream = sparrow.Denoiser(mix=0.75).stream(48_000, channels)
    stream.process(samples[:10_001])
    other = duplicate(stream)
    expected = stream.process(samples[10_001:20_000])
    np.testing.assert_array_equal(other.process(samples[10_001:20_000]), expected)
    state = stream.state
    again = stream.process(samples[20_000:])
    stream.reset()
    stream.state = state
    np.testing.assert_array_equal(stream.process(samples[20_000:]), again)


def test_refuses_states_of_others_and_stays_as_it_was(noisy):
    stream = sparrow.Denoiser().stream(channels=2)
    samples = np.stack([noisy, noisy], 1)
    stream.process(samples[:1000])
    before = stream.state
    half = len(before) // 2
    for state in (b"", before[:-1], bytes(len(before)), before[:half] + bytes(half), "text", None):
        with pytest.raises(sparrow.Error):
            stream.state = state
        assert stream.state == before
    with pytest.raises(sparrow.Error, match="another network or sample rate|bytes"):
        stream.state = sparrow.Denoiser().stream(48_000, 2).state


def test_options(noisy):
    np.testing.assert_allclose(sparrow.Denoiser(mix=0)(noisy), noisy, atol=1e-6)
    gentle = sparrow.Denoiser(attenuation_limit=6)(noisy)
    whole = sparrow.Denoiser()(noisy)
    assert np.square(whole).sum() < np.square(gentle).sum() < np.square(noisy).sum()


def test_silence_stands_for_what_is_no_number(noisy):
    holes = noisy.copy()
    holes[5000:5100] = np.nan
    filled = np.where(np.isnan(holes), 0, holes)
    denoiser = sparrow.Denoiser()
    np.testing.assert_array_equal(denoiser(holes), denoiser(filled))
    holes[9000:9002] = np.inf, -np.inf
    assert np.isfinite(denoiser(holes)).all()


@pytest.mark.parametrize("shape", [(0,), (0, 2), (1,), (1, 2), (127,)])
def test_short_signals(shape):
    assert sparrow.Denoiser()(np.zeros(shape, np.float32)).shape == shape


@pytest.mark.parametrize(
    "samples",
    [
        None,
        "text",
        3.0,
        np.float32(3),
        np.zeros((2, 2, 2), np.float32),
        np.zeros(5, np.complex64),
        np.zeros(5, np.int32),
        np.zeros(5, np.uint8),
        np.zeros(5, bool),
        np.zeros(5, object),
        np.zeros((5, 0), np.float32),
        np.zeros((2, 16_000), np.float32),
        [[1.0], [1.0, 2.0]],
    ],
    ids=repr,
)
def test_refuses_what_is_no_sound(samples):
    with pytest.raises(sparrow.Error):
        sparrow.Denoiser()(samples)
    with pytest.raises(sparrow.Error):
        sparrow.Denoiser().stream(channels=2).process(samples)


@pytest.mark.parametrize("rate", [0, -1, 999, 768_001, 16_000.5, "fast", float("nan"), 1 << 40])
def test_refuses_rates(rate):
    with pytest.raises(sparrow.Error, match="sample_rate"):
        sparrow.Denoiser()(np.zeros(10, np.float32), rate)


def test_refuses_options():
    for options in ({"mix": 1.1}, {"mix": None}, {"attenuation_limit": -1}, {"mix": float("nan")}):
        with pytest.raises(sparrow.Error):
            sparrow.Denoiser(**options)
    for options in ({"channels": 0}, {"block_size": 0}, {"block_size": 1 << 20}, {"channels": 1.5}):
        with pytest.raises(sparrow.Error):
            sparrow.Denoiser().stream(**options)
    with pytest.raises(sparrow.Error, match="multiple of the block size"):
        sparrow.Denoiser().stream(block_size=128).process(np.zeros(100, np.float32))
    with pytest.raises(sparrow.Error, match="another task"):
        sparrow.Denoiser(sparrow.Model.builtin("keywords"))


def test_threads_share_a_stream_without_harm(noisy):
    stream = sparrow.Denoiser().stream()
    threads = [
        threading.Thread(target=lambda: [stream.process(noisy[:997]) for _ in range(40)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # 160 blocks of the same sound: whatever the order, the same went in.
    expected = sparrow.Denoiser().stream()
    for _ in range(160):
        expected.process(noisy[:997])
    assert stream.state == expected.state


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_wave_files(noisy, tmp_path, width, channels):
    limit = 2 ** (8 * width - 1) - 1
    integers = np.round(np.stack([noisy] * channels, 1).astype(np.float64) * limit).astype("<i4")
    samples = (integers / (limit + 1)).astype(np.float32)
    if width == 1:
        data = (integers + 128).astype(np.uint8).tobytes()
    else:
        data = integers.reshape(-1, 1).view(np.uint8)[:, :width].tobytes()
    with wave.open(str(tmp_path / "in.wav"), "wb") as file:
        file.setparams((channels, width, 44_100, 0, "NONE", ""))
        file.writeframes(data)
    sparrow.Denoiser().file(tmp_path / "in.wav", tmp_path / "out.wav")
    with wave.open(str(tmp_path / "out.wav")) as file:
        assert file.getparams()[:4] == (channels, width, 44_100, len(noisy))
        data = np.frombuffer(file.readframes(len(noisy)), np.uint8).reshape(-1, width)
    wide = np.zeros((len(data), 4), np.uint8)
    wide[:, 4 - width :] = data ^ 128 if width == 1 else data
    written = wide.view("<i4").reshape(-1, channels) / 2.0**31
    expected = sparrow.Denoiser()(samples, 44_100)
    np.testing.assert_allclose(written, expected, atol=0.51 / (limit + 1) + 1e-9)


def test_refuses_files(tmp_path):
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(sparrow.Error, match="no file"):
        sparrow.Denoiser().file(tmp_path / "none.wav", tmp_path / "out.wav")
    with pytest.raises(sparrow.Error, match=r"text\.wav"):
        sparrow.Denoiser().file(tmp_path / "text.wav", tmp_path / "out.wav")
    with wave.open(str(tmp_path / "in.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(2000))
    with pytest.raises(sparrow.Error, match="another one"):
        sparrow.Denoiser().file(tmp_path / "in.wav", tmp_path / "in.wav")
    with pytest.raises(sparrow.Error, match="cannot be written"):
        sparrow.Denoiser().file(tmp_path / "in.wav", tmp_path / "none" / "out.wav")
