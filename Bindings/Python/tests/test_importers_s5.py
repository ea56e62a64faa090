"""S5 checkpoints of JAX and PyTorch, and EvNN's EGRU, against their formulas in NumPy."""

import struct

import numpy as np
import pytest
import sparrow
from sparrow import importers

H, P, INPUTS, OUTPUTS = 5, 6, 3, 4
# Of the largest output; sums of long memories are rounded.
TOLERANCE = 2e-5


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def ssm(u, p, discretization, factor, relufied=False, clips=False, rescale=1.0):
    """S5's recurrence, step by step, in double precision."""
    eigenvalues = p["Lambda_re"] + 1j * p["Lambda_im"]
    if clips:
        eigenvalues = np.minimum(eigenvalues.real, -1e-4) + 1j * eigenvalues.imag
    step = rescale * np.exp(p["log_step"][:, 0])
    b = p["B"][..., 0] + 1j * p["B"][..., 1]
    c = p["C"][..., 0] + 1j * p["C"][..., 1]
    if discretization == "zoh":
        a = np.exp(eigenvalues * step)
        b_bar = ((a - 1) / eigenvalues)[:, None] * b
    else:
        a = (1 + eigenvalues * step / 2) / (1 - eigenvalues * step / 2)
        b_bar = (step / (1 - eigenvalues * step / 2))[:, None] * b
    x, rows = np.zeros(P, complex), []
    for row in u:
        x = a * x + b_bar @ row
        read = np.where(x.real > 0, x, 0) if relufied else x
        rows.append(factor * (c @ read).real + p["D"] * row)
    return np.array(rows)


def checkpoint(seed=1, norm="batch", gate=True, unstable=False):
    random = np.random.default_rng(seed)

    def values(*shape):
        return (random.standard_normal(shape) * 0.5).astype(np.float32)

    def dense(inputs, outputs):
        return {"kernel": values(inputs, outputs), "bias": values(outputs)}

    stack, statistics = {"encoder": dense(INPUTS, H)}, {}
    for index in range(2):
        layer = {
            "seq": {
                "Lambda_re": -np.abs(values(P)) - 0.05,
                "Lambda_im": 3 * values(P),
                "B": values(P, H, 2),
                "C": values(H, P, 2),
                "D": values(H),
                "log_step": values(P, 1) - 2,
            },
            "norm": {"scale": 1 + np.abs(values(H)), "bias": values(H)},
        }
        if unstable:
            layer["seq"]["Lambda_re"][0] = 0.002
        if gate:
            layer["out2"] = dense(H, H)
        stack[f"layers_{index}"] = layer
        own = {"mean": values(H), "var": np.abs(values(H)) + 0.2}
        statistics[f"layers_{index}"] = {"norm": own}
    tree = {"params": {"encoder": stack, "decoder": dense(H, OUTPUTS)}}
    if norm == "batch":
        tree["batch_stats"] = {"encoder": statistics}
    return tree


def run(tree, u, prenorm, relufied=False, **options):
    params = tree["params"]
    stack = params["encoder"]
    x = u @ stack["encoder"]["kernel"] + stack["encoder"]["bias"]
    x = np.maximum(x, 0) if relufied else x

    def normalized(x, name):
        own = stack[name]["norm"]
        if "batch_stats" in tree:
            moments = tree["batch_stats"]["encoder"][name]["norm"]
            mean, variance, epsilon = moments["mean"], moments["var"], 1e-5
        else:
            mean, variance = x.mean(1, keepdims=True), x.var(1, keepdims=True)
            epsilon = 1e-6
        return (x - mean) / np.sqrt(variance + epsilon) * own["scale"] + own["bias"]

    for name in ("layers_0", "layers_1"):
        layer, skip = stack[name], x
        x = normalized(x, name) if prenorm else x
        x = ssm(x, layer["seq"], relufied=relufied, **options)
        x = np.maximum(x, 0) if relufied else gelu(x)
        if "out2" in layer:
            x = x * sigmoid(x @ layer["out2"]["kernel"] + layer["out2"]["bias"])
        x = skip + x
        x = x if prenorm else normalized(x, name)
        x = np.maximum(x, 0) if relufied else x
    return x @ params["decoder"]["kernel"] + params["decoder"]["bias"]


