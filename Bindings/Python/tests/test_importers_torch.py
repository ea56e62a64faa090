"""PyTorch's modules and state dicts, against PyTorch's own outputs."""

import numpy as np
import pytest
import sparrow
from sparrow import importers

torch = pytest.importorskip("torch")
nn = torch.nn


def frames(width, count=60, seed=11):
    return np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)


def randomized(module, seed=12):
    """Weights, statistics and all, so that nothing is one or zero by chance."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            tensor.copy_(0.4 * torch.randn(tensor.shape, generator=generator))
            if name.endswith("running_var"):
                tensor.abs_()
    return module.eval()


def error(network, inputs, outputs):
    return np.abs(sparrow.Stream(network).run(inputs) - outputs).max()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN tanh", "RNN relu"])
def test_recurrent_modules_and_their_state_dicts(command, kind, layers, bias):
    name, _, function = kind.partition(" ")
    options = {"nonlinearity": function} if function else {}
    module = randomized(getattr(nn, name)(5, 6, layers, bias=bias, **options))
    inputs = frames(5)
    with torch.no_grad():
        outputs = module(torch.from_numpy(inputs))[0].numpy()
    assert error(importers.torch(module), inputs, outputs) < 1e-5
    state = module.state_dict()
    if function:
        with pytest.raises(sparrow.Error, match="which function"):
            importers.torch(state)
        state = {f"net.{key}": value for key, value in state.items()}
        state = importers.torch(state, layers=[{"name": "net", "function": function}])
    else:
        state = importers.torch(state)
    assert error(state, inputs, outputs) < 1e-5


@pytest.mark.parametrize("name", ["LSTMCell", "GRUCell", "RNNCell"])
def test_cells(command, name):
    module = randomized(getattr(nn, name)(4, 5))
    inputs, outputs, state = frames(4), [], None
    with torch.no_grad():
        for frame in torch.from_numpy(inputs):
            state = module(frame, state)
            outputs.append((state[0] if name == "LSTMCell" else state).numpy())
    assert error(importers.torch(module), inputs, np.array(outputs)) < 1e-5


def sequences():
    """Modules of torch.nn in order."""
    silu = [nn.Linear(4, 6), nn.SiLU(), nn.Linear(6, 3, bias=False)]
    yield "functions", nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 6), nn.Tanh())
    yield "silu", nn.Sequential(*silu)
    yield "sigmoid", nn.Sequential(nn.Sequential(nn.Linear(4, 6), nn.Sigmoid()), nn.Dropout())
    yield "gelu", nn.Sequential(nn.Linear(4, 6), nn.GELU(approximate="tanh"))
    yield "batch", nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6, eps=1e-3), nn.ReLU())
    yield "plain batch", nn.Sequential(nn.BatchNorm1d(4, eps=1e-7, affine=False), nn.Linear(4, 2))
    yield (
        "layer",
        nn.Sequential(nn.LayerNorm(4, eps=1e-3), nn.Linear(4, 6), nn.LayerNorm(6, bias=False)),
    )
    yield (
        "rms",
        nn.Sequential(nn.Linear(4, 6), nn.RMSNorm(6), nn.RMSNorm(6, eps=1e-2), nn.Identity()),
    )
    yield "leaky", nn.Sequential(nn.Linear(4, 6), nn.LeakyReLU(0.2), nn.Linear(6, 6), nn.PReLU(6))


@pytest.mark.parametrize(("name", "module"), list(sequences()))
def test_sequences(command, name, module):
    module, inputs = randomized(module), frames(4)
    with torch.no_grad():
        outputs = module(torch.from_numpy(inputs)).numpy()
    assert error(importers.torch(module), inputs, outputs) < 1e-5


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize(("kernel", "dilation"), [(1, 1), (3, 1), (2, 4)])
def test_convolutions(command, kernel, dilation, groups):
    history = (kernel - 1) * dilation
    convolution = nn.Conv1d(4, 8, kernel, dilation=dilation, groups=groups)
    module = randomized(nn.Sequential(nn.ConstantPad1d((history, 0), 0.0), convolution, nn.ReLU()))
    inputs = frames(4)
    with torch.no_grad():
        outputs = module(torch.from_numpy(inputs.T)[None])[0].numpy().T
    assert error(importers.torch(module), inputs, outputs) < 1e-5
    state = {f"c.{key}": value for key, value in convolution.state_dict().items()}
    options = {"dilation": dilation, "groups": groups, "causal": True}
    if kernel == 1:
        del options["causal"]
    network = importers.torch(state, layers=[{"name": "c", **options}, "relu"])
    assert error(network, inputs, outputs) < 1e-5


class Speech(nn.Module):
    """As people write them: the order is in `forward` alone."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.encoder = nn.Linear(8, 6)
        self.rnn = nn.GRU(6, 6, 2, batch_first=True)
        self.gate = nn.Linear(6, 6)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        x = torch.relu(self.encoder(self.norm(x)))
        x = x + self.rnn(x)[0]
        x = x * torch.sigmoid(self.gate(x))
        return torch.sigmoid(self.head(x))


