"""Training denoisers in PyTorch: the front end against the C library's, mixtures, and a run."""

import json
import pathlib
import wave

import numpy as np
import pytest
import sparrow

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

from sparrow import torch as st  # noqa: E402
from sparrow.torch import _losses, _mixtures, _resampling, denoiser  # noqa: E402
from sparrow.torch._recipe import Recipe  # noqa: E402
from sparrow.torch._spectrum import SpectralFrontEnd  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[3]
PLAIN = {
    "sampleRate": 16000,
    "window": 512,
    "hop": 128,
    "exponent": 0.3,
    "floor": 1e-10,
    "features": [{"kind": "relativeToBin", "rise": 1.5, "fall": 0.1, "offset": 0.02}],
    "maskGain": 1,
}
BANDS = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 200, 257]
FRONT_ENDS = {
    "plain": PLAIN,
    "bands": PLAIN
    | {
        "window": 384,
        "transformLength": 512,
        "bandEdges": BANDS,
        "maskGain": 1.5,
        "features": [
            {"kind": "relativeToLevel", "rise": 1, "fall": 0.3, "offset": 0.01, "limit": 3},
            {"kind": "relativeToFrame", "rise": 0, "fall": 0, "offset": 0.05},
            {"kind": "magnitude", "rise": 0, "fall": 0, "offset": 0},
        ],
    },
    "silence": PLAIN
    | {
        "silence": 0.002,
        "restart": 0.2,
        "features": [
            {
                "kind": "relativeToBin",
                "rise": 2,
                "fall": 0.2,
                "offset": 0.02,
                "limit": 4,
                "initial": 0.05,
                "settling": 0.3,
            }
        ],
    },
}


@pytest.mark.parametrize("name", FRONT_ENDS)
def test_the_c_library_denoises_the_same(command, noisy, name):
    transform = SpectralFrontEnd(FRONT_ENDS[name])
    torch.manual_seed(3)
    width, bands = transform.input_width, transform.bands
    module = st.Sequence(
        st.Dense(width, 16), st.S5(16, 8), st.Activation(16, "gelu"), st.Dense(16, bands)
    )
    module.eval()
    signal = noisy[:32_000].copy()
    signal[10_000:16_000] = 0
    ours = denoiser.denoise(module, transform, np.stack([signal, noisy[8000:40_000]], axis=1))
    network = st.export(module, front_end=FRONT_ENDS[name])
    theirs = sparrow.Denoiser(network)(signal, sample_rate=16_000)
    assert np.abs(ours[:, 0] - theirs).max() < 2e-5 * np.abs(theirs).max()


def numpy_si_snr(s, t):
    s, t = s - s.mean(), t - t.mean()
    p = s @ t / (t @ t) * t
    return 10 * np.log10(p @ p / ((s - p) @ (s - p)))


def test_losses():
    random = np.random.default_rng(1)
    t, s = random.standard_normal((2, 800))
    s = t + 0.3 * s
    found = float(_losses.si_snr(torch.from_numpy(s), torch.from_numpy(t)))
    assert found == pytest.approx(numpy_si_snr(s, t), abs=1e-6)
    capped = float(_losses.si_snr(torch.from_numpy(s), torch.from_numpy(t), ceiling=5))
    assert capped == pytest.approx(-10 * np.log10(10 ** (-found / 10) + 10**-0.5), abs=1e-6)
    quiet = float(_losses.level(torch.from_numpy(0.1 * s), torch.from_numpy(s)))
    assert quiet == pytest.approx(10 * np.log10(0.011), abs=1e-5)
    spectrum = torch.randn(5, 9, dtype=torch.complex64)
    options = _losses.LossOptions(spectrum=1, phase_share=0.4, removal=2)
    perfect = _losses.spectrum_error(spectrum, spectrum, torch.ones(5, 9), options)
    nothing = _losses.spectrum_error(spectrum, spectrum, torch.zeros(5, 9), options)
    assert float(perfect) < 1e-5
    # Without a mask (1 - λ)(1 + ρ) + λ of the energy is missing.
    assert float(nothing) == pytest.approx(0.6 * 3 + 0.4, rel=0.05)


def test_mixtures_have_their_ratio_and_level():
    random = np.random.default_rng(2)
    speech, noise = random.standard_normal((2, 16_000)).astype(np.float32) * 0.1
    noisy, clean = _mixtures.mix(speech, noise, speech, 7, -30, "whole", 16_000)
    rest = noisy - clean
    assert 10 * np.log10(np.mean(clean**2) / np.mean(rest**2)) == pytest.approx(7, abs=1e-3)
    assert 10 * np.log10(np.mean(noisy**2)) == pytest.approx(-30, abs=1e-3)
    assert _mixtures.mix(speech, 0 * noise, speech, 7, -30, "whole", 16_000) is None


def test_resampling_keeps_what_both_rates_have():
    time = np.arange(9000)
    for speed in (0.9, 1.1, 44_100 / 16_000):
        source = np.sin(0.2 * time).astype(np.float32)
        found = _resampling.resampled(source, speed)
        expected = np.sin(0.2 * speed * np.arange(len(found)))
        assert np.abs(found - expected)[200:-200].max() < 5e-3
    high = np.sin(2.5 * time).astype(np.float32)
    assert np.abs(_resampling.resampled(high, 2))[100:-100].max() < 0.02


