"""A run of training: steps, a log, validation, checkpoints, and going on from one."""

from __future__ import annotations

import contextlib
import json
import math
import os
import pathlib
import signal
import time
from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor

from .. import _safetensors
from .._errors import Error
from .._model import read_file
from .._network import Network
from ._build import RecurrentDropout, assign, build, export
from ._checkpoint import join_state, split_state
from ._compression import Compression
from ._layer import Sequence, State
from ._optimizer import Optimizer
from ._recipe import Recipe

_FORMAT = "1"


class Task(Protocol):
    """The batches, the loss and the scores of a task."""

    unit: str
    """The unit of data, as "words"."""
    units_per_batch: float
    data: str
    """Tells the data apart from others."""
    front_end: dict[str, Any]
    input_width: int

    def batch(self, step: int) -> Tensor:
        """The input of a step, which the seed and the index of the step alone decide."""

    def continues(self, step: int) -> bool:
        """Whether the sequences of a step go on where those of the step before ended."""

    def rate_factor(self, step: int) -> float:
        """A factor on the learning rates of a step."""

    def forward(self, module: Sequence, batch: Tensor, state: State) -> tuple[Tensor, State]:
        """Runs the network on a batch."""

    def loss(self, output: Tensor) -> Tensor:
        """The loss of the output for the last batch."""

    def validate(self, module: Sequence) -> dict[str, float]:
        """Scores on held-out data; the best network is that with the highest "score"."""


