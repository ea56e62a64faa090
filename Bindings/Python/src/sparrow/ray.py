"""python -m sparrow.ray SOURCE TARGET: cleans a folder of recordings over a Ray cluster.

>>> report = sparrow.ray.denoise_folder("/shared/recordings", "s3://bucket/clean")
>>> report.failed
[{'path': 'interview.wav', 'status': 'failed', 'error': 'interview.wav cannot be read: …'}]

Files are items of a Ray dataset: Ray schedules them, and runs those of a worker or node that dies
again elsewhere. A file appears whole or not at all, and files that are there are left alone, so a
run that was interrupted goes on when it is started again. Needs the packages ray[data] and, for
other sound than WAV, soundfile on every node.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import sys
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._denoiser import Denoiser
from ._errors import Error

try:
    import ray
    import ray.data
    from pyarrow import ArrowException
    from pyarrow import fs as filesystems
except ImportError as _error:
    raise ImportError("sparrow.ray needs Ray Data: pip install 'ray[data]'") from _error

SUFFIXES = (".wav", ".wave", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif")
"""Endings of names that are taken for sound."""

# Few files are cleaned again where a worker dies.
_FILES_OF_BLOCK = 4


@dataclass(frozen=True)
class Report:
    """What became of each file, one row a file: `path`, below the source; `status`, which is
    "cleaned", "there" (it was before) or "failed"; and `error`."""

    rows: list[dict[str, str]]

    def of(self, status: str) -> list[dict[str, str]]:
        """The rows with a status."""
        return [row for row in self.rows if row["status"] == status]

    @property
    def failed(self) -> list[dict[str, str]]:
        """The rows of files that could not be cleaned."""
        return self.of("failed")

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes a JSON object a line."""
        lines = (json.dumps(row, ensure_ascii=False) for row in self.rows)
        pathlib.Path(path).write_text("".join(f"{line}\n" for line in lines), "utf-8")


class _Folder:
    """A folder that every node sees, or a bucket: s3://…, gs://…"""

    def __init__(self, place: str | os.PathLike[str]) -> None:
        text = os.fspath(place)
        try:
            if "://" in text:
                self.system, self.path = filesystems.FileSystem.from_uri(text)
            else:
                self.system, self.path = filesystems.LocalFileSystem(), os.path.abspath(text)
        except (ArrowException, OSError, ValueError) as error:
            raise Error(f"{text} is no folder that can be reached: {error}") from None
        self.is_local = isinstance(self.system, filesystems.LocalFileSystem)

    def files(self) -> list[str]:
        """Paths of all files, below the folder."""
        selector = filesystems.FileSelector(self.path, recursive=True, allow_not_found=True)
        start = len(self.path.rstrip("/")) + 1
        found = self.system.get_file_info(selector)
        return sorted(one.path[start:] for one in found if one.is_file)

    def has(self, path: str) -> bool:
        info = self.system.get_file_info(f"{self.path}/{path}")
        return bool(info.type == filesystems.FileType.File)

    def fetch(self, path: str, to: str) -> None:
        """Copies a file to this machine."""
        with self.system.open_input_stream(f"{self.path}/{path}") as source, open(to, "wb") as file:
            while block := source.read(1 << 20):
                file.write(block)

    def put(self, path: str, file: str) -> None:
        """Writes a file, which is there whole or not at all."""
        name = f"{self.path}/{path}"
        part = name
        if self.is_local:
            # A node that was taken for dead may still be writing: no two write the same file.
            parent, _, own = name.rpartition("/")
            self.system.create_dir(parent, recursive=True)
            part = f"{parent}/.{own}.{uuid.uuid4().hex}.part"
        with open(file, "rb") as source, self.system.open_output_stream(part) as target:
            while block := source.read(1 << 20):
                target.write(block)
        if self.is_local:
            self.system.move(part, name)

    def remove_parts(self) -> None:
        """Removes what writers left that died."""
        for path in self.files():
            name = path.rpartition("/")[2]
            if name.startswith(".") and name.endswith(".part"):
                self.system.delete_file(f"{self.path}/{path}")