@pytest.fixture
def data(tmp_path):
    random = np.random.default_rng(5)
    for index in range(6):
        for kind in ("speech", "noise"):
            time = np.arange(24_000)
            tone = np.sin(time * random.uniform(0.05, 0.2)) * (np.sin(time * 8e-4) > 0)
            signal = tone if kind == "speech" else random.standard_normal(24_000) / 4
            path = tmp_path / f"data/{kind}/{kind}{index}_1.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(16_000)
                file.writeframes((signal * 8000).astype("<i2").tobytes())
    return tmp_path


def recipe(folder, streams=None, base="denoiser-sparse.json"):
    s5 = {"kind": "linearRecurrence", "states": 8, "rectifiesState": True}
    branch = [{"kind": "normalization"}, s5, {"kind": "activation", "function": "relu"}]
    layers = [
        {"kind": "normalization"},
        {"kind": "dense", "outputs": 16},
        {"kind": "activation", "function": "relu"},
        {"kind": "residual", "layers": [*branch, {"kind": "gate"}]},
        {"kind": "activation", "function": "relu"},
        {"kind": "dense", "outputs": 257},
    ]
    patch = {
        "base": str(ROOT / "Recipes" / base),
        "layers": layers,
        "batch": {"clips": 4, "seconds": 0.5},
        "run": {"steps": 20, "logEvery": 10, "validateEvery": 20, "checkpointEvery": 20},
        "mixtures": {"syntheticNoiseCount": 4},
        "data": {
            "speech": [{"folder": "speech"}],
            "noise": [{"folder": "noise"}],
            "validation": [],
            "heldOut": ["speech5", "noise5"],
        },
        "validation": {"count": 4, "seconds": 1},
    }
    if streams:
        patch |= {"streams": streams, "loss": {"spectrum": 5, "ceiling": 30}}
    path = folder / "recipe.json"
    path.write_text(json.dumps(patch))
    return path


@pytest.mark.parametrize("streams", [None, {"batches": 3, "scene": [0.3, 1], "cleanSNR": [30, 40]}])
def test_twenty_steps_end_in_a_denoiser(data, streams, noisy, command):
    path, folder = recipe(data, streams), str(data / "data")
    options = [str(path), "--data", folder, "--device", "cpu", "-o"]
    assert denoiser.main([*options, str(data / "whole")]) == 0
    # Ended within a stream, and gone on with.
    assert denoiser.main([*options, str(data / "run"), "--stop-at", "8"]) == 75
    assert denoiser.main([*options, str(data / "run"), "--resume"]) == 0
    network = sparrow.Network.load(data / "run/network.safetensors")
    whole = sparrow.Network.load(data / "whole/network.safetensors")
    for name, values in whole.parameters.items():
        assert np.array_equal(network.parameters[name], values), name
    assert network.front_end["window"] == 512
    weights = [v for n, v in network.parameters.items() if n.endswith(".weight")]
    assert sum((v == 0).sum() for v in weights) > 0.7 * sum(v.size for v in weights)
    logs = [json.loads(line) for line in (data / "whole/log.jsonl").read_text().splitlines()]
    assert logs[1]["loss"] < logs[0]["loss"] and "clips" in logs[2]["validation"]
    denoised = sparrow.Denoiser(data / "run/best.safetensors")(noisy, sample_rate=16_000)
    assert denoised.shape == noisy.shape and np.isfinite(denoised).all()


def test_a_trained_network_is_tuned_for_fixed_point(data):
    folder = str(data / "data")
    options = ["--data", folder, "--device", "cpu", "-o"]
    assert denoiser.main([str(recipe(data)), *options, str(data / "run")]) == 0
    path = recipe(data, base="denoiser.json")
    assert denoiser.main([str(path), *options, str(data / "tuned")]) == 1
    trained = str(data / "run/network.safetensors")
    assert denoiser.main([str(path), *options, str(data / "tuned"), "--from", trained]) == 0
    network = sparrow.Network.load(data / "tuned/network.safetensors")
    kinds = [layer["kind"] for layer in network.layers]
    assert kinds == ["dense", "activation", "residual", "activation", "dense"]
    rows = network.parameters["layers.0.weight"]
    for row in rows[np.abs(rows).max(1) > 0]:
        steps = row / 2.0 ** np.floor(np.log2(np.abs(row).max()) - 6.99)
        assert np.array_equal(steps * 2, np.round(steps * 2))


def test_recipes_of_the_project_are_read():
    for name in ("denoiser", "denoiser-sparse", "denoiser-dense", "ptb/egru-sparse", "shakespeare"):
        found = Recipe(ROOT / f"Recipes/{name}.json")
        assert found.run.steps > 1000 and found.layers


@pytest.mark.parametrize(
    "patch, why",
    [
        ({"run": {"epochs": 3}}, "unknown key 'epochs'"),
        ({"mixtures": {"snr": None, "colour": 1}}, "colour"),
        ({"data": {"heldOut": []}}, "held out"),
        ({"data": {"speech": [{"folder": "nowhere"}]}}, "no sound file"),
        ({"layers": [{"kind": "dense", "outputs": 257}], "base": "missing.json"}, "cannot be read"),
    ],
)
def test_bad_recipes_are_refused(data, patch, why, capsys):
    path = recipe(data)
    values = json.loads(path.read_text())
    for key, value in patch.items():
        values[key] = values[key] | value if isinstance(value, dict) else value
    path.write_text(json.dumps(values))
    options = ["--data", str(data / "data"), "-o", str(data / "run")]
    assert denoiser.main([str(path), *options]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and why in error
