"""python -m sparrow.torch.language RECIPE --data FOLDER -o RUN: trains a language model.

Recipes are those of `sparrow train`, batches too: the same recipe and text give the same batches.
An interrupted run goes on with --resume, and ends with the same network.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import sys
from typing import Any

import torch
from torch import Tensor, nn

from .._errors import Error
from .._model import read_file
from .._network import Network
from ._build import load
from ._command import run
from ._layer import Dense, Sequence, State
from ._random import RandomNumbers
from ._recipe import Recipe, find
from ._trainer import Trainer

_END, _UNKNOWN = "<eos>", "<unk>"


def read_words(path: str) -> list[str]:
    """The words of a text file, plain or compressed by gzip; every line ends with <eos>."""
    data = read_file(path)
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError) as error:
            raise Error(f"{path}: {error}") from None
    data = data.removeprefix(b"\xef\xbb\xbf")
    lines = data.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return [w for line in lines for w in [*line.decode("utf-8", "replace").split(), _END]]


def vocabulary(words: list[str], limit: int | None = None) -> list[str]:
    """The words by falling frequency, then by first occurrence; of more than `limit` the last
    place is for unknown ones."""
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    found = sorted(counts, key=lambda word: -counts[word])
    if limit is not None and len(found) > limit:
        found = [word for word in found if word not in (_UNKNOWN, _END)]
        found = [_END, *found[: limit - 2], _UNKNOWN]
    return found


def _encode(words: list[str], known: list[str], path: str) -> Tensor:
    indices = {word: index for index, word in enumerate(known)}
    unknown = indices.get(_UNKNOWN)
    found = [indices.get(word, unknown) for word in words]
    if None in found:
        raise Error(f"{path}: the word {words[found.index(None)]!r} is not in the vocabulary")
    return torch.tensor(found)


class LanguageTask:
    """Chunks of a text, and the cross-entropy of each next word.

    In each epoch the text, as a ring, is cut at a random place into sequences of equal length, and
    these into chunks, over which recurrent cells keep their state.
    """

    unit = "words"

    def __init__(self, recipe: Recipe, roots: list[str], device: str = "cpu") -> None:
        texts = recipe.section("data")
        training = find(texts["training"], roots)
        validation = find(texts["validation"], roots)
        words = read_words(training)
        known = vocabulary(words, texts.get("vocabularySize"))
        self.training = _encode(words, known, training).to(device)
        self.validation = _encode(read_words(validation), known, validation).to(device)
        self.front_end: dict[str, Any] = {"kind": "language", "words": known}
        self.input_width = int(recipe.values["embeddingWidth"])
        layers = recipe.layers
        if not layers or layers[-1] != {"kind": "dense", "outputs": len(known)}:
            raise Error(f"the last layer is to be dense, with {len(known)} outputs, one per word")
        batch = recipe.section("batch")
        self.sequences, self.steps = int(batch["sequences"]), int(batch["steps"])
        self.varies = bool(batch.get("variesSteps", True))
        self.length = len(self.training) // self.sequences
        if self.length < 5 or len(self.validation) < 2:
            raise Error(f"the text has {len(words)} words, too few for {self.sequences} sequences")
        self.seed = recipe.run.seed
        self.word_dropout = recipe.run.recurrent_dropout.words
        share = 0.975 if self.varies else 1.0
        self.units_per_batch = share * self.steps * self.sequences
        whole = torch.cat([self.training, self.validation]).cpu().numpy()
        self.data = hashlib.sha256(whole.tobytes()).hexdigest()
        self.targets = self.training[:0]
        self._epochs: list[tuple[int, int, list[int]]] = []
        self.teacher: Sequence | None = None
        self.teacher_weight = 0.0
        options = recipe.values.get("teacher")
        if options is not None:
            path = find(options["model"], roots)
            network = Network.load(path)
            if (network.front_end or {}).get("words") != known:
                raise Error(f"{path}: the teacher has other words than the recipe and its data")
            self.teacher = load(network).to(device).eval().requires_grad_(False)
            self.teacher_weight = float(options["weight"])
        self._teacher_state: State = None
        self._teacher_step = -1
        self._soft: Tensor | None = None

    def _chunks(self, random: RandomNumbers) -> list[int]:
        longest = self.steps + 20 if self.varies else self.steps
        chunks, left = [], self.length
        while left > 0:
            chunk = self.steps
            if self.varies:
                is_usual = random.uniform() < 0.95
                base = self.steps if is_usual else max(1, self.steps // 2)
                chunk = min(max(5, int(base + 5 * random.normal())), longest)
            # A rest that is too short for a chunk is added to the one before it.
            if left - chunk < min(5, self.steps) and left <= longest:
                chunk = left
            chunks.append(min(chunk, left))
            left -= chunks[-1]
        return chunks

    def _place(self, step: int) -> tuple[int, list[int], int]:
        """The epoch's first word, the bounds of its chunks, and the chunk of a step."""
        while True:
            for start, first, bounds in reversed(self._epochs):
                if first <= step and step - first < len(bounds) - 1:
                    return start, bounds, step - first
            random = RandomNumbers(self.seed, 0x7E47 + len(self._epochs))
            bounds = [0]
            for chunk in self._chunks(random):
                bounds.append(bounds[-1] + chunk)
            first = 0
            if self._epochs:
                first = self._epochs[-1][1] + len(self._epochs[-1][2]) - 1
            self._epochs.append((random.index(len(self.training)), first, bounds))

    def _words(self, step: int) -> tuple[Tensor, Tensor]:
        start, bounds, chunk = self._place(step)
        device = self.training.device
        rows = torch.arange(bounds[chunk], bounds[chunk + 1], device=device)[:, None]
        columns = torch.arange(self.sequences, device=device) * self.length
        words = start + columns + rows
        count = len(self.training)
        return self.training[words % count], self.training[(words + 1) % count]

    def batch(self, step: int) -> Tensor:
        words, self.targets = self._words(step)
        if self.teacher is not None:
            # The teacher has a state, too: after a resumption it reads the epoch again.
            first = step - self._place(step)[2]
            begin = max(first, self._teacher_step + 1) if self._teacher_step < step else first
            for earlier in range(begin, step + 1):
                before = self._teacher_state if self.continues(earlier) else None
                with torch.no_grad():
                    frames = embed(self.teacher, self._words(earlier)[0])
                    logits, self._teacher_state = self.teacher.run(frames, before)
                self._soft = logits
            self._teacher_step = step
        return words

    def continues(self, step: int) -> bool:
        return self._place(step)[2] > 0

    def rate_factor(self, step: int) -> float:
        _, bounds, chunk = self._place(step)
        return (bounds[chunk + 1] - bounds[chunk]) / self.steps

    def forward(self, module: Sequence, batch: Tensor, state: State) -> tuple[Tensor, State]:
        return module.run(embed(module, batch, self.word_dropout), state)

    def loss(self, output: Tensor) -> Tensor:
        logits, targets = output.flatten(0, 1), self.targets.flatten()
        loss = nn.functional.cross_entropy(logits, targets)
        if self._soft is None:
            return loss
        # The gradient by the right class, and less of it by as much as the teacher's own.
        soft = torch.softmax(self._soft.flatten(0, 1), 1)
        taught = nn.functional.cross_entropy(logits, soft)
        return (1 - self.teacher_weight) * loss + self.teacher_weight * taught

    def validate(self, module: Sequence) -> dict[str, float]:
        """The perplexity of the validation text, in up to 32 sequences of at least 1,000 words."""
        sequences = min(32, max(1, len(self.validation) // 1000))
        length = (len(self.validation) - 1) // sequences
        inputs = self.validation[: length * sequences].view(sequences, length).t()
        targets = self.validation[1 : length * sequences + 1].view(sequences, length).t()
        total, state = 0.0, None
        for first in range(0, length, self.steps):
            piece = slice(first, first + self.steps)
            logits, state = module.run(embed(module, inputs[piece]), state)
            total += float(
                nn.functional.cross_entropy(
                    logits.flatten(0, 1), targets[piece].flatten(), reduction="sum"
                )
            )
        perplexity = math.exp(min(total / (length * sequences), 700))
        return {"perplexity": perplexity, "score": -perplexity}


def embed(module: Sequence, words: Tensor, dropout: float = 0.0) -> Tensor:
    """Words as rows of the last layer's weights; in training whole words may be dropped."""
    decoder = module.layers[-1]
    if not isinstance(decoder, Dense):
        raise Error("a language model ends with a dense layer")
    frames = nn.functional.embedding(words, decoder.weight)
    if not module.training or dropout == 0:
        return frames
    kept = torch.empty(len(decoder.weight), 1, device=frames.device).bernoulli_(1 - dropout)
    return frames * nn.functional.embedding(words, kept / (1 - dropout))


def main(arguments: list[str] | None = None) -> int:
    """Trains by a recipe; the exit status is 1 for an error, 75 for a run that was ended early."""

    def make(recipe: Recipe, roots: list[str], device: str, **options: Any) -> Trainer:
        return Trainer(recipe, LanguageTask(recipe, roots, device), device=device, **options)

    return run(make, __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