@dataclass
class _Cleaner:
    """Cleans one file, on any node."""

    denoiser: Denoiser
    source: str
    target: str

    def __call__(self, row: Mapping[str, Any]) -> dict[str, str]:
        path = str(row["path"])
        result = {"path": path, "status": "cleaned", "error": ""}
        try:
            target = _Folder(self.target)
            # A worker may have died between writing the file and saying so.
            if not target.has(path):
                self._clean(path, target)
        except Exception as error:
            result |= {"status": "failed", "error": str(error).strip() or type(error).__name__}
        return result

    def _clean(self, path: str, target: _Folder) -> None:
        name = pathlib.PurePosixPath(path).name
        with tempfile.TemporaryDirectory(prefix="sparrow-") as folder:
            noisy, clean = f"{folder}/noisy-{name}", f"{folder}/clean-{name}"
            try:
                _Folder(self.source).fetch(path, noisy)
                self.denoiser.file(noisy, clean)
            except Error as error:
                raise Error(str(error).replace(noisy, path).replace(clean, path)) from None
            target.put(path, clean)


def denoise_folder(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    denoiser: Denoiser | None = None,
    suffixes: Sequence[str] = SUFFIXES,
    concurrency: int | None = None,
) -> Report:
    """Cleans every sound file below a folder into another folder, over the cluster that Ray is
    connected to; without `ray.init`, over this machine.

    source, target: folders that every node sees, or s3://… and other URIs of Apache Arrow.
    concurrency: files at once; as many as the cluster has processors if it is left out.

    A file that cannot be cleaned does not end the run; `Report.failed` has its reason.
    """
    source, target = os.fspath(source), os.fspath(target)
    if source.rstrip("/") == target.rstrip("/"):
        raise Error("the source is the target; expected another folder")
    there = set(_Folder(target).files())
    paths = [path for path in _Folder(source).files() if path.lower().endswith(tuple(suffixes))]
    rows = [{"path": path, "status": "there", "error": ""} for path in paths if path in there]
    left = [{"path": path} for path in paths if path not in there]
    if left:
        cleaner = _Cleaner(denoiser or Denoiser(), source, target)
        blocks = -(-len(left) // _FILES_OF_BLOCK)
        dataset = ray.data.from_items(left, override_num_blocks=blocks)
        mapped = dataset.map(cleaner.__call__, concurrency=concurrency, num_cpus=1)
        rows += mapped.take_all()
        _Folder(target).remove_parts()
    return Report(sorted(rows, key=lambda row: row["path"]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Cleans a folder; the exit status is 1 where a file failed."""
    parser = argparse.ArgumentParser(prog="python -m sparrow.ray", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("source", help="a folder or URI of recordings")
    parser.add_argument("target", help="the folder or URI of what becomes of them")
    parser.add_argument("--address", help='of the cluster; "auto" for the one that runs here')
    parser.add_argument("--model", help="a plan or model file instead of the embedded denoiser")
    parser.add_argument("--attenuation-limit", type=float, help="dB by which noise falls at most")
    parser.add_argument("--concurrency", type=int, help="files at once")
    parser.add_argument("--report", help="a file for what became of each file, JSON lines")
    options = parser.parse_args(arguments)
    try:
        ray.init(address=options.address, logging_level="WARNING")
        settings = {"attenuation_limit": options.attenuation_limit}
        denoiser = Denoiser(
            *([options.model] if options.model else []),
            **{name: value for name, value in settings.items() if value is not None},
        )
        report = denoise_folder(
            options.source, options.target, denoiser=denoiser, concurrency=options.concurrency
        )
    except (Error, ConnectionError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    if options.report:
        report.write(options.report)
    for row in report.failed:
        print(f"{row['path']}: {row['error']}", file=sys.stderr)
    counts = ", ".join(f"{len(report.of(s))} {s}" for s in ("cleaned", "there", "failed"))
    print(f"{len(report.rows)} files: {counts}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    # By its own name, by which other nodes find what they are sent.
    from sparrow.ray import main as _main

    sys.exit(_main())
