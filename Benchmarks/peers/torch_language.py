"""Times training a language model in eager PyTorch and in Sparrow: words a second, in turns.

The model is an embedding, LSTM layers (nn.LSTM, which runs all steps in one call) and a decoder that
shares the embedding's weights; a step is forward, cross-entropy, backward, clipping and fused AdamW, on
random words, with nothing dropped. Sparrow's benchmark does the same.

One thread is timed in processor time, so that others on the machine weigh less; more threads in wall time.
"""

import argparse
import json
import re
import subprocess
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import torch
from torch import Tensor, nn
from torch.nn import functional

from markdown_table import markdown


class LanguageModel(nn.Module):
    """Word indices [steps, sequences] to logits [steps, sequences, words]."""

    def __init__(self, words: int, units: int, layers: int):
        super().__init__()
        self.embedding = nn.Embedding(words, units)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        self.cells = nn.LSTM(units, units, layers)
        self.decoder = nn.Linear(units, words)
        self.decoder.weight = self.embedding.weight

    def forward(self, indices: Tensor, state: tuple[Tensor, Tensor] | None):
        y, state = self.cells(self.embedding(indices), state)
        return self.decoder(y), state


class TorchTraining:
    """A model that goes on training, so that its speed can be looked at in turns with another's."""

    def __init__(self, arguments: argparse.Namespace, autocast: bool):
        torch.manual_seed(0)
        self.model = LanguageModel(arguments.words, arguments.units, arguments.layers)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=2e-3, fused=True)
        shape = (arguments.steps, arguments.sequences)
        self.input = torch.randint(arguments.words, shape)
        self.target = torch.randint(arguments.words, shape).flatten()
        self.autocast = autocast
        self.state = None

    def step(self) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.autocast):
            logits, state = self.model(self.input, self.state)
        loss = functional.cross_entropy(logits.float().flatten(0, 1), self.target)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1)
        self.optimizer.step()
        self.state = tuple(part.detach() for part in state)

    def words_per_second(self, batches: int, threads: int) -> float:
        torch.set_num_threads(threads)
        clock = process_time if threads == 1 else perf_counter
        self.step()
        times = []
        for _ in range(batches):
            start = clock()
            self.step()
            times.append(clock() - start)
        return self.target.numel() / median(times)


def sparrow_words_per_second(arguments: argparse.Namespace, threads: int, *flags: str) -> float:
    command = [
        str(arguments.sparrow), "language", "--threads", str(threads),
        "--batches", str(arguments.batches), "--words", str(arguments.words),
        "--units", str(arguments.units), "--layers", str(arguments.layers),
        "--sequences", str(arguments.sequences), "--steps", str(arguments.steps), *flags,
    ]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"([\d.]+) words/s", output)
    if not found:
        raise RuntimeError(f"the benchmark said: {output}")
    return float(found[1])


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sparrow", type=Path, required=True, help="binary of Sparrow's benchmarks")
    parser.add_argument("--units", type=int, default=650)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--words", type=int, default=10_000)
    parser.add_argument("--sequences", type=int, default=32)
    parser.add_argument("--steps", type=int, default=35)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument("--batches", type=int, default=8, help="batches a look (default: 8)")
    parser.add_argument("--rounds", type=int, default=3, help="looks at each (default: 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every look")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    torch_float = TorchTraining(arguments, autocast=False)
    torch_bfloat = TorchTraining(arguments, autocast=True)
    contenders = {
        "PyTorch fp32": lambda n: torch_float.words_per_second(arguments.batches, n),
        "Sparrow fp32": lambda n: sparrow_words_per_second(arguments, n),
        "PyTorch bfloat16 (autocast)": lambda n: torch_bfloat.words_per_second(arguments.batches, n),
        "Sparrow bfloat16 products": lambda n: sparrow_words_per_second(arguments, n, "--bfloat16"),
    }
    looks: dict[str, list[list[float]]] = {name: [] for name in contenders}
    for threads in arguments.threads:
        rounds = [{name: look(threads) for name, look in contenders.items()} for _ in range(arguments.rounds)]
        for name in contenders:
            looks[name].append([values[name] for values in rounds])
    rows = [["words/s"] + [f"{n} thread{'s' if n > 1 else ''}" for n in arguments.threads]
            + ["over PyTorch fp32"]]
    for name, by_threads in looks.items():
        ratios = [median(own / base for own, base in zip(values, first, strict=True))
                  for values, first in zip(by_threads, looks["PyTorch fp32"], strict=True)]
        rows.append([name] + [f"{median(values):.0f}" for values in by_threads]
                    + [", ".join(f"{ratio:.2f}" for ratio in ratios)])
    print(f"PyTorch {torch.__version__}, {arguments.layers} × LSTM-{arguments.units}, {arguments.words} words, "
          f"batch of {arguments.sequences} × {arguments.steps}\n")
    print(markdown(rows))
    if arguments.json:
        arguments.json.write_text(json.dumps(looks, indent=2) + "\n")


if __name__ == "__main__":
    main()
