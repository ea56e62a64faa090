#!/usr/bin/env python3
"""Lists public declarations without a doc comment, and fails if there are any.

The compiler's symbol graphs say what is public, so extensions, macros and conditional compilation
are seen as the compiler sees them. A member that implements a protocol's requirement inherits the
requirement's comment.

usage: Scripts/check-documentation.py [MODULE ...]

Without arguments it checks every Swift library of the package. The debug build has to be up to
date: run `swift build` first.
"""

import pathlib
import re
import sys
import tempfile

from symbol_graphs import ROOT, binaries, extract, libraries


def undocumented(graph: dict) -> list[str]:
    """The place, kind and name of each declaration without a comment."""
    inherited = {
        relation["source"] for relation in graph["relationships"] if "sourceOrigin" in relation
    }
    found = []
    for symbol in graph["symbols"]:
        # Members that the compiler writes, such as `==` of an Equatable structure, are in no file.
        place = symbol.get("location")
        # An extension needs no comment of its own: its members have theirs.
        is_extension = symbol["kind"]["identifier"] == "swift.extension"
        is_inherited = symbol["identifier"]["precise"] in inherited
        if place is None or is_extension or is_inherited or symbol.get("docComment"):
            continue
        file = pathlib.Path(re.sub("^file://", "", place["uri"])).relative_to(ROOT)
        name = ".".join(symbol["pathComponents"])
        kind = symbol["kind"]["displayName"].lower()
        found.append(f"{file}:{place['position']['line'] + 1}: {kind} {name}")
    return found


def main() -> None:
    modules = binaries()
    missing = []
    for module in sys.argv[1:] or libraries():
        with tempfile.TemporaryDirectory() as folder:
            for graph in extract(module, modules, folder):
                missing += undocumented(graph)
    for line in sorted(missing):
        print(line)
    if missing:
        sys.exit(f"{len(missing)} public declarations have no doc comment")


if __name__ == "__main__":
    main()