def frames(width=INPUTS, count=150):
    return np.random.default_rng(7).standard_normal((count, width)).astype(np.float32)


@pytest.mark.parametrize("norm", ["batch", "layer"])
@pytest.mark.parametrize("prenorm", [True, False])
@pytest.mark.parametrize("relufied", [True, False])
@pytest.mark.parametrize("discretization, conj_sym", [("zoh", True), ("bilinear", False)])
def test_stacks_of_jax(command, norm, prenorm, relufied, discretization, conj_sym):
    tree = checkpoint(norm=norm, gate=relufied)
    network = importers.jax(
        tree,
        activation="half_glu1" if relufied else "gelu",
        prenorm=prenorm,
        discretization=discretization,
        conj_sym=conj_sym,
        relufication=relufied,
        step_rescale=1.5,
    )
    factor = 2 if conj_sym else 1
    expected = run(
        tree, frames(), prenorm, relufied, discretization=discretization, factor=factor, rescale=1.5
    )
    assert importers.check(network, frames(), expected) < TOLERANCE * max(1, np.abs(expected).max())


@pytest.mark.parametrize("clips", [True, False])
@pytest.mark.parametrize("discretization", ["zoh", "bilinear"])
def test_eigenvalues_are_clipped_where_the_source_does(command, clips, discretization):
    tree = checkpoint(unstable=True)
    network = importers.jax(
        tree,
        activation="half_glu1",
        prenorm=True,
        discretization=discretization,
        conj_sym=True,
        clip_eigs=clips,
    )
    options = {"discretization": discretization, "factor": 2, "clips": clips}
    expected = run(tree, frames(), True, **options)
    assert importers.check(network, frames(), expected) < TOLERANCE * np.abs(expected).max()


JAX = {"activation": "half_glu1", "prenorm": True, "discretization": "zoh", "conj_sym": True}


def test_masks_are_applied(command):
    tree = checkpoint()
    random = np.random.default_rng(4)
    mask = (random.random((P, H, 2)) < 0.3).astype(np.uint8)
    masks = {"encoder": {"layers_1": {"seq": {"B": mask}}}}
    pruned = checkpoint()
    pruned["params"]["encoder"]["layers_1"]["seq"]["B"] *= mask
    expected = importers.jax(pruned, **JAX).parameters
    inner = {"masks": masks, "count": np.array(3), "nu": {"encoder": np.zeros(2)}}
    for network in (
        importers.jax(tree | {"opt_state": {"0": inner}, "step": np.array(9)}, **JAX),
        importers.jax(tree, masks=masks, **JAX),
    ):
        for name, values in expected.items():
            assert np.array_equal(network.parameters[name], values), name
    with pytest.raises(sparrow.Error, match="no such parameter"):
        importers.jax(tree, masks={"encoder": {"B": mask}}, **JAX)
    with pytest.raises(sparrow.Error, match="zeros and ones"):
        importers.jax(tree, masks={"encoder": {"layers_1": {"seq": {"B": mask * 2}}}}, **JAX)


def packed(value):
    """MessagePack of flax's."""
    if isinstance(value, dict):
        items = b"".join(packed(k) + packed(v) for k, v in value.items())
        return bytes([0x80 | len(value)]) + items
    if isinstance(value, str):
        return bytes([0xA0 | len(value)]) + value.encode()
    if isinstance(value, int):
        return b"\xcd" + struct.pack(">H", value)
    if isinstance(value, bytes):
        return b"\xc5" + struct.pack(">H", len(value)) + value
    if isinstance(value, tuple):
        return bytes([0x90 | len(value)]) + b"".join(map(packed, value))
    content = packed((value.shape, value.dtype.name, value.tobytes()))
    return b"\xc8" + struct.pack(">HB", len(content), 1) + content


