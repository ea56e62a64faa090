"""sparrow.torch: layers against the C library, against finite differences, and against plain
loops."""

import numpy as np
import pytest
import sparrow
from sparrow import layers

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

from sparrow import torch as st  # noqa: E402
from sparrow.torch import _compression, _folding, _patterns, _quantization  # noqa: E402

BLOCKS = {"structure": "blockDiagonal", "blocks": 3, "shuffled": True}
CASES = {
    "dense": [layers.dense(4)],
    "residual": [layers.residual([layers.gate(), layers.activation("gelu")])],
    "functions": [layers.activation("sigmoid"), layers.activation("tanh")],
    "normalization": [layers.normalization()],
    "layer normalization": [layers.layer_normalization(epsilon=1e-2)],
    "RMS normalization": [layers.layer_normalization(centers=False)],
    "convolution": [layers.convolution(9, 3, dilation=2, groups=3)],
    "depthwise": [layers.convolution(6, 2, groups=6)],
    "S5": [layers.linear_recurrence(8)],
    "S5 bilinear": [layers.linear_recurrence(3, "bilinear", has_bias=True)],
    "S5 rectified": [layers.linear_recurrence(3, conjugate_symmetry=False, rectifies_state=True)],
    "S5 bounded": [layers.linear_recurrence(3, maximum_time_constant=9)],
    "EGRU": [layers.event_gru(6, **BLOCKS)],
    "EGRU reset": [layers.event_gru(5, resetInterval=4, surrogate="output")],
    "RNN": [layers.rnn(5, "relu")],
}
for _name, _cell in {
    "LSTM": layers.lstm(6),
    "GRU": layers.gru(6),
    "GRU reset first": layers.gru(6, resets_first=True),
    "RNN": layers.rnn(6),
}.items():
    CASES[f"{_name} diagonal"] = [_cell | {"structure": "diagonal"}]
    CASES[f"{_name} blocks"] = [_cell | {"structure": "blockDiagonal", "blocks": 2}]
    CASES[f"{_name} shuffled"] = [_cell | BLOCKS]
    CASES[_name] = [_cell]
WIDTH = 6


def made(name, seed=4):
    torch.manual_seed(seed)
    module = st.build(CASES[name], WIDTH)
    with torch.no_grad():
        for place, one in st.named_parameters(module).items():
            if place.endswith("logStep"):
                one.tensor.uniform_(-2, 0)
            elif place.endswith("threshold"):
                one.tensor.uniform_(-0.1, 0.3)
            elif "eigenvalues" not in place:
                one.tensor.add_(0.3 * torch.randn_like(one.tensor))
            if place.endswith("variance"):
                one.tensor.abs_()
    return module


def frames(steps, batch=1, seed=6):
    return torch.randn(steps, batch, WIDTH, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", CASES)
def test_the_c_library_computes_the_same(command, name):
    module = made(name).eval()
    x = frames(150)
    with torch.no_grad():
        y = module(x)[:, 0].numpy()
    network = st.export(module)
    assert network.layers == [layer.description() for layer in module.inner()]
    found = sparrow.Stream(network).run(x[:, 0].numpy())
    assert np.abs(found - y).max() < 1e-5 * max(1, np.abs(y).max())


@pytest.mark.parametrize("name", CASES)
def test_pieces_go_on_from_a_state(name):
    module = made(name).double().eval()
    x = frames(45, 3).double()
    with torch.no_grad():
        whole, state, pieces = module(x), None, []
        for piece in x.split([3, 1, 20, 21]):
            y, state = module.run(piece, state)
            pieces.append(y)
    assert torch.allclose(torch.cat(pieces), whole, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in CASES if "EGRU" not in name])
def test_gradients_agree_with_finite_differences(name):
    module = made(name).double().train()
    x = frames(6, 2).double().requires_grad_()
    tensors = [one.tensor for one in st.named_parameters(module).values() if one.is_trained]

    def outputs(x, *_):
        # Statistics that follow the batch are no part of the function.
        return module(x)

    assert torch.autograd.gradcheck(outputs, (x, *tensors), atol=1e-7, fast_mode=True)


