"""Functions that need the whole Swift library: the command `sparrow` runs them."""

from __future__ import annotations

import json
import os
import pathlib
from typing import TYPE_CHECKING, Any, Literal

from ._errors import Error
from ._model import read_file

if TYPE_CHECKING:
    import tempfile

    import numpy.typing

    from ._network import Network


def command() -> str:
    """The path of the command: the environment variable SPARROW, or found in PATH."""
    import shutil

    named = os.environ.get("SPARROW")
    found = shutil.which(named or "sparrow")
    if found is None:
        where = f"$SPARROW is {named}" if named else "it is not in PATH, and SPARROW is not set"
        raise Error(
            f"the command `sparrow` is needed, and {where}; "
            "`swift build -c release --product sparrow` makes it"
        )
    return found


def _run(*arguments: str) -> str:
    # Few programs need it, and it takes longer to load than all the rest.
    import subprocess

    try:
        done = subprocess.run(
            [command(), *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
    except (OSError, ValueError) as error:
        raise Error(f"the command `sparrow` does not run: {error}") from None
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
        reason = lines[0][len("Error: ") :] if lines else done.stderr.strip() or done.returncode
        raise Error(f"sparrow {arguments[0]}: {reason}")
    return done.stdout


class _ModelFile:
    """The path of a model file; a network is written to one that is deleted in the end."""

    def __init__(self, source: Any) -> None:
        import tempfile

        from ._network import Network

        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if isinstance(source, Network):
            self._folder = tempfile.TemporaryDirectory(prefix="sparrow-")
            self.path = pathlib.Path(self._folder.name) / "network.safetensors"
            source.save(self.path)
        elif isinstance(source, (str, os.PathLike)):
            self.path = pathlib.Path(source)
        else:
            raise Error(
                f"expected a network or the path of a model file, not {type(source).__name__}"
            )

    def __enter__(self) -> str:
        # An absolute path is not taken for an option.
        return str(self.path.absolute())

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()


def pack(
    network: Network | str | os.PathLike[str],
    *,
    instruction_set: Literal["scalar", "neon", "neon_i8mm", "avx2", "avx512"] | None = None,
    weights: Literal["single", "bfloat16", "int8"] | None = None,
) -> bytes:
    """Packs a network, or the model file at a path, and gives the plan's bytes.

    instruction_set: of the machine that will run it; this machine's if it is left out.
    weights: how weights of single precision are stored.
    """
    import tempfile

    with _ModelFile(network) as path, tempfile.TemporaryDirectory(prefix="sparrow-") as folder:
        plan = pathlib.Path(folder) / "plan"
        options = []
        if instruction_set is not None:
            options += ["--instruction-set", instruction_set]
        if weights is not None:
            options += ["--weights", weights]
        _run("pack", path, "-o", str(plan), *options)
        return read_file(plan)


def quantize(
    network: Network | str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    data: str | os.PathLike[str] | list[str | os.PathLike[str]] | None = None,
    frames: numpy.typing.ArrayLike | str | os.PathLike[str] | None = None,
    scheme: Literal["w8a16", "w8a8", "w4a16"] = "w8a16",
    per_tensor: bool = False,
) -> dict[str, Any]:
    """Turns a network into fixed point and writes the model file `output`.

    data: folders of recordings that ranges of activations are calibrated on; of a network with a
        front end.
    frames: those of any other network, [frames, width] or [sequences, frames, width], or the path
        of a file with them (.npy, .safetensors). Every sequence begins with a fresh state.

    Returns the command's report: bits, exponents, clipped values and signal-to-noise ratios.
    """
    import tempfile

    if (data is None) == (frames is None):
        raise Error("expected either data, folders of recordings, or frames")
    folders = [data] if isinstance(data, (str, os.PathLike)) else list(data or [])
    options = [part for folder in folders for part in ("--data", os.fspath(folder))]
    if per_tensor:
        options.append("--per-tensor")
    target = str(pathlib.Path(output).absolute())
    with _ModelFile(network) as path, tempfile.TemporaryDirectory(prefix="sparrow-") as folder:
        if frames is not None:
            if not isinstance(frames, (str, os.PathLike)):
                import numpy as np

                name = os.path.join(folder, "frames.npy")
                np.save(name, np.asarray(frames, np.float32))
                frames = name
            options += ["--frames", os.path.abspath(os.fspath(frames))]
        return _json("quantize", path, "-o", target, "--scheme", scheme, "--json", *options)


def inspect(network: Network | str | os.PathLike[str]) -> dict[str, Any]:
    """Layers, size and cost per frame of a network or model file, as `sparrow inspect --json`."""
    with _ModelFile(network) as path:
        return _json("inspect", path, "--json")


def cost(network: Network | str | os.PathLike[str]) -> dict[str, Any]:
    """The matrices of a network on this machine: formats, predicted and measured microseconds, as
    `sparrow plan --json`."""
    with _ModelFile(network) as path:
        return _json("plan", path, "--json")


def _json(*arguments: str) -> dict[str, Any]:
    text = _run(*arguments)
    try:
        result: dict[str, Any] = json.loads(text)
    except ValueError:
        raise Error(f"sparrow {arguments[0]} printed no JSON: {text[:100]!r}") from None
    return result