def test_files_of_flax_and_numpy(tmp_path):
    tree = checkpoint()
    expected = importers.jax(tree, **JAX).parameters
    path = tmp_path / "checkpoint.msgpack"
    path.write_bytes(packed(tree))
    flat = {}

    def flatten(node, name):
        for key, value in node.items():
            if isinstance(value, dict):
                flatten(value, f"{name}{key}/")
            else:
                flat[name + key] = value

    flatten(tree, "")
    np.savez(tmp_path / "checkpoint.npz", **flat)
    for file in (path, tmp_path / "checkpoint.npz"):
        found = importers.jax(file, **JAX).parameters
        assert all(np.array_equal(found[name], values) for name, values in expected.items())
    data = path.read_bytes()
    for broken in (data[:-5], data + b"\0", b"\xc1", b"\x91" * 200, b"\xdd\xff\xff\xff\xff"):
        path.write_bytes(broken)
        with pytest.raises(sparrow.Error, match="MessagePack"):
            importers.jax(path, **JAX)


def without(tree, *path):
    for key in path[:-1]:
        tree = tree[key]
    del tree[path[-1]]


@pytest.mark.parametrize(
    "change, why",
    [
        (lambda t: without(t, "params", "encoder", "layers_0", "seq", "D"), "seq.D is missing"),
        (lambda t: without(t, "params", "encoder", "encoder"), "0 encoders"),
        (lambda t: t["params"].update(extra={"kernel": np.ones(2)}), "params|extra"),
        (lambda t: t["batch_stats"].update(more=np.ones(2)), "batch_stats.more"),
        (lambda t: t["params"]["encoder"]["layers_0"].update(out1={"kernel": np.ones(2)}), "out1"),
        (
            lambda t: t["params"]["encoder"]["layers_1"]["seq"].update(C1=np.ones((H, P, 2))),
            "future",
        ),
        (
            lambda t: t["params"]["encoder"]["layers_1"]["seq"].update(C=np.ones((H, 2 * P, 2))),
            "future",
        ),
    ],
)
def test_what_is_not_understood_is_refused(change, why):
    tree = checkpoint()
    change(tree)
    with pytest.raises(sparrow.Error, match=why):
        importers.jax(tree, **JAX)


@pytest.mark.parametrize("name", ["activation", "prenorm", "discretization", "conj_sym"])
def test_what_a_checkpoint_does_not_hold_is_asked_for(name):
    with pytest.raises(TypeError, match=name):
        importers.jax(checkpoint(), **{key: value for key, value in JAX.items() if key != name})
    with pytest.raises(sparrow.Error, match="half_glu2"):
        importers.jax(checkpoint(), **JAX | {"activation": "half_glu2"})


def s5_state(prefix="seq."):
    random = np.random.default_rng(3)
    real, imaginary = -np.abs(random.standard_normal(P)) - 0.1, random.standard_normal(P) * 4
    b, c = random.standard_normal((P, H, 2)), random.standard_normal((2, H, P))
    return {
        f"{prefix}Lambda": (real + 1j * imaginary).astype(np.complex64),
        f"{prefix}B": b.astype(np.float32),
        f"{prefix}C": (c[0] + 1j * c[1]).astype(np.complex64),
        f"{prefix}D": random.standard_normal(H).astype(np.float32),
        f"{prefix}log_step": (random.standard_normal(P) - 3).astype(np.float32),
    }


