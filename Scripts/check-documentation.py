#!/usr/bin/env python3
"""Lists public declarations without a doc comment, and fails if there are any.

The compiler's symbol graphs say what is public, so extensions, macros and conditional compilation are seen as
the compiler sees them. A member that implements a protocol's requirement inherits the requirement's comment.

usage: Scripts/check-documentation.py [MODULE ...]

Without arguments it checks every Swift library of the package. The debug build has to be up to date: run
`swift build` first.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Modules that are no libraries: the command's declarations are read by nobody else.
NO_LIBRARIES = {"SparrowCommand"}


def output(*command: str) -> str:
    """What a command prints."""
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def libraries() -> list[str]:
    """The Swift modules under Sources."""
    folders = sorted(path for path in (ROOT / "Sources").iterdir() if path.is_dir())
    return [
        folder.name
        for folder in folders
        if folder.name not in NO_LIBRARIES and any(folder.rglob("*.swift"))
    ]


def symbol_graphs(module: str, modules: pathlib.Path, target: str, folder: str) -> list[dict]:
    """The public symbols of a module: its own graph, and one a module that it extends."""
    headers = {path.parent for path in (ROOT / "Sources").rglob("module.modulemap")}
    headers |= {path for path in (ROOT / "Sources").rglob("include") if path.is_dir()}
    includes = [argument for path in sorted(headers) for argument in ("-I", str(path))]
    # C targets without a module map of their own get one in the build folder.
    for path in sorted(modules.parent.glob("*.build/module.modulemap")):
        includes += ["-Xcc", f"-fmodule-map-file={path}"]
    result = subprocess.run(
        ["swift", "symbolgraph-extract", "-module-name", module, "-target", target]
        + ["-I", str(modules), *includes, "-minimum-access-level", "public"]
        + ["-skip-synthesized-members", "-output-dir", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if result.returncode != 0:
        sys.exit(f"{module}: its symbols cannot be read; run `swift build` first\n{result.stderr}")
    paths = [pathlib.Path(folder, f"{module}.symbols.json")]
    paths += sorted(pathlib.Path(folder).glob(f"{module}@*.symbols.json"))
    return [json.loads(path.read_text()) for path in paths]


def undocumented(graph: dict) -> list[str]:
    """Where each declaration without a comment is, and what it is."""
    inherited = {
        relation["source"] for relation in graph["relationships"] if "sourceOrigin" in relation
    }
    found = []
    for symbol in graph["symbols"]:
        # What the compiler writes, such as `==` of an Equatable structure, has no place in a file.
        place = symbol.get("location")
        # An extension needs no comment of its own: its members have theirs.
        is_extension = symbol["kind"]["identifier"] == "swift.extension"
        is_inherited = symbol["identifier"]["precise"] in inherited
        if place is None or is_extension or is_inherited or symbol.get("docComment"):
            continue
        file = pathlib.Path(re.sub("^file://", "", place["uri"])).relative_to(ROOT)
        name = ".".join(symbol["pathComponents"])
        found.append(
            f"{file}:{place['position']['line'] + 1}: {symbol['kind']['displayName'].lower()} {name}"
        )
    return found


def main() -> None:
    binaries = pathlib.Path(output("swift", "build", "--show-bin-path").strip())
    target = json.loads(output("swiftc", "-print-target-info"))["target"]["triple"]
    missing = []
    for module in sys.argv[1:] or libraries():
        with tempfile.TemporaryDirectory() as folder:
            for graph in symbol_graphs(module, binaries / "Modules", target, folder):
                missing += undocumented(graph)
    for line in sorted(missing):
        print(line)
    if missing:
        sys.exit(f"{len(missing)} public declarations have no doc comment")


if __name__ == "__main__":
    main()
