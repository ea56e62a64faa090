"""The systems that can be scored, one module each.

A module `systems/NAME.py` has one function, `create(options) -> System`. It raises `Unavailable`
(or ImportError, where a package is missing) if the system cannot run here. To add a peer, add its
module and its name below.
"""

from importlib import import_module

from systems.base import Denoised, Options, System, Unavailable

NAMES = ("noisy", "clean", "rnnoise", "gtcrn", "dtln", "deepfilternet", "sparrow")

__all__ = ["NAMES", "Denoised", "Options", "System", "Unavailable", "create"]


def create(name: str, options: Options) -> System:
    """Makes the system of that name, or raises Unavailable with what is missing."""
    try:
        return import_module(f"systems.{name}").create(options)
    except ImportError as error:
        raise Unavailable(f"{error}; see requirements.txt and requirements-weights.txt") from error