@pytest.mark.parametrize("discretization", ["zoh", "bilinear"])
def test_s5_pytorch(command, tmp_path, discretization):
    state = s5_state()
    own = {name.removeprefix("seq."): values.astype(complex) for name, values in state.items()}
    reference = {
        "Lambda_re": own["Lambda"].real,
        "Lambda_im": own["Lambda"].imag,
        "B": own["B"].real,
        "C": np.stack([own["C"].real, own["C"].imag], -1),
        "D": own["D"].real,
        "log_step": own["log_step"].real[:, None],
    }
    expected = ssm(frames(H), reference, discretization, 1)
    item = {"name": "seq", "discretization": discretization}
    network = importers.torch(state, layers=[item])
    assert importers.check(network, frames(H), expected) < TOLERANCE * np.abs(expected).max()
    path = tmp_path / "state.safetensors"
    path.write_bytes(sparrow._safetensors.encode(state, {}))
    again = importers.torch(path, layers=[item, "gelu_tanh"])
    assert np.array_equal(
        again.parameters["layers.0.C.real"], network.parameters["layers.0.C.real"]
    )
    with pytest.raises(sparrow.Error, match="discretised"):
        importers.torch(state, layers=["seq"])
    with pytest.raises(sparrow.Error, match="no option|unknown|liquid"):
        importers.torch(state, layers=[item | {"liquid": True}])
    state["seq.C"] = np.concatenate([state["seq.C"]] * 2, axis=1)
    with pytest.raises(sparrow.Error, match="future"):
        importers.torch(state, layers=[item])


def test_modules_of_s5_pytorch(command):
    torch = pytest.importorskip("torch")
    s5 = pytest.importorskip("s5", reason="needs s5-pytorch")
    torch.manual_seed(1)
    module = s5.S5(H, 8, block_count=2)
    with torch.no_grad():
        module.seq.Lambda[0] += 0.6
        outputs = module(torch.from_numpy(frames(H))[None])[0].numpy()
    network = importers.torch(module, layers=["seq"])
    assert network.layers[0]["discretization"] == "discrete"
    assert importers.check(network, frames(H), outputs) < 2e-5 * np.abs(outputs).max()
    with pytest.raises(sparrow.Error, match="future"):
        importers.torch(s5.S5(H, 8, bidir=True), layers=["seq"])
    with pytest.raises(sparrow.Error, match="liquid"):
        importers.torch(s5.S5(H, 8, liquid=True), layers=["seq"])


def evnn(units=7):
    random = np.random.default_rng(5)
    return {
        "kernel": random.standard_normal((H, 3 * units)) * 0.5,
        "recurrent_kernel": random.standard_normal((units, 3 * units)) * 0.5,
        "bias": random.standard_normal(3 * units) * 0.3,
        "recurrent_bias": random.standard_normal(3 * units) * 0.3,
        "thr": random.uniform(0, 0.3, units),
    }


@pytest.mark.parametrize("interval", [None, 50])
def test_egru_of_evnn(command, interval):
    state, inputs = evnn(), frames(H)
    units = len(state["thr"])
    y = h = np.zeros(units)
    expected = []
    for step, row in enumerate(inputs):
        if interval and step % interval == 0:
            h = np.zeros(units)
        a = (row @ state["kernel"] + state["bias"]).reshape(3, units)
        q = (y @ state["recurrent_kernel"] + state["recurrent_bias"]).reshape(3, units)
        z, r = sigmoid(a[0] + q[0]), sigmoid(a[1] + q[1])
        v = z * h + (1 - z) * np.tanh(a[2] + r * q[2])
        event = v > state["thr"]
        y, h = np.where(event, v, 0), v - event * state["thr"]
        expected.append(y)
    item = {"name": "rnn"} | ({"reset_interval": interval} if interval else {})
    named = {f"rnn.{name}": values for name, values in state.items()}
    network = importers.torch(named, layers=[item])
    assert importers.check(network, inputs, np.array(expected)) < 1e-5
    del named["rnn.thr"]
    with pytest.raises(sparrow.Error, match="thr"):
        importers.torch(named, layers=[item])
    named["rnn.more"] = np.ones(3)
    with pytest.raises(sparrow.Error, match="more"):
        importers.torch(named, layers=[item])
