"""Sparrow, through its command: `sparrow denoise FOLDER_IN FOLDER_OUT --json`.

The command writes a file for every file of the folder, under the same name, and prints one JSON
object: {"files": [{"input": "noisy/000.flac", "elapsed_seconds": 0.0123, …}, …]}. The time is that of
the whole command on that file, reading and writing included.
"""

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from mixtures import Mixture
from systems.base import Denoised, Options, System, Unavailable
from systems.folder import Folder


class Sparrow:
    """Denoises the whole folder when created, then answers from what was written."""

    def __init__(self, binary: Path, noisy_folder: Path):
        self._outputs = TemporaryDirectory(prefix="sparrow-denoised-")
        command = [str(binary), "denoise", str(noisy_folder), self._outputs.name, "--json"]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        timings = json.loads(run.stdout)["files"]
        seconds = {Path(entry["input"]).stem: entry["elapsed_seconds"] for entry in timings}
        self._folder = Folder(Path(self._outputs.name), seconds)

    def denoise(self, mixture: Mixture) -> Denoised:
        return self._folder.denoise(mixture)


def create(options: Options) -> System:
    if options.sparrow is None:
        raise Unavailable("give the path of the binary with --sparrow")
    if not options.sparrow.is_file():
        raise Unavailable(f"{options.sparrow} is not a file")
    return Sparrow(options.sparrow, options.noisy_folder)