ORDER = ["norm", "encoder", "relu", {"residual": ["rnn"]}, {"gate": "gate"}, "head", "sigmoid"]


def test_a_module_of_ones_own_in_a_given_order(command, tmp_path, capsys):
    module, inputs = randomized(Speech()), frames(8)
    with torch.no_grad():
        outputs = module(torch.from_numpy(inputs)[None])[0].numpy()
    network = importers.torch(module, layers=ORDER, check=(inputs, outputs))
    assert "largest error" in capsys.readouterr().out
    assert importers.check(network, inputs[None], outputs[None]) < 1e-5
    # Compiled, wrapped, as a state dict, and out of files.
    wrapped = {f"module._orig_mod.{key}": value for key, value in module.state_dict().items()}
    order = [{"name": "norm", "kind": "layer"}, *ORDER[1:]]
    assert importers.torch(wrapped, layers=order).to_bytes() == network.to_bytes()
    torch.save(module.state_dict(), tmp_path / "state.pt")
    again = importers.torch(tmp_path / "state.pt", layers=order)
    assert again.to_bytes() == network.to_bytes()
    half = importers.torch(module.half().state_dict(), layers=order)
    for name, values in half.parameters.items():
        np.testing.assert_allclose(values, network.parameters[name], atol=1e-3)


def test_asks_for_what_is_not_there(tmp_path):
    module = Speech()
    state = module.state_dict()
    for source in (module, state):
        with pytest.raises(sparrow.Error, match="norm', 'encoder', 'rnn', 'gate', 'head'"):
            importers.torch(source)
    for order, reason in [
        (ORDER[:-2], "head.weight"),
        ([*ORDER, "softmax"], "softmax"),
        (["norm"], "encoder.weight"),
        ([*ORDER[:3], "head", *ORDER[3:]], "head gives|takes|branch"),
        ([{"residual": "rnn"}], "none of the items"),
        ([{"gate": "rnn"}], "not a linear layer"),
        ([3], "none of the items"),
        ("norm", "expected a list"),
    ]:
        with pytest.raises(sparrow.Error, match=reason):
            importers.torch(module, layers=order)
    with pytest.raises(sparrow.Error, match='"kind": "layer"'):
        importers.torch(state, layers=ORDER)
    importers.torch(module, layers=ORDER[:5], ignore="head")


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (nn.LSTM(3, 4, bidirectional=True), "future"),
        (nn.LSTM(3, 4, proj_size=2), "proj_size"),
        (nn.Sequential(nn.Linear(3, 3), nn.GELU()), "approximate_gelu"),
        (nn.Sequential(nn.Linear(3, 3), nn.Softmax(-1)), "Softmax"),
        (nn.Sequential(nn.Linear(3, 3), nn.Linear(4, 4)), "takes 4 values, and 3"),
        (nn.Sequential(nn.Conv1d(3, 3, 3, padding=1)), "ConstantPad1d"),
        (nn.Sequential(nn.Conv1d(3, 3, 3)), "ConstantPad1d"),
        (nn.Sequential(nn.ConstantPad1d((1, 1), 0.0), nn.Conv1d(3, 3, 3)), "left alone"),
        (nn.Sequential(nn.ConstantPad1d((2, 0), 1.0), nn.Conv1d(3, 3, 3)), "zeros"),
        (nn.Sequential(nn.ConstantPad1d((2, 0), 0.0), nn.Linear(3, 3)), "left"),
        (nn.Conv1d(3, 3, 1, stride=2), "stride"),
        (nn.BatchNorm1d(3, track_running_stats=False), "statistics"),
        (nn.LayerNorm((3, 3)), "axes"),
        (nn.MultiheadAttention(4, 2), "MultiheadAttention"),
        (nn.ReLU(), "input_width"),
        (nn.Sequential(), "no layer"),
    ],
)
def test_refuses_modules(module, reason):
    with pytest.raises(sparrow.Error, match=reason):
        importers.torch(module)


def test_refuses_what_hooks_and_subclasses_may_change():
    module = nn.Linear(3, 3)
    module.register_forward_hook(lambda *_: None)
    with pytest.raises(sparrow.Error, match="hooks"):
        importers.torch(module)

    class Doubled(nn.Linear):
        def forward(self, x):
            return 2 * super().forward(x)

    class Skipping(nn.Sequential):
        def forward(self, x):
            return x + super().forward(x)

    for module in (Doubled(3, 3), Skipping(nn.Linear(3, 3)), nn.Sequential(Doubled(3, 3))):
        with pytest.raises(sparrow.Error, match="forward"):
            importers.torch(module)


def test_weight_norm_is_applied(command):
    module = nn.utils.parametrizations.weight_norm(nn.Linear(3, 4))
    inputs = frames(3)
    with torch.no_grad():
        module.parametrizations.weight.original0.mul_(3)
        outputs = module(torch.from_numpy(inputs)).numpy()
    assert error(importers.torch(module), inputs, outputs) < 1e-5


def test_never_unpickles_more_than_tensors(tmp_path):
    torch.save(nn.Linear(3, 3), tmp_path / "module.pt")
    with pytest.raises(sparrow.Error, match="run any program"):
        importers.torch(tmp_path / "module.pt")
