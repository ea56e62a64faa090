#!/usr/bin/env python3
"""Builds the documentation of the products, and fails if a symbol link does not resolve.

usage: Scripts/build-documentation.py [MODULE ...]

Writes .build/docs/MODULE.doccarchive. The debug build has to be up to date: run `swift build`
first. To browse the documentation while writing it, use the plugin:

    SPARROW_DOCC=1 swift package --disable-sandbox preview-documentation --target Sparrow
"""

import shutil
import subprocess
import sys
import tempfile

from symbol_graphs import ROOT, binaries, extract, products

# Modules whose declarations another one exports as its own.
REEXPORTED = {"Sparrow": "SparrowCore", "SparrowAudio": "SparrowAudioCore"}
OUTPUT = ROOT / ".build" / "docs"


def docc(module: str, folder: str) -> bool:
    """Whether the documentation of a module builds without warnings."""
    archive = OUTPUT / f"{module}.doccarchive"
    shutil.rmtree(archive, ignore_errors=True)
    result = subprocess.run(
        ["docc", "convert", str(ROOT / "Sources" / module / f"{module}.docc")]
        + ["--additional-symbol-graph-dir", folder, "--output-path", str(archive)]
        + ["--fallback-display-name", module, "--fallback-bundle-identifier", module]
        + ["--warnings-as-errors"],
        capture_output=True,
        text=True,
    )
    if result.returncode != 0:
        sys.stderr.write(result.stdout + result.stderr)
    return result.returncode == 0


def main() -> None:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    modules = binaries()
    failed = []
    for module in sys.argv[1:] or products():
        with tempfile.TemporaryDirectory() as folder:
            extract(module, modules, folder, reexported=REEXPORTED.get(module))
            if not docc(module, folder):
                failed.append(module)
    if failed:
        sys.exit("the documentation has warnings: " + ", ".join(failed))


if __name__ == "__main__":
    main()