def egru_loss(module, x, direction):
    """A plain loop with the surrogate's derivative written out by a trick: a + (b - a).detach()
    has b's value and a's gradient."""
    w, r, b, c, threshold = (one.tensor for one in module.own())
    units, theta = module.units, threshold.clamp(0, 1)
    sent = kept = x.new_zeros(x.shape[1], units)
    order = module.structure.order or list(range(units))
    total = 0
    for t, row in enumerate(x):
        if module.reset_interval and t % module.reset_interval == 0:
            kept = torch.zeros_like(kept)
        full = x.new_zeros(3 * units, units)
        size = module.structure.size
        for i in range(3 * units):
            block = i % units // size
            for j in range(size):
                full[i, order[block * size + j]] += r[i, j]
        a, q = row @ w.T + b, sent @ full.T + c
        gates = torch.sigmoid(a[:, : 2 * units] + q[:, : 2 * units])
        reset, update = gates[:, :units], gates[:, units:]
        n = torch.tanh(a[:, 2 * units :] + reset * q[:, 2 * units :])
        v = (1 - update) * n + update * kept
        event = (v > theta).to(v)
        height = module.damping * (1 - module.support * (v - theta).abs()).clamp(min=0).detach()
        soft = height * (v - theta)
        event = soft + (event - soft).detach()
        if module.surrogate == "event":
            sent = event * v
        else:
            silent = (1 - event.detach()) * soft
            sent = event.detach() * v + silent - silent.detach()
        kept = v - event * theta
        total = total + (sent * direction[t]).sum()
    return total


@pytest.mark.parametrize("name", ["EGRU", "EGRU reset"])
def test_surrogate_gradients_are_those_of_a_plain_loop(name):
    module = made(name).double()
    cell = module.layers[0]
    x = frames(11, 2).double().requires_grad_()
    direction = torch.randn(11, 2, cell.units, generator=torch.Generator().manual_seed(9)).double()
    tensors = [x, *cell.parameters()]
    expected = torch.autograd.grad(egru_loss(cell, x, direction), tensors)
    found = torch.autograd.grad((module(x) * direction).sum(), tensors)
    for one, other in zip(found, expected, strict=True):
        assert torch.allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("steps", [1, 2, 7, 8, 9, 16, 17, 100, 401])
def test_scan_is_the_recurrence(steps):
    torch.manual_seed(steps)
    a = torch.polar(torch.rand(3).double(), torch.randn(3).double()).requires_grad_()
    w = torch.randn(steps, 2, 3, dtype=torch.complex128, requires_grad=True)
    first, x, rows = torch.randn(2, 3, dtype=torch.complex128), None, []
    for row in w:
        x = a * (first if x is None else x) + row
        rows.append(x)
    expected = torch.stack(rows)
    found = st.scan(a, w, first)
    assert torch.allclose(found, expected, rtol=1e-12)
    direction = torch.randn_like(expected)
    one = torch.autograd.grad((found * direction).sum().real, (a, w))
    other = torch.autograd.grad((expected * direction).sum().real, (a, w))
    for left, right in zip(one, other, strict=True):
        assert torch.allclose(left, right, rtol=1e-10)


def test_a_long_memory_stays_exact():
    """States that hardly decay over 20,000 steps, in single precision."""
    a = torch.polar(torch.tensor([0.99999, 0.9999]), torch.tensor([0.01, 1.0]))
    w = torch.randn(20_000, 1, 2, dtype=torch.complex64, generator=torch.Generator().manual_seed(1))
    x, rows = np.zeros(2, np.complex128), []
    for row in w[:, 0].numpy().astype(np.complex128):
        x = a.numpy().astype(np.complex128) * x + row
        rows.append(x)
    expected = np.array(rows)
    assert np.abs(st.scan(a, w)[:, 0].numpy() - expected).max() / np.abs(expected).max() < 2e-6


