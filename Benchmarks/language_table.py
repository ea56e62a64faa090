"""Measures language models on one text and prints one table of them.

    python3 language_table.py --sparrow .build/release/sparrow --text test.txt.gz \\
        "LSTM=lstm.safetensors" ...

Each network is NAME=FILE, or NAME=FILE@PRECISION for plans with rounded weights (`sparrow
perplexity --weights`). --baseline names one of them; others then get a column that says how many
times fewer effective multiply-accumulates (MACs) they need without the decoder than the dense MACs
of that one, and beside it what their two savings predict: dense MACs over those of non-zero
weights, times dense MACs over those that the activity alone leaves, times what their cell saves
against the baseline's when both are dense.

Times are medians over the words, on this machine, one thread. Runs with Python alone.
"""

import argparse
import json
import pathlib
import subprocess

HEAD = [
    "network",
    "perplexity",
    "effective MACs a word",
    "… without the decoder",
    "weights that are not zero",
    "activity by layer",
    "file, bytes",
    "µs a word",
]


def report(options, command, model, *more):
    arguments = [options.sparrow, command, model, *more, "--json"]
    result = subprocess.run([str(a) for a in arguments], capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))}: {result.stderr.strip()}")
    return json.loads(result.stdout)


class Measured:
    def __init__(self, options, argument):
        self.name, separator, file = argument.rpartition("=")
        if not separator:
            raise SystemExit(f"{argument}: expected NAME=FILE")
        model, _, precision = file.partition("@")
        weights = ["--weights", precision] if precision else []
        self.bytes = pathlib.Path(model).stat().st_size
        self.shape = report(options, "inspect", model)["matrices"][:-1]
        self.text = report(options, "perplexity", model, options.text, *weights)

    def sum(self, key):
        return sum(matrix[key] for matrix in self.shape)

    @property
    def dense(self):
        return self.sum("dense_macs_per_frame")

    @property
    def density(self):
        return self.sum("non_zero_weight_macs_per_frame") / self.dense

    @property
    def effective(self):
        return self.text["effective_macs_per_token_without_decoder"]

    def active_share(self):
        """Of all recurrent and input products, those whose activation is not zero."""
        activity = [layer["activity"] for layer in self.text["activity"]]
        macs = 0.0
        for matrix in self.shape:
            layer = int(matrix["name"].split(".")[1])
            source = layer if "recurrent" in matrix["name"] else layer - 1
            share = activity[source] if source >= 0 else 1
            macs += share * matrix["dense_macs_per_frame"]
        return macs / self.dense

    def row(self):
        activity = ", ".join(f"{100 * a['activity']:.0f} %" for a in self.text["activity"])
        return [
            self.name,
            f"{self.text['perplexity']:.1f}",
            f"{self.text['effective_macs_per_token'] / 1e6:.2f} million",
            f"{self.effective / 1e6:.3f} million",
            f"{100 * self.density:.0f} %",
            activity,
            f"{self.bytes:,}",
            f"{self.text['us_per_token']:.0f}",
        ]

    def savings(self, baseline):
        measured = baseline.dense / self.effective
        predicted = baseline.dense / self.dense / self.density / self.active_share()
        return [f"{measured:.1f}", f"{predicted:.1f}"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("networks", nargs="+", metavar="NAME=FILE[@PRECISION]")
    parser.add_argument("--sparrow", type=pathlib.Path, required=True)
    parser.add_argument("--text", type=pathlib.Path, required=True)
    parser.add_argument("--baseline", help="the NAME of a dense network")
    options = parser.parse_args()
    measured = [Measured(options, argument) for argument in options.networks]
    head, rows = list(HEAD), [m.row() for m in measured]
    if options.baseline:
        named = [m for m in measured if m.name == options.baseline]
        if not named:
            parser.error(f"no network is named {options.baseline}")
        head += ["times fewer MACs than " + options.baseline, "as its savings predict"]
        rows = [r + m.savings(named[0]) for r, m in zip(rows, measured, strict=True)]
    rule = ["---"] + ["---:"] * (len(head) - 1)
    print("\n".join(f"| {' | '.join(cells)} |" for cells in [head, rule, *rows]))


if __name__ == "__main__":
    main()
