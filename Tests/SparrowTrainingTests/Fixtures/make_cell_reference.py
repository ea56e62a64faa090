#!/usr/bin/env python3
"""Makes the fixtures that Sparrow's recurrent cells are compared with, forward and backward.

PyTorch computes the RNN, the LSTM and the GRU, an implementation in NumPy the event-based GRU with
its surrogate gradient; all in double precision. A case is a model file in Sparrow's format, and a
file with frames, what the cell makes of them, the loss's gradient by that, and the gradients by
everything else.

    pip install numpy safetensors torch
    python3 make_cell_reference.py [FOLDER]
"""

import json
import pathlib
import sys

import numpy
import torch
from safetensors.numpy import save_file

INPUTS, UNITS, STEPS, CLIPS = 5, 12, 9, 2
NAMES = {
    "inputWeight": "weight_ih_l0",
    "recurrentWeight": "weight_hh_l0",
    "inputBias": "bias_ih_l0",
    "recurrentBias": "bias_hh_l0",
}
TORCH_CASES = {
    "rnn": (dict(kind="rnn"), lambda: torch.nn.RNN(INPUTS, UNITS), 1),
    "lstm": (dict(kind="lstm"), lambda: torch.nn.LSTM(INPUTS, UNITS), 4),
    "gru": (dict(kind="gru"), lambda: torch.nn.GRU(INPUTS, UNITS), 3),
}
EVENT_CASES = {
    "event_gru": dict(kind="eventGRU"),
    "event_gru_blocks": dict(
        kind="eventGRU",
        structure="blockDiagonal",
        blocks=3,
        shuffled=True,
        damping=3.6,
        support=3.6,
        resetInterval=4,
    ),
    "event_gru_leaky": dict(kind="eventGRU", damping=0.3, support=0.3, surrogate="output"),
}


def random_parameters(rng, gates, columns):
    bound = 2 / UNITS**0.5
    shapes = {
        "inputWeight": (gates * UNITS, INPUTS),
        "recurrentWeight": (gates * UNITS, columns),
        "inputBias": (gates * UNITS,),
        "recurrentBias": (gates * UNITS,),
    }
    return {
        name: rng.uniform(-bound, bound, shape).astype(numpy.float32).astype(float)
        for name, shape in shapes.items()
    }


def run_torch(make, parameters, frames, direction):
    cell = make().double()
    with torch.no_grad():
        for name, value in parameters.items():
            getattr(cell, NAMES[name]).copy_(torch.from_numpy(value))
    x = torch.from_numpy(frames).requires_grad_()
    y, _ = cell(x)
    (y * torch.from_numpy(direction)).sum().backward()
    gradients = {name: getattr(cell, NAMES[name]).grad.numpy() for name in parameters}
    return y.detach().numpy(), {"input": x.grad.numpy(), **gradients}


def sigmoid(v):
    return 1 / (1 + numpy.exp(-v))


def full_matrix(layer, weights):
    """The recurrent weights with their zeros, and where each stored weight went."""
    blocks = layer.get("blocks", 1)
    size = UNITS // blocks
    places = numpy.zeros((3 * UNITS, size), int)
    for row in range(3 * UNITS):
        for j in range(size):
            k = row % UNITS // size * size + j
            places[row, j] = k % blocks * size + k // blocks if layer.get("shuffled") else k
    full = numpy.zeros((3 * UNITS, UNITS))
    numpy.put_along_axis(full, places, weights, axis=1)
    return full, places