def test_s5_begins_with_hippo():
    layer = st.S5(32, 64)
    assert torch.equal(layer.eigenvalues_real, torch.full((64,), -0.5))
    imaginary = layer.eigenvalues_imaginary[:8].detach().numpy()
    # Eigenvalues of A + p pᵀ, by NumPy's general solver.
    n = np.arange(16)
    a = -np.tril(np.sqrt(np.outer(1 + 2 * n, 1 + 2 * n)), -1) - np.diag(n + 1.0)
    values = np.linalg.eigvals(a + np.outer(np.sqrt(n + 0.5), np.sqrt(n + 0.5)))
    assert np.allclose(np.sort(values.imag)[:8], imaginary, rtol=1e-5)
    step = layer.log_step.exp()
    assert step.min() >= 1e-3 and step.max() <= 0.1
    deviations = {"b_real": (2 * 128) ** -0.5, "c_imaginary": (2 * 64 * 32) ** -0.5}
    for name, deviation in deviations.items():
        assert float(getattr(layer, name).detach().std()) == pytest.approx(deviation, rel=0.1)


def numpy_rounded(values, bits, e):
    limit = 2 ** (bits - 1) - 1
    return np.clip(np.round(values * 2.0**e), -limit, limit) * 2.0**-e


@pytest.mark.parametrize("bits", [4, 8, 16])
def test_formats_are_the_finest_that_hold(bits):
    limit = 2 ** (bits - 1) - 1
    for magnitude in [1e-20, 0.3, 0.5, 0.999, 1.0, limit / 2.0 ** (bits - 1), 127.0, 1e9]:
        e = _quantization.exponent(bits, magnitude)
        assert limit * 2.0**-e >= magnitude > limit * 2.0 ** -(e + 1)
        assert int(_quantization.exponents(bits, torch.tensor([magnitude]).double())) == e


def test_weights_are_rounded_as_in_fixed_point(fixed_point):
    """Integers of a quantised network are the nearest that its weights can have: rounding them
    again changes nothing. And against a plain search over exponents."""
    matrix = torch.randn(20, 30, generator=torch.Generator().manual_seed(2)).pow(3)
    for parts in ([matrix], [matrix, matrix.flip(1) * 0.5]):
        found = st.rounded_weights(parts, 6)
        for row in range(20):
            values = np.stack([part[row].numpy() for part in parts])
            coarse = _quantization.exponent(6, float(np.abs(values).max()))
            errors = [
                ((numpy_rounded(values, 6, e) - values) ** 2).sum() for e in (coarse, coarse + 1)
            ]
            e = coarse + int(errors[1] < errors[0])
            expected = numpy_rounded(values, 6, e)
            assert np.array_equal(np.stack([part[row].numpy() for part in found]), expected)
    network = sparrow.Network.load(fixed_point)
    for name, values in network.parameters.items():
        if values.ndim == 2 and ".B." not in name and ".C." not in name:
            again = st.rounded_weights([torch.from_numpy(values)], 8)[0].numpy()
            assert np.array_equal(again, values), name


def test_fake_quantisation_follows_the_range():
    layer = st.FakeQuantization(4, 8)
    x = torch.tensor([[[0.4, -1.0, 0.123, 3.0]]], requires_grad=True)
    layer.eval()
    assert torch.equal(layer(x), x)
    layer.train()
    y = layer(x)
    assert np.array_equal(y.detach().numpy(), numpy_rounded(x.detach().numpy(), 8, 5))
    layer.train()(x / 2)
    assert float(layer.largest) == pytest.approx(3 * 0.999)
    layer.eval()
    (10 * layer(10 * x)).sum().backward()
    assert x.grad.flatten().tolist() == [0, 0, 100, 0][:0] + [
        100.0 if 10 * abs(v) <= 127 / 32 else 0.0 for v in x.detach().flatten().tolist()
    ]


ROUNDED = [name for name in CASES if any(c in name for c in ("RNN", "LSTM", "GRU", "convolution"))]


