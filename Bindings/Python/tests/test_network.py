"""Model files: read, written, refused; and what the command does with them."""

import json
import subprocess

import numpy as np
import pytest
import sparrow
from sparrow import _safetensors, layers


def network_of_all_kinds():
    description = [
        layers.convolution(6, 3, dilation=2, groups=2),
        layers.layer_normalization(epsilon=1e-3),
        layers.residual(
            [layers.normalization(), layers.linear_recurrence(3, has_bias=True), layers.gate()]
        ),
        layers.activation("gelu"),
        layers.gru(4, resets_first=True),
        layers.rnn(4, "relu"),
        {**layers.lstm(4), "structure": "blockDiagonal", "blocks": 2},
        {**layers.event_gru(4), "structure": "diagonal"},
        layers.linear_recurrence(2, "discrete", conjugate_symmetry=False),
        layers.dense(2),
    ]
    numbers = np.random.default_rng(8)
    shapes = layers.parameter_shapes(description, 4)
    parameters = {}
    for name, shape in shapes.items():
        parameters[name] = np.abs(0.3 * numbers.standard_normal(shape)).astype(np.float32)
        if name.endswith("eigenvalues.real"):
            parameters[name] *= -1
    parameters["layers.9.weight"][:, 1:] = 0
    parameters["layers.2.layers.1.B.real"] *= numbers.random((3, 6)) < 0.2
    return sparrow.Network(4, description, parameters, information={"title": "ä"})


def convert(command, folder, kind):
    """Rewrites a.safetensors as b.safetensors."""
    files = [folder / "a.safetensors", "-o", folder / "b.safetensors"]
    subprocess.run([command, "convert", *files, "--type", kind], check=True)


def test_files_hold_what_was_written(tmp_path):
    network = network_of_all_kinds()
    network.save(tmp_path / "network.safetensors")
    again = sparrow.Network.load(tmp_path / "network.safetensors")
    assert again.layers == network.layers and again.information == network.information
    assert again.parameters.keys() == network.parameters.keys()
    for name, values in network.parameters.items():
        np.testing.assert_array_equal(again.parameters[name], values)
    assert again.to_bytes() == network.to_bytes()


def test_the_command_reads_what_was_written(command, tmp_path):
    network = network_of_all_kinds()
    report = sparrow.inspect(network)
    assert report["input_width"] == 4
    assert sparrow.Stream(network).run(np.ones((3, 4))).shape == (3, 2)
    assert len(sparrow.cost(network)["matrices"]) > 5
    # Zeros are left out in the same way, so a file that the command rewrites has the same tensors.
    network.save(tmp_path / "a.safetensors")
    convert(command, tmp_path, "f32")
    tensors = [
        _safetensors.decode((tmp_path / name).read_bytes())[0]
        for name in ("a.safetensors", "b.safetensors")
    ]
    assert tensors[0].keys() == tensors[1].keys()
    for name in tensors[0]:
        np.testing.assert_array_equal(tensors[0][name], tensors[1][name])


@pytest.mark.parametrize("kind", ["f64", "f16", "bf16", "i8"])
def test_reads_narrow_numbers(kind, command, tmp_path):
    network = network_of_all_kinds()
    network.save(tmp_path / "a.safetensors")
    convert(command, tmp_path, kind)
    narrow = sparrow.Network.load(tmp_path / "b.safetensors")
    for name, values in network.parameters.items():
        tolerance = {"f64": 0, "f16": 1e-3, "bf16": 8e-3, "i8": 1e-2}[kind]
        np.testing.assert_allclose(narrow.parameters[name], values, atol=tolerance)
    frames = np.ones((10, 4))
    # Saved anew in single precision, these are the same numbers.
    expected = sparrow.Stream(tmp_path / "b.safetensors").run(frames)
    np.testing.assert_array_equal(sparrow.Stream(narrow).run(frames), expected)


def test_networks_in_fixed_point(fixed_point, command, tmp_path):
    """The numbers are those of the integers: in single precision the same network, to rounding."""
    network = sparrow.Network.load(fixed_point)
    assert network.quantization is not None
    frames = np.random.default_rng(9).random((20, network.input_width))
    exact = sparrow.Stream(fixed_point).run(frames)
    np.testing.assert_array_equal(sparrow.Stream(network).run(frames), exact)
    floating = sparrow.Stream(network.floating()).run(frames)
    assert np.abs(floating - exact).max() < 0.05 * np.abs(exact).max()
    name = next(iter(network.parameters))
    network.parameters[name][0] = 0
    with pytest.raises(sparrow.Error, match="floating"):
        network.save(tmp_path / "changed.safetensors")


