"""The command line that the training scripts share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

import torch

from .._errors import Error
from .._network import Network
from ._recipe import Recipe
from ._trainer import Trainer

_INTERRUPTED = 75


def run(make: Callable[..., Trainer], description: str | None, arguments: list[str] | None) -> int:
    """Reads the options, trains, and gives the exit status."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipe", help="the recipe, a JSON file")
    parser.add_argument("--data", action="append", required=True, help="a folder of its data")
    parser.add_argument("-o", "--output", required=True, help="the folder of the run's files")
    parser.add_argument("--from", dest="initial", help="a model file with the first parameters")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--steps", type=int, help="steps of the run instead of the recipe's")
    parser.add_argument("--stop-at", type=int, help="end at this step, with a checkpoint")
    parser.add_argument("--device", help="cpu or cuda (default: cuda where there is one)")
    options = parser.parse_args(arguments)
    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        trainer = make(
            Recipe(options.recipe, options.steps),
            options.data,
            device,
            folder=options.output,
            resume=options.resume,
            initial=Network.load(options.initial) if options.initial else None,
        )
        network = trainer.train(options.stop_at)
    except Error as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    if network is None:
        print(f"ended at step {trainer.step}; --resume goes on", file=sys.stderr)
        return _INTERRUPTED
    print(f"{options.output}/network.safetensors: {network!r}")
    return 0