@pytest.mark.parametrize("scheme, bits", [("w8a16", 16), ("w8a8", 8)])
@pytest.mark.parametrize("name", ROUNDED)
def test_rounded_passes_are_those_of_fixed_point(command, tmp_path, name, scheme, bits):
    """What training sees of a network in fixed point is what that gives: integers from end to end,
    in the C library."""
    description = [*CASES[name], layers.dense(3)]
    torch.manual_seed(3)
    module = st.build(description, WIDTH, activation_bits=bits)
    x = frames(400, seed=7)
    module.train()(x)  # ranges
    quantization = st.WeightQuantization(8, bits)
    with st.Compression(module, quantization=quantization).applied(1, 1), torch.no_grad():
        y = module.eval()(x)[:, 0].numpy()
    plain = st.build(description, WIDTH).eval()
    st.assign(plain, st.export(module).parameters)
    with torch.no_grad():
        single = plain(x)[:, 0].numpy()
    path = tmp_path / "fixed.safetensors"
    sparrow.quantize(st.export(module), path, frames=x[:, 0].numpy(), scheme=scheme)
    found = sparrow.Stream(sparrow.Network.load(path)).run(x[:, 0].numpy())
    error = np.abs(found - y).std()
    assert error < 2.0 ** (2 - bits) * max(1, np.abs(y).max())
    if bits == 16:  # weights are what is rounded
        assert error < 0.1 * np.abs(found - single).std()


@pytest.mark.parametrize("name", [n for n in ROUNDED if "convolution" not in n])
def test_gradients_pass_roundings_of_cells(name):
    """With sixteen bits, gradients are nearly those of single precision."""
    x = frames(20, 2)
    gradients, outputs = [], []
    for bits in (None, 16):
        torch.manual_seed(5)
        module = st.build(CASES[name], WIDTH, activation_bits=bits).train()
        for _ in range(2):  # a range, where a cell needs one
            module.zero_grad()
            y = module(x)
            y.square().sum().backward()
        outputs.append(y.detach())
        own = st.named_parameters(module).values()
        gradients.append([one.tensor.grad for one in own if one.tensor.grad is not None])
    steps = outputs[1] * 2.0 ** module.inner()[0].rounding.format()
    assert torch.equal(steps, steps.round()) and not torch.equal(*outputs)
    for first, second in zip(*gradients, strict=True):
        assert torch.allclose(first, second, rtol=5e-3, atol=5e-3 * float(first.abs().max()))


def test_patterns_keep_the_largest():
    values = torch.rand(70, 40, generator=torch.Generator().manual_seed(3))
    mask = values >= _patterns.threshold(values, 280)
    assert mask.sum() == 280 and values[mask].min() > values[~mask].max()
    mask = _patterns.balanced(values, 280)
    for rows in (slice(0, 64), slice(64, 70)):
        for columns in (slice(0, 32), slice(32, 40)):
            counts = mask[rows, columns].sum(1)
            assert (counts == counts[0]).all()
            for row, kept in zip(values[rows, columns], mask[rows, columns], strict=True):
                assert not kept.any() or kept.all() or row[kept].min() >= row[~kept].max()
    assert abs(int(mask.sum()) - 280) < 140
    mask = _patterns.blocks(values, 1400)
    tiles = [mask[r : r + 16, c : c + 4] for r in range(0, 70, 16) for c in range(0, 40, 4)]
    assert all(tile.all() or not tile.any() for tile in tiles)
    assert sum(bool(tile.any()) for tile in tiles) == 25


def test_erk_keeps_the_total():
    shapes = [[200, 100], [10, 10], [30, 400, 2], [7, 1]]
    counts = [20_000, 100, 24_000, 7]
    kept = _compression.kept_counts("erk", counts, shapes, 0.9)
    assert abs(sum(kept) - sum(c - int(0.9 * c) for c in counts)) <= 2
    density = [k / c for k, c in zip(kept, counts, strict=True)]
    assert density[1] == density[3] == 1
    ratio = (300 / 20_000) / (432 / 24_000)
    assert density[0] / density[2] == pytest.approx(ratio, rel=1e-2)


def test_schedule_of_pruning():
    options = st.Pruning(begin=0.1, end=0.6)
    assert options.progress(9, 100) == 0 and options.progress(60, 100) == 1
    assert options.progress(34, 100) == pytest.approx(1 - 0.5**3)
    assert st.Pruning(begin=0, end=0).progress(0, 100) == 1