def run_events(layer, p, frames, direction):
    damping, support = layer.get("damping", 0.7), layer.get("support", 1.0)
    interval = layer.get("resetInterval")
    w, b, c = p["inputWeight"], p["inputBias"], p["recurrentBias"]
    r_full, places = full_matrix(layer, p["recurrentWeight"])
    threshold = numpy.clip(p["threshold"], 0, 1)
    H = UNITS
    y, h = numpy.zeros((CLIPS, H)), numpy.zeros((CLIPS, H))
    tape, outputs = [], []
    for t, x in enumerate(frames):
        if interval and t % interval == 0:
            h = numpy.zeros((CLIPS, H))
        a, q = x @ w.T + b, y @ r_full.T + c
        r, z = sigmoid(a[:, :H] + q[:, :H]), sigmoid(a[:, H : 2 * H] + q[:, H : 2 * H])
        n = numpy.tanh(a[:, 2 * H :] + r * q[:, 2 * H :])
        v = z * h + (1 - z) * n
        event = (v > threshold).astype(float)
        tape.append((x, y, h, q, r, z, n, v, event))
        y, h = event * v, v - event * threshold
        outputs.append(y)

    g = {name: numpy.zeros_like(value) for name, value in p.items()}
    d_full, d_input = numpy.zeros_like(r_full), numpy.zeros_like(frames)
    dy_next, dh = numpy.zeros((CLIPS, H)), numpy.zeros((CLIPS, H))
    for t in reversed(range(STEPS)):
        x, y_before, h_before, q, r, z, n, v, event = tape[t]
        dy = direction[t] + dy_next
        jump = 1 - event if layer.get("surrogate") == "output" else v
        d_event = jump * dy - threshold * dh
        dv = damping * numpy.maximum(0, 1 - support * abs(v - threshold)) * d_event
        g["threshold"] += (-dv - event * dh).sum(0)
        dc = event * dy + dv + dh
        dz = (h_before - n) * dc * z * (1 - z)
        dn = (1 - z) * dc * (1 - n * n)
        dr = dn * q[:, 2 * H :] * r * (1 - r)
        da, dq = numpy.hstack([dr, dz, dn]), numpy.hstack([dr, dz, dn * r])
        g["inputWeight"] += da.T @ x
        g["inputBias"] += da.sum(0)
        g["recurrentBias"] += dq.sum(0)
        d_full += dq.T @ y_before
        d_input[t] = da @ w
        dy_next, dh = dq @ r_full, z * dc
        if interval and t % interval == 0:
            dh = numpy.zeros_like(dh)
    g["recurrentWeight"] = numpy.take_along_axis(d_full, places, axis=1)
    return numpy.stack(outputs), {"input": d_input, **g}


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    rng = numpy.random.default_rng(7)
    for name in [*TORCH_CASES, *EVENT_CASES]:
        frames = rng.uniform(-1, 1, (STEPS, CLIPS, INPUTS)).astype(numpy.float32).astype(float)
        direction = rng.uniform(-1, 1, (STEPS, CLIPS, UNITS)).astype(numpy.float32).astype(float)
        if name in TORCH_CASES:
            layer, make, gates = TORCH_CASES[name]
            parameters = random_parameters(rng, gates, UNITS)
            output, gradients = run_torch(make, parameters, frames, direction)
        else:
            layer = EVENT_CASES[name]
            parameters = random_parameters(rng, 3, UNITS // layer.get("blocks", 1))
            parameters["threshold"] = rng.uniform(0, 0.3, UNITS).astype(numpy.float32).astype(float)
            output, gradients = run_events(layer, parameters, frames, direction)
        description = {
            "version": 1,
            "inputWidth": INPUTS,
            "layers": [dict(layer, units=UNITS)],
            "information": {},
        }
        save_file(
            {f"layers.0.{key}": value.astype(numpy.float32) for key, value in parameters.items()},
            folder / f"{name}.safetensors",
            metadata={"sparrow.network": json.dumps(description)},
        )
        save_file(
            {
                "frames": frames,
                "output": output,
                "direction": direction,
                **{
                    f"gradient.{key}": numpy.ascontiguousarray(value)
                    for key, value in gradients.items()
                },
            },
            folder / f"{name}_pass.safetensors",
        )
        print(name, "active", round(float((output != 0).mean()), 3))


if __name__ == "__main__":
    main()