def test_refuses_networks_that_make_no_sense():
    weight, bias = np.zeros((2, 3)), np.zeros(2)
    good = {"layers.0.weight": weight, "layers.0.bias": bias}
    sparrow.Network(3, [layers.dense(2)], good)
    bad = [
        (3, [layers.dense(2)], {"layers.0.weight": weight}, "missing"),
        (3, [layers.dense(2)], {**good, "layers.1.bias": bias}, "belongs to no layer"),
        (4, [layers.dense(2)], good, "shape"),
        (3, [layers.dense(2)], {**good, "layers.0.bias": bias * np.nan}, "finite"),
        (3, [layers.dense(2)], {**good, "layers.0.bias": bias * 1j}, "real"),
        (3, [layers.dense(0)], {}, "outputs"),
        (3, [layers.dense("2")], {}, "outputs"),
        (3, [{"kind": "attention"}], {}, "attention"),
        (3, [{}], {}, "kind"),
        (3, ["dense"], {}, "dictionary"),
        (3, [layers.residual([layers.dense(2)])], {}, "residual"),
        (3, [layers.activation("softmax")], {}, "softmax"),
        (3, [layers.convolution(2, 3, groups=2)], {}, "groups"),
        (3, [{**layers.lstm(4), "structure": "blockDiagonal", "blocks": 3}], {}, "blocks"),
        (0, [], {}, "input_width"),
        (True, [], {}, "input_width"),
    ]
    for width, description, parameters, reason in bad:
        with pytest.raises(sparrow.Error, match=reason):
            sparrow.Network(width, description, parameters)


def test_refuses_damaged_files(fixed_point, tmp_path):
    data = fixed_point.read_bytes()
    for bad, reason in [
        (b"", "0 follow"),
        (data[:100], "follow"),
        (data[:-1], "lies at"),
        (data[:-1] + bytes([data[-1] ^ 1]), "checksum"),
        (b"PK\3\4" + data, "pickled"),
        (b"\x80\x02" + data, "pickled"),
        (b"\x89HDF" + data, "HDF5"),
    ]:
        with pytest.raises(sparrow.Error, match=reason):
            sparrow.Network.from_bytes(bad)
    with pytest.raises(sparrow.Error, match="without a network"):
        sparrow.Network.from_bytes(_safetensors.encode({"w": np.zeros(3)}, {}))
    with pytest.raises(sparrow.Error, match="cannot be read"):
        sparrow.Network.load(tmp_path)


def test_refuses_descriptions():
    def with_description(**changes):
        about = {"version": 1, "inputWidth": 1, "layers": [], "information": {}, **changes}
        return _safetensors.encode({}, {"sparrow.network": json.dumps(about)})

    sparrow.Network.from_bytes(with_description())
    for changes in (
        {"version": 99},
        {"version": "1"},
        {"inputWidth": -1},
        {"inputWidth": 1.5},
        {"layers": None},
        {"layers": {}},
        {"layers": [[]]},
        {"layers": [layers.dense(1 << 15), layers.dense(1 << 15)]},
    ):
        with pytest.raises(sparrow.Error):
            sparrow.Network.from_bytes(with_description(**changes))
    nested = []
    for _ in range(100):
        nested = [{"kind": "residual", "layers": nested}]
    with pytest.raises(sparrow.Error):
        sparrow.Network.from_bytes(with_description(layers=nested))


def test_says_that_the_command_is_missing(monkeypatch):
    monkeypatch.setenv("SPARROW", "/no/such/command")
    with pytest.raises(sparrow.Error, match="the command `sparrow` is needed"):
        network_of_all_kinds().pack()


def test_quantize_says_what_is_wrong(command, tmp_path):
    with pytest.raises(sparrow.Error, match="sparrow quantize"):
        sparrow.quantize(network_of_all_kinds(), tmp_path / "out.safetensors", data=tmp_path)


def test_zeros_of_older_files():
    """Gaps in halves of bytes, the low half first: 15 goes on."""
    tensor = np.zeros((4, 25), np.float32)
    tensor.flat[[0, 3, 40, 99]] = 1, 2, 3, 4  # gaps 0, 2, 36 = 15 + 15 + 6, 58 = 3 x 15 + 13
    halves = [0, 2, 15, 15, 6, 15, 15, 15, 13, 0]
    gaps = np.array([a | b << 4 for a, b in zip(halves[::2], halves[1::2], strict=True)], np.uint8)
    about = {"version": 2, "inputWidth": 25, "layers": [layers.dense(4)], "information": {}}
    tensors = {
        "layers.0.weight.values": np.array([1, 2, 3, 4], np.float32),
        "layers.0.weight.gaps": gaps,
        "layers.0.bias": np.zeros(4, np.float32),
    }
    data = _safetensors.encode(tensors, {"sparrow.network": json.dumps(about)})
    network = sparrow.Network.from_bytes(data)
    np.testing.assert_array_equal(network.parameters["layers.0.weight"], tensor)
