"""Recipes: the JSON files that `sparrow train` reads too."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
from typing import Any, TypeVar

from .._errors import Error
from ._build import RecurrentDropout
from ._compression import Pruning, WeightQuantization
from ._optimizer import Optimization

_Options = TypeVar("_Options")


@dataclasses.dataclass
class Run:
    """The length of a run, its dropout, and its intervals in steps."""

    steps: int
    seed: int = 1
    dropout: float = 0.0
    recurrent_dropout: RecurrentDropout = dataclasses.field(default_factory=RecurrentDropout)
    matmul_precision: str = "float32"
    log_every: int = 50
    validate_every: int = 1000
    checkpoint_every: int = 500


class Recipe:
    """A recipe with its bases, and what every task's has in common."""

    def __init__(self, path: str | os.PathLike[str], steps: int | None = None) -> None:
        """Reads a recipe file. steps: instead of the recipe's."""
        self.path = os.fspath(path)
        self.values = _read(pathlib.Path(path), [])
        run = dict(self.section("run"))
        dropout = options(RecurrentDropout, run.pop("recurrentDropout", {}), "recurrentDropout")
        self.run = options(Run, run, "run")
        self.run.recurrent_dropout = dropout
        if steps is not None:
            self.run.steps = steps
        if self.run.steps < 1:
            raise Error(f"{self.path}: a run of {self.run.steps} steps")
        self.optimization = options(Optimization, self.section("optimization"), "optimization")
        self.pruning = self._optional(Pruning, "pruning")
        self.quantization = self._optional(WeightQuantization, "quantization")
        self.layers: list[dict[str, Any]] = self.values.get("layers") or []
        self.title = str(self.values.get("title", ""))

    def section(self, name: str) -> dict[str, Any]:
        """An object of the recipe."""
        section = self.values.get(name)
        if not isinstance(section, dict):
            raise Error(f"{self.path}: the recipe has no object {name!r}")
        return section

    def _optional(self, kind: type[_Options], name: str) -> _Options | None:
        section = self.values.get(name)
        return None if section is None else options(kind, section, name)

    def settings(self) -> str:
        """All that the recipe says, but for what may change when a run goes on."""
        values = json.loads(json.dumps(self.values))
        for name in ("steps", "logEvery", "validateEvery", "checkpointEvery"):
            values["run"].pop(name, None)
        return json.dumps(values, sort_keys=True, separators=(",", ":"))


def options(kind: type[_Options], values: dict[str, Any], section: str) -> _Options:
    """A section of a recipe, camel case becoming snake case; unknown keys are refused."""
    if not isinstance(values, dict):
        raise Error(f"{section}: expected an object")
    known = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    result = {}
    for key, value in values.items():
        name = re.sub("[A-Z]+", lambda match: f"_{match[0].lower()}", key)
        if name not in known:
            raise Error(f"{section}: unknown key {key!r}; expected one of {', '.join(known)}")
        if value is not None:
            result[name] = value
    try:
        return kind(**result)
    except TypeError as error:
        raise Error(f"{section}: {error}") from None


def find(path: str, roots: list[str]) -> str:
    """The first file with a relative path in one of the data folders."""
    for root in roots:
        if os.path.exists(os.path.join(root, path)):
            return os.path.join(root, path)
    raise Error(f"there is no file {path} in {', '.join(roots)}")


def _read(path: pathlib.Path, before: list[pathlib.Path]) -> dict[str, Any]:
    """A recipe as a JSON Merge Patch (RFC 7396) of its base."""
    if path.resolve() in before:
        raise Error(f"{before[0]}: its bases form a circle")
    try:
        values = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise Error(f"{path}: the recipe cannot be read: {error}") from None
    if not isinstance(values, dict):
        raise Error(f"{path}: expected a JSON object")
    base = values.pop("base", None)
    if base is None:
        return values
    if not isinstance(base, str):
        raise Error(f"{path}: `base` is not a string; expected a path")
    merged = _merge(_read(path.parent / base, [*before, path.resolve()]), values)
    assert isinstance(merged, dict)
    return merged


def _merge(old: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merge(result.get(key), value)
    return result
