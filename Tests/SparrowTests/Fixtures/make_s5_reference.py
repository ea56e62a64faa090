#!/usr/bin/env python3
"""Makes the fixtures that Sparrow's streams are compared with.

An implementation of the S5 stack in NumPy, in double precision and independent of Sparrow:
HiPPO-LegS initialisation, discretisation, batch normalisation with stored moments, GELU or ReLU,
gate, residual. Each case is a model file in Sparrow's format, and a file with frames and what the
stack makes of them.

    pip install numpy safetensors
    python3 make_s5_reference.py [FOLDER]
"""

import json
import pathlib
import sys

import numpy
from safetensors.numpy import save_file

INPUTS, WIDTH, STATES, BLOCK, LAYERS, OUTPUTS, FRAMES = 9, 12, 8, 8, 2, 10, 40
CASES = {
    "s5": dict(relufied=False, discretization="zeroOrderHold", symmetry=True),
    "s5_relufied": dict(relufied=True, discretization="zeroOrderHold", symmetry=True),
    "s5_bilinear": dict(relufied=False, discretization="bilinear", symmetry=False),
}


def hippo_legs(n):
    """Eigenvalues and eigenvectors of the normal part of HiPPO-LegS, half of them."""
    i = numpy.arange(n)
    root = numpy.sqrt(1 + 2 * i)
    a = -numpy.tril(numpy.outer(root, root), -1) - numpy.diag(i + 1.0)
    p = numpy.sqrt(i + 0.5)
    s = a + numpy.outer(p, p)
    imaginary, v = numpy.linalg.eigh(-1j * s)
    real = numpy.full(n, numpy.mean(numpy.diag(s)))
    return (real + 1j * imaginary)[: n // 2], v[:, : n // 2]


def lecun_normal(rng, shape, fan_in):
    x = rng.standard_normal(shape)
    while (far := abs(x) > 2).any():
        x[far] = rng.standard_normal(far.sum())
    return x / 0.87962566103423978 / numpy.sqrt(fan_in)


def make_parameters(rng):
    p = {}

    def dense(path, inputs, outputs):
        p[f"{path}.weight"] = lecun_normal(rng, (outputs, inputs), inputs)
        p[f"{path}.bias"] = 0.2 * rng.standard_normal(outputs)

    def recurrence(path):
        values, vectors = hippo_legs(BLOCK)
        blocks = STATES // len(values)
        values = numpy.tile(values, blocks)
        v = numpy.kron(numpy.eye(blocks), vectors)  # 2P x P
        b = v.conj().T @ lecun_normal(rng, (2 * STATES, WIDTH), 2 * STATES)
        c = lecun_normal(rng, (WIDTH, 2 * STATES, 2), 2 * STATES)
        c = (c[..., 0] + 1j * c[..., 1]) @ v
        p[f"{path}.eigenvalues.real"] = values.real
        p[f"{path}.eigenvalues.imaginary"] = values.imag
        p[f"{path}.logStep"] = rng.uniform(numpy.log(1e-3), numpy.log(1e-1), STATES)
        p[f"{path}.B.real"], p[f"{path}.B.imaginary"] = b.real, b.imag
        p[f"{path}.C.real"], p[f"{path}.C.imaginary"] = c.real, c.imag
        p[f"{path}.D"] = rng.standard_normal(WIDTH)

    def normalization(path):
        p[f"{path}.scale"] = rng.uniform(0.5, 1.5, WIDTH)
        p[f"{path}.shift"] = 0.3 * rng.standard_normal(WIDTH)
        p[f"{path}.mean"] = 0.3 * rng.standard_normal(WIDTH)
        p[f"{path}.variance"] = rng.uniform(0.2, 2, WIDTH)

    return p, dense, recurrence, normalization


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


def gelu(x):
    return 0.5 * x * (1 + numpy.tanh(numpy.sqrt(2 / numpy.pi) * (x + 0.044715 * x**3)))


def relu(x):
    return numpy.maximum(x, 0)


def state_space(p, path, u, discretization, symmetry, relufied):
    lam = (
        numpy.minimum(p[f"{path}.eigenvalues.real"], -1e-4)
        + 1j * p[f"{path}.eigenvalues.imaginary"]
    )
    delta = numpy.exp(p[f"{path}.logStep"])
    b = p[f"{path}.B.real"] + 1j * p[f"{path}.B.imaginary"]
    c = p[f"{path}.C.real"] + 1j * p[f"{path}.C.imaginary"]
    if discretization == "zeroOrderHold":
        a_bar = numpy.exp(lam * delta)
        b_bar = ((a_bar - 1) / lam)[:, None] * b
    else:
        bl = 1 / (1 - delta / 2 * lam)
        a_bar = bl * (1 + delta / 2 * lam)
        b_bar = (bl * delta)[:, None] * b
    x = numpy.zeros(STATES, complex)
    y = numpy.empty_like(u)
    for t in range(len(u)):
        x = a_bar * x + b_bar @ u[t]
        read = numpy.where(x.real > 0, x, 0) if relufied else x
        y[t] = (2 if symmetry else 1) * (c @ read).real + p[f"{path}.D"] * u[t]
    return y


def make_case(folder, name, seed, relufied, discretization, symmetry):
    rng = numpy.random.default_rng(seed)
    p, dense, recurrence, normalization = make_parameters(rng)
    layers = []

    dense("layers.0", INPUTS, WIDTH)
    layers.append({"kind": "dense", "outputs": WIDTH})
    if relufied:
        layers.append({"kind": "activation", "function": "relu"})
    blocks = []
    for _ in range(LAYERS):
        path = f"layers.{len(layers)}"
        blocks.append(path)
        normalization(f"{path}.layers.0")
        recurrence(f"{path}.layers.1")
        dense(f"{path}.layers.3", WIDTH, WIDTH)
        inner = [
            {"kind": "normalization"},
            {
                "kind": "linearRecurrence",
                "states": STATES,
                "discretization": discretization,
                "conjugateSymmetry": symmetry,
                "rectifiesState": relufied,
            },
            {"kind": "activation", "function": "relu" if relufied else "gelu"},
            {"kind": "gate"},
        ]
        layers.append({"kind": "residual", "layers": inner})
        if relufied:
            layers.append({"kind": "activation", "function": "relu"})
    decoder = f"layers.{len(layers)}"
    dense(decoder, WIDTH, OUTPUTS)
    layers.append({"kind": "dense", "outputs": OUTPUTS})

    # What is computed with are the single-precision numbers of the file.
    stored = {key: value.astype(numpy.float32) for key, value in p.items()}
    p = {key: value.astype(numpy.float64) for key, value in stored.items()}
    frames = rng.standard_normal((FRAMES, INPUTS)).astype(numpy.float32)

    x = frames.astype(numpy.float64) @ p["layers.0.weight"].T + p["layers.0.bias"]
    if relufied:
        x = relu(x)
    for path in blocks:
        skip = x
        n = f"{path}.layers.0"
        u = (x - p[f"{n}.mean"]) / numpy.sqrt(p[f"{n}.variance"] + 1e-5) * p[f"{n}.scale"] + p[
            f"{n}.shift"
        ]
        y = state_space(p, f"{path}.layers.1", u, discretization, symmetry, relufied)
        y = relu(y) if relufied else gelu(y)
        g = f"{path}.layers.3"
        x = y * sigmoid(y @ p[f"{g}.weight"].T + p[f"{g}.bias"]) + skip
        if relufied:
            x = relu(x)
    output = x @ p[f"{decoder}.weight"].T + p[f"{decoder}.bias"]

    description = {"version": 1, "inputWidth": INPUTS, "layers": layers, "information": {}}
    save_file(
        stored,
        folder / f"{name}.safetensors",
        metadata={"format": "pt", "sparrow.network": json.dumps(description)},
    )
    save_file(
        {"frames": frames, "output": output},
        folder / f"{name}_frames.safetensors",
    )


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, options) in enumerate(CASES.items()):
        make_case(folder, name, seed, **options)


if __name__ == "__main__":
    main()
