#!/usr/bin/env python3
"""Writes fixtures/trainer.npz: what Sparrow's own trainer makes of small networks, for
`sparrow.torch` to be compared with.

`sparrow train` trains a language model of every kind of layer by two recipes. After one step its
checkpoint holds a tenth of each gradient, as the first moment of AdamW; after twenty the
parameters are those of a whole run. Needs the command `sparrow` (set SPARROW).
"""

import json
import os
import pathlib
import subprocess
import tempfile

import numpy as np
import sparrow
from sparrow import _safetensors, layers

WIDTH = 8
CELL = {"structure": "blockDiagonal", "blocks": 2, "shuffled": True}
LAYERS = [
    layers.residual(
        [
            layers.normalization(),
            layers.linear_recurrence(6),
            layers.activation("gelu"),
            layers.gate(),
        ]
    ),
    layers.linear_recurrence(
        3,
        "bilinear",
        conjugate_symmetry=False,
        rectifies_state=True,
        has_bias=True,
        maximum_time_constant=30,
    ),
    layers.event_gru(10, damping=0.5, support=0.8, initialThreshold=0.05, **CELL),
    layers.convolution(6, 3, dilation=2, groups=2),
    layers.layer_normalization(epsilon=1e-3),
    {"kind": "lstm", "units": 6, "structure": "diagonal"},
    layers.layer_normalization(centers=False),
    layers.gru(6, resets_first=True),
    {"kind": "gru", "units": 6, "structure": "blockDiagonal", "blocks": 3},
    layers.event_gru(8, trainsThresholds=False, surrogate="output", resetInterval=7),
    layers.rnn(6, "relu"),
    layers.lstm(8),
]


def recipe(words: int) -> dict:
    """A recipe without dropout, whose passes are the same in every implementation."""
    return {
        "title": "A small language model of every kind of layer",
        "frontEnd": {"kind": "language"},
        "embeddingWidth": WIDTH,
        "layers": [*LAYERS, layers.dense(words)],
        "batch": {"sequences": 3, "steps": 12},
        "run": {
            "steps": 20,
            "seed": 5,
            "dropout": 0,
            "logEvery": 20,
            "validateEvery": 20,
            "checkpointEvery": 1,
        },
        "optimization": {
            "learningRate": 0.003,
            "stateSpaceLearningRate": 0.001,
            "weightDecay": 0.05,
            "beta1": 0.9,
            "beta2": 0.99,
            "epsilon": 1e-6,
            "warmupFraction": 0.1,
            "clippingFactor": 2,
            "emaDecay": 0.9,
        },
        "data": {"training": "text", "validation": "text"},
    }


def main() -> None:
    random = np.random.default_rng(3)
    lines = [" ".join(random.choice(list("abcdefghij"), 9)) for _ in range(60)]
    text = "\n".join(lines) + "\n"
    words = 11
    pruned = recipe(words) | {
        "pruning": {
            "sparsity": 0.6,
            "distribution": "erk",
            "pattern": "unstructured",
            "prunesComplexJointly": False,
            "begin": 0.1,
            "end": 0.7,
            "excluded": ["layers.12"],
        }
    }
    described = recipe(words)["layers"]
    initial = {}
    for name, shape in layers.parameter_shapes(described, WIDTH).items():
        kind = name.rpartition(".")[2]
        values = random.standard_normal(shape) * 0.4
        if kind in ("scale", "variance"):
            values = 1 + 0.3 * np.abs(values)
        elif kind == "threshold":
            values = random.uniform(-0.05, 0.2, shape)
        elif name.endswith("eigenvalues.real"):
            values = -0.1 - np.abs(values)
        elif kind == "logStep":
            values = random.uniform(-3, 0, shape)
        initial[name] = values.astype(np.float32)
    result = {"text": np.frombuffer(text.encode(), np.uint8)}
    result |= {f"initial/{name}": values for name, values in initial.items()}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "text").write_text(text)
        front_end = {"kind": "language", "words": _vocabulary(text)}
        network = sparrow.Network(WIDTH, described, initial, front_end=front_end)
        network.save(folder / "initial.safetensors")
        for title, options in (("dense", recipe(words)), ("pruned", pruned)):
            result[f"{title}/recipe"] = np.frombuffer(json.dumps(options).encode(), np.uint8)
            first = json.loads(json.dumps(options))
            first["run"]["steps"] = 1
            first["optimization"]["warmupFraction"] = 0
            tensors = train(folder, first)
            for key, values in tensors.items():
                if key.startswith("first/") and title == "dense":
                    result[f"gradient/{key[6:]}"] = values * 10
            tensors = train(folder, options)
            for key, values in tensors.items():
                if not key.startswith(("first/", "second/", "average/", "state/")):
                    result[f"{title}/after/{key}"] = values
            saved = sparrow.Network.load(folder / "run/network.safetensors")
            for key, values in saved.parameters.items():
                result[f"{title}/network/{key}"] = values
            lines = (folder / "run/log.jsonl").read_text().splitlines()
            result[f"{title}/log"] = np.frombuffer("\n".join(lines).encode(), np.uint8)
    path = pathlib.Path(__file__).parent / "fixtures/trainer.npz"
    np.savez_compressed(path, **result)
    print(path, path.stat().st_size, "bytes")


def train(folder: pathlib.Path, options: dict) -> dict[str, np.ndarray]:
    """The checkpoint after a run."""
    (folder / "recipe.json").write_text(json.dumps(options))
    subprocess.run(["rm", "-rf", folder / "run"], check=True)
    command = [os.environ["SPARROW"], "train", folder / "recipe.json", "--data", folder]
    options = ["--output", folder / "run", "--from", folder / "initial.safetensors"]
    subprocess.run([*command, *options, "--threads", "1"], check=True, stderr=subprocess.DEVNULL)
    return _safetensors.decode((folder / "run/checkpoint.safetensors").read_bytes())[0]


def _vocabulary(text: str) -> list[str]:
    words = [word for line in text.splitlines() for word in [*line.split(), "<eos>"]]
    return sorted(dict.fromkeys(words), key=lambda word: -words.count(word))


if __name__ == "__main__":
    main()
