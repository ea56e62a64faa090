"""The package's modules for scripts: where they are, and their public declarations."""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Not libraries: nobody else reads the declarations of the commands and of the server.
NO_LIBRARIES = {"SparrowCommand", "SparrowServeCommand", "SparrowServer"}


def output(*command: str) -> str:
    """The output of a command."""
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def binaries() -> pathlib.Path:
    """The folder of the debug build's modules."""
    return pathlib.Path(output("swift", "build", "--show-bin-path").strip()) / "Modules"


def libraries() -> list[str]:
    """The Swift libraries under Sources."""
    folders = sorted(path for path in (ROOT / "Sources").iterdir() if path.is_dir())
    return [
        folder.name
        for folder in folders
        if folder.name not in NO_LIBRARIES and any(folder.rglob("*.swift"))
    ]


def products() -> list[str]:
    """The libraries with documentation of their own."""
    return sorted(path.stem for path in (ROOT / "Sources").glob("*/*.docc"))


def compiler_arguments(modules: pathlib.Path) -> list[str]:
    """Where the compiler finds the package's modules, those of C too."""
    headers = {path.parent for path in (ROOT / "Sources").rglob("module.modulemap")}
    headers |= {path for path in (ROOT / "Sources").rglob("include") if path.is_dir()}
    arguments = [argument for path in sorted(headers) for argument in ("-I", str(path))]
    # C targets without a module map of their own get one in the build folder.
    for path in sorted(modules.parent.glob("*.build/module.modulemap")):
        arguments += ["-Xcc", f"-fmodule-map-file={path}"]
    return ["-I", str(modules), *arguments]


def extract(
    module: str, modules: pathlib.Path, folder: str, reexported: str | None = None
) -> list[dict]:
    """Writes the symbol graphs of a module's public declarations to a folder.

    Returns the module's own graph, and one for each module whose types it extends.
    """
    target = json.loads(output("swiftc", "-print-target-info"))["target"]["triple"]
    arguments = compiler_arguments(modules)
    if reexported is not None:
        arguments.append(f"-experimental-allowed-reexported-modules={reexported}")
    result = subprocess.run(
        ["swift", "symbolgraph-extract", "-module-name", module, "-target", target]
        + [*arguments, "-minimum-access-level", "public"]
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