def test_complex_weights_are_pruned_together():
    module = st.Sequence(st.S5(6, 8))
    joint = st.Pruning(0.5, prunes_complex_jointly=True, begin=0, end=0)
    before = st.export(module).parameters
    with st.Compression(module, joint).applied(0, 10):
        during = st.export(module).parameters
    assert np.array_equal(during["layers.0.B.real"] == 0, during["layers.0.B.imaginary"] == 0)
    assert 0.3 < (during["layers.0.C.real"] == 0).mean() < 0.7
    assert all(np.array_equal(st.export(module).parameters[n], v) for n, v in before.items())


def test_load_is_the_inverse_of_export(tmp_path):
    module = made("EGRU")
    path = tmp_path / "model.safetensors"
    network = st.export(module, path, information={"title": "events"})
    again = st.load(path)
    assert sparrow.Network.load(path).information == {"title": "events"}
    assert st.export(again).layers == network.layers
    x = frames(9)
    assert torch.equal(again(x), module(x))


def test_dropout_is_held_over_time():
    torch.manual_seed(1)
    layer = st.Dropout(WIDTH, 0.5)
    y = layer(torch.ones(20, 3, WIDTH))
    assert (y == y[0]).all() and set(y.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(layer.eval()(y), y)


@pytest.mark.parametrize(
    "make, why",
    [
        (lambda: st.Sequence(), "no layers"),
        (lambda: st.Sequence(st.Dense(3, 4), st.Dense(5, 6)), "takes 5 values, and 4"),
        (lambda: st.Residual(st.Dense(3, 4)), "gives 4 values for 3"),
        (lambda: st.LSTM(3, 4, structure="blockDiagonal", blocks=3), "cut into 3"),
        (lambda: st.LSTM(3, 4, blocks=2), "blockDiagonal"),
        (lambda: st.S5(3, 4, "discrete"), "zeroOrderHold or bilinear"),
        (lambda: st.build([{"kind": "spline"}], 3), "spline"),
        (lambda: st.make_layer({"kind": "dense"}, 3), "outputs"),
        (lambda: st.export(torch.nn.Linear(3, 4)), "sparrow.importers.torch"),
        (lambda: st.export(torch.nn.Sequential(torch.nn.ReLU())), "ReLU"),
        (lambda: st.Pruning(sparsity=1), "sparsity"),
        (lambda: st.Pruning(begin=0.5, end=0.1), "begin"),
        (lambda: st.Optimization(clipping_factor=1), "clipping"),
        (lambda: st.FakeQuantization(3, 40), "40 bits"),
        (lambda: st.build([layers.normalization()], 3, activation_bits=16), "normalization"),
    ],
)
def test_what_makes_no_sense_is_refused(make, why):
    with pytest.raises(sparrow.Error, match=why):
        make()


def test_folded_networks_compute_the_same():
    torch.manual_seed(2)
    branch = [layers.normalization(), layers.linear_recurrence(4), layers.gate()]
    described = [layers.normalization(), layers.normalization(), layers.dense(5)]
    described += [layers.residual(branch), layers.normalization(), layers.lstm(4)]
    module = st.build(described, WIDTH)
    with torch.no_grad():
        for one in st.named_parameters(module).values():
            if one.role in ("normalization", "statistic"):
                one.tensor.uniform_(0.5, 2)
    network = _folding.folded(st.export(module))
    assert [layer["kind"] for layer in network.layers] == ["dense", "residual", "lstm"]
    x = frames(40, 2)
    with torch.no_grad():
        difference = module.eval()(x) - st.load(network).eval()(x)
    assert difference.abs().max() < 1e-5
    with pytest.raises(sparrow.Error, match="followed by nothing"):
        _folding.folded(st.export(st.Normalization(4)))


def test_roundings_are_where_integers_are():
    branch = [layers.linear_recurrence(4, has_bias=True), layers.activation("relu"), layers.gate()]
    described = [layers.dense(5), layers.activation("relu"), layers.residual(branch)]
    module = st.build(
        [*described, layers.activation("relu"), layers.dense(2)], WIDTH, activation_bits=8
    )
    assert list(module.ranges) == [
        "input",
        "layers.1",
        "layers.2.layers.0.state",
        "layers.2.layers.0",
        "layers.2.layers.2",
        "layers.3",
        "layers.4",
    ]
    module.train()(frames(5))
    assert all(float(layer.largest) > 0 for layer in module.ranges.values())