class Trainer:
    """Trains the network of a recipe. In the output folder it keeps `log.jsonl`,
    `checkpoint.safetensors`, `best.safetensors` (the network with the best score so far, of those
    that have all their zeros) and, at the end, `network.safetensors`."""

    def __init__(
        self,
        recipe: Recipe,
        task: Task,
        folder: str | os.PathLike[str],
        *,
        initial: Network | None = None,
        resume: bool = False,
        device: str = "cpu",
        say: Callable[[str], None] = print,
    ) -> None:
        """
        initial: the network to begin with; random parameters without one.
        resume: whether to go on from the checkpoint in the folder, if there is one.
        say: is told of every record of the log.
        """
        self.recipe, self.task, self.say = recipe, task, say
        self.folder = pathlib.Path(folder)
        self.device = torch.device(device)
        run = recipe.run
        torch.manual_seed(run.seed)
        quantization = recipe.quantization
        if quantization is not None and initial is None:
            raise Error("training for fixed point needs a trained network to start from")
        description = recipe.layers
        if initial is not None:
            if quantization is not None:
                from ._folding import folded

                initial = folded(initial)
            description = initial.layers
        self.module = build(
            description,
            task.input_width,
            dropout=run.dropout,
            recurrent_dropout=run.recurrent_dropout or RecurrentDropout(),
            activation_bits=quantization.activation_bits if quantization else None,
        )
        if initial is not None:
            if initial.input_width != task.input_width:
                raise Error("the initial network takes other frames than the recipe's")
            assign(self.module, initial.parameters)
        self.module.to(self.device)
        self.optimizer = Optimizer(recipe.optimization, self.module)
        self.compression = Compression(self.module, recipe.pruning, quantization)
        self.step = 0
        self.best = -math.inf
        self.seconds = 0.0
        self.state: State = None
        if run.matmul_precision == "bfloat16":
            # Operands keep the 10 bits of TF32, sums are in single precision.
            torch.set_float32_matmul_precision("high")
        self.folder.mkdir(parents=True, exist_ok=True)
        if resume and self._checkpoint_path.exists():
            self._restore()

    @property
    def _checkpoint_path(self) -> pathlib.Path:
        return self.folder / "checkpoint.safetensors"

    def train(self, until: int | None = None) -> Network | None:
        """Trains to the end and gives the network; None where the run was asked to end before, by
        SIGTERM or Ctrl-C, or at the step `until`, with a checkpoint."""
        run, steps = self.recipe.run, self.recipe.run.steps
        last = steps if until is None else min(until, steps)
        losses: list[Tensor] = []
        began = time.monotonic()
        with _Interruption() as interruption:
            while self.step < last:
                losses.append(self._advance())
                self.step += 1
                is_end = self.step == last or interruption.asked
                if self.step % run.log_every == 0 or is_end:
                    seconds = time.monotonic() - began
                    self.seconds += seconds
                    self._log(losses, seconds)
                    losses, began = [], time.monotonic()
                if self.step % run.validate_every == 0 or self.step == steps:
                    self._validate()
                    began = time.monotonic()
                if self.step % run.checkpoint_every == 0 or is_end:
                    self._checkpoint()
                if is_end:
                    break
        if self.step < steps:
            return None
        with self._snapshot() as network:
            network.save(self.folder / "network.safetensors")
            return network

    def _advance(self) -> Tensor:
        """One step; gives the loss."""
        step, steps = self.step, self.recipe.run.steps
        # A step's dropout is decided by its index, so that a resumed run drops the same.
        torch.manual_seed((self.recipe.run.seed + step * 0x9E3779B9) % (1 << 63))
        batch = self.task.batch(step)
        state = self.state if self.task.continues(step) else None
        self.module.train()
        self.module.zero_grad()
        with self.compression.applied(step, steps):
            output, self.state = self.task.forward(self.module, batch, state)
            loss = self.task.loss(output)
            loss.backward()
        value = loss.detach()
        if step % 50 == 0 and not math.isfinite(float(value)):
            raise Error(f"training diverged at step {step}: the loss is {float(value)}")
        self.optimizer.update(step, steps, self.task.rate_factor(step))
        return value

    def _log(self, losses: list[Tensor], seconds: float) -> None:
        loss = float(torch.stack(losses).mean())
        rate = len(losses) * self.task.units_per_batch / max(seconds, 1e-9)
        steps = self.recipe.run.steps
        factor = self.recipe.optimization.schedule(self.step - 1, steps)
        self.say(f"step {self.step}/{steps}  loss {loss:.3f}  {rate:.0f} {self.task.unit}/s")
        self._record(
            {
                "step": self.step,
                "loss": loss,
                "learningRate": factor * self.recipe.optimization.learning_rate,
                "seconds": self.seconds,
                "unitsPerSecond": rate,
            }
        )

    def _record(self, record: dict[str, Any]) -> None:
        with open(self.folder / "log.jsonl", "a", encoding="utf-8") as log:
            log.write(json.dumps(record) + "\n")

    @contextlib.contextmanager
    def _snapshot(self) -> Any:
        """The network as training has it now, in the module too: the running mean of its
        parameters, with the zeros that pruning has come to, rounded."""
        averages = self.optimizer.average if self.recipe.optimization.ema_decay > 0 else None
        with self.compression.applied(self.step, self.recipe.run.steps, averages):
            self.module.eval()
            yield export(
                self.module,
                front_end=self.task.front_end,
                information={"title": self.recipe.title, "trainer": "sparrow.torch"},
            )

    def _validate(self) -> None:
        with self._snapshot() as network, torch.no_grad():
            scores = self.task.validate(self.module)
            text = "  ".join(f"{name} {value:.3f}" for name, value in sorted(scores.items()))
            self.say(f"step {self.step}/{self.recipe.run.steps}  validation: {text}")
            self._record({"step": self.step, "validation": scores})
            pruning = self.recipe.pruning
            # A network that is still to lose weights would win against what becomes of it.
            if pruning and pruning.progress(self.step, self.recipe.run.steps) < 1:
                return
            if scores.get("score", -math.inf) > self.best:
                self.best = scores["score"]
                network.save(self.folder / "best.safetensors")

    # ---- Checkpoints: with the recipe, the state that determines the next step ----

    def _checkpoint(self) -> None:
        optimizer = self.optimizer
        tensors: dict[str, Tensor] = {n: own.tensor for n, own in optimizer.parameters.items()}
        for prefix, group in self._memories().items():
            tensors |= {f"{prefix}/{name}": tensor for name, tensor in group.items()}
        structure: Any = None
        if self.task.continues(self.step):
            structure, vectors = split_state(self.state)
            tensors |= {f"state/{index}": vector for index, vector in enumerate(vectors)}
        mean = optimizer.mean_gradient_norm
        about = {
            "step": self.step,
            "best": None if self.best == -math.inf else self.best,
            "meanGradientNorm": mean,
            "seconds": self.seconds,
            "state": structure,
            "data": self.task.data,
            "recipe": self.recipe.settings(),
        }
        arrays = {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}
        metadata = {"sparrow.torch.checkpoint": _FORMAT, "about": json.dumps(about)}
        _safetensors.write_atomically(self._checkpoint_path, _safetensors.encode(arrays, metadata))

    def _memories(self) -> dict[str, dict[str, Tensor]]:
        optimizer = self.optimizer
        ranges = {name: layer.largest for name, layer in self.module.ranges.items()}
        return {
            "first": optimizer.first,
            "second": optimizer.second,
            "average": optimizer.average,
            "range": ranges,
        }

    def _restore(self) -> None:
        path = self._checkpoint_path

        def refuse(why: str) -> Error:
            return Error(f"{path}: cannot go on from it: {why}")

        try:
            arrays, metadata = _safetensors.decode(read_file(path))
            if metadata.get("sparrow.torch.checkpoint") != _FORMAT:
                raise refuse("it is not a checkpoint of sparrow.torch")
            about = json.loads(metadata["about"])
            step, seconds = int(about["step"]), float(about["seconds"])
        except (ValueError, KeyError, TypeError) as error:
            raise refuse(f"it is not a checkpoint: {error}") from None
        if about["recipe"] != self.recipe.settings():
            raise refuse("it was made by another recipe")
        if about["data"] != self.task.data:
            raise refuse("it was made from other data")
        if not 0 <= step <= self.recipe.run.steps:
            raise refuse(f"it is at step {step} of a run of {self.recipe.run.steps}")

        def take(name: str, into: Tensor) -> None:
            array = arrays.get(name)
            if array is None or array.shape != tuple(into.shape):
                raise refuse(f"{name} is missing or has another shape")
            into.data.copy_(torch.from_numpy(array.copy()))

        for name, own in self.optimizer.parameters.items():
            take(name, own.tensor)
        for prefix, group in self._memories().items():
            for name, tensor in group.items():
                take(f"{prefix}/{name}", tensor)
        if about["state"] is not None:
            vectors = [
                torch.from_numpy(arrays[f"state/{i}"].copy()).to(self.device)
                for i in range(sum(name.startswith("state/") for name in arrays))
            ]
            self.state = join_state(about["state"], vectors)
        self.step, self.seconds = step, seconds
        self.best = -math.inf if about["best"] is None else float(about["best"])
        self.optimizer.mean_gradient_norm = about["meanGradientNorm"]
        # What was logged after the checkpoint comes again.
        log = self.folder / "log.jsonl"
        if log.exists():
            lines = log.read_text("utf-8").splitlines(keepends=True)
            kept = [line for line in lines if json.loads(line)["step"] <= step]
            log.write_text("".join(kept), "utf-8")


class _Interruption:
    """Remembers SIGTERM and Ctrl-C, for the run to end after its step."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Interruption:
        for number in (signal.SIGTERM, signal.SIGINT):
            # Only the main thread may; elsewhere a run ends at its end.
            with contextlib.suppress(ValueError):
                self._before[number] = signal.signal(number, self._ask)
        return self

    def _ask(self, *_: object) -> None:
        self.asked = True

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
