#!/usr/bin/env python3
"""Compiles every Swift snippet of the documentation and of doc comments.

usage: Scripts/check-snippets.py

The snippets of a page belong together: a later one sees what an earlier one declares. What the
reader brings, such as samples, is in GIVEN. The debug build has to be up to date: run
`swift build` first.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

from symbol_graphs import ROOT, binaries, compiler_arguments, output

# Names that snippets use and don't declare, with their types as parameters.
GIVEN = {
    "bytes": "[UInt8]",
    "callers": "[Int]",
    "frame": "[Float]",
    "frames": "[[Float]]",
    "hop": "[Float]",
    "image": "UnsafeRawBufferPointer",
    "inputs": "[Float]",
    "network": "Network",
    "next": "Int32",
    "noisy": "[Float]",
    "output": "inout MutableSpan<Float>",
    "outputs": "inout MutableSpan<Float>",
    "plan": "Plan",
    "samples": "[Float]",
    "words": "[Int32]",
}
FENCE = re.compile(r"^```swift\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MANIFEST = "import PackageDescription\n"


def pages() -> list[tuple[pathlib.Path, str]]:
    """Markdown of the documentation, and that of doc comments, in the files that git knows."""
    found = []
    for name in output("git", "ls-files", "*.md", "Sources/*.swift").splitlines():
        path = ROOT / name
        text = path.read_text()
        if path.suffix == ".swift":
            comments = (re.match(r"\s*/// ?(.*)", line) for line in text.splitlines())
            text = "\n".join(comment[1] if comment else "" for comment in comments)
        found.append((path.relative_to(ROOT), text))
    return found


def program(snippets: list[str], module: str | None) -> str:
    """A source file with the snippets of a page, each in a scope within that of the one before.

    Doc comments speak of their own module, which they don't import.
    """
    text = re.sub(r"//.*", "", "\ndo {\n".join(snippets)) + "}\n" * (len(snippets) - 1)
    imports = {*re.findall(r"^import \w+$", text, re.M), *([f"import {module}"] if module else [])}
    body = re.sub(r"^import \w+\n", "", text, flags=re.M)
    declared = set(re.findall(r"\b(?:let|var|for) (\w+)", body))
    given = [
        f"{name}: {kind}"
        for name, kind in GIVEN.items()
        if name not in declared and re.search(rf"(?<![.\w]){name}\b(?!:)", body)
    ]
    return "\n".join([*sorted(imports), f"func snippet({', '.join(given)}) throws {{", body, "}\n"])


def compile_source(text: str, arguments: list[str]) -> str:
    """What the compiler says of a source file, if it refuses it."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "snippet.swift")
        path.write_text(text)
        result = subprocess.run(
            ["swiftc", "-typecheck", "-swift-version", "6", *arguments, str(path)],
            capture_output=True,
            text=True,
        )
    return "" if result.returncode == 0 else result.stderr


def main() -> None:
    arguments = compiler_arguments(binaries())
    resources = output("swiftc", "-print-target-info")
    tools = pathlib.Path(re.search(r'"runtimeResourcePath": "(.*)"', resources)[1])
    manifest = ["-I", str(tools / "pm/ManifestAPI"), "-package-description-version", "6.2"]
    count, failed = 0, []
    for path, text in pages():
        snippets = FENCE.findall(text)
        manifests = [snippet for snippet in snippets if ".package(" in snippet]
        problems = [
            compile_source(MANIFEST + f'let package = Package(name: "App", {snippet})', manifest)
            for snippet in manifests
        ]
        rest = [snippet for snippet in snippets if snippet not in manifests]
        if rest:
            module = path.parts[1] if path.suffix == ".swift" else None
            problems.append(compile_source(program(rest, module), arguments))
        count += len(snippets)
        failed += [f"{path}:\n{problem}" for problem in problems if problem]
    print("".join(failed), end="")
    if failed:
        sys.exit(f"{len(failed)} pages have snippets that don't compile")
    print(f"{count} Swift snippets of the documentation compile")


if __name__ == "__main__":
    main()
