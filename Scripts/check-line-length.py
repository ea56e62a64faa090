#!/usr/bin/env python3
"""Lists lines of more than 100 characters in sources, and fails if there are any.

`swift format` wraps code and leaves comments and strings as they are. A line that is long because
of an address on the web, or that is one raw string, is allowed.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = [
    "Sources",
    "Tests",
    "Benchmarks/Sources",
    "Benchmarks/ServerLoad",
    "Fuzz/Sources",
    "Scripts",
    "Examples",
    "Bindings",
]
FILES = ["Package.swift"]
SUFFIXES = {".swift", ".c", ".h", ".sh"}
LIMIT = 100


def sources() -> list[pathlib.Path]:
    """The files that are checked; builds of packages within are not."""
    found = [ROOT / name for name in FILES]
    for folder in FOLDERS:
        found += (path for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES)
    return sorted(path for path in found if ".build" not in path.parts)


def main() -> None:
    failed = False
    for path in sources():
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            is_allowed = "https://" in line or line.lstrip().startswith('#"')
            if len(line) > LIMIT and not is_allowed:
                print(f"{path.relative_to(ROOT)}:{number}: {len(line)} characters")
                failed = True
    if failed:
        sys.exit(f"expected at most {LIMIT} characters")


if __name__ == "__main__":
    main()
