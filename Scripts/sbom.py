#!/usr/bin/env python3
"""Writes a software bill of materials (CycloneDX 1.5, JSON) of what a release builds and links.

Usage: Scripts/sbom.py [--licences FOLDER] [PROGRAM] > sbom.json

PROGRAM is the built command; with it, the shared libraries that it loads are listed with the
versions of their Debian packages. --licences copies the licence texts of all components to a
folder, to be given with a release.
"""

import argparse
import hashlib
import json
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What the package's manifest names, its licence and the oldest version that will do.
LIBRARIES = {
    "sndfile": ("libsndfile", "LGPL-2.1-or-later", "1.1.0"),
    "libmpg123": ("libmpg123", "LGPL-2.1-only", "1.26.0"),
    "samplerate": ("libsamplerate", "BSD-2-Clause", "0.1.9"),
    "zlib": ("zlib", "Zlib", "1.2.11"),
}
PACKAGES = {"swift-argument-parser": "Apache-2.0 WITH Swift-exception"}


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip() if result.returncode == 0 else ""


def library_components():
    for name, (title, licence, minimum) in LIBRARIES.items():
        yield {
            "type": "library",
            "name": title,
            "version": run("pkg-config", "--modversion", name) or "unknown",
            "licenses": [{"expression": licence}],
            "properties": [{"name": "minimumVersion", "value": minimum}],
        }


def package_components():
    resolved = ROOT / "Package.resolved"
    if not resolved.exists():
        return
    for pin in json.loads(resolved.read_text())["pins"]:
        name = pin["identity"]
        yield {
            "type": "library",
            "name": name,
            "version": pin["state"].get("version", pin["state"]["revision"]),
            "licenses": [{"expression": PACKAGES[name]}],
            "externalReferences": [{"type": "vcs", "url": pin["location"]}],
            "hashes": [],
            "properties": [{"name": "revision", "value": pin["state"]["revision"]}],
        }


def debian_package(path):
    """Name and version of the Debian package that a file belongs to, or None."""
    for candidate in (path, path.removeprefix("/usr"), "/usr" + path):
        owner = run("dpkg-query", "--search", candidate)
        if owner:
            package = owner.split(":")[0]
            return package, run("dpkg-query", "--show", "--showformat=${Version}", package)
    return None


def loaded_libraries(program):
    for line in run("ldd", program).splitlines():
        found = re.search(r"=> (/\S+)", line)
        if not found:
            continue
        path = found.group(1)
        package = debian_package(path)
        data = pathlib.Path(path).read_bytes()
        component = {
            "type": "library",
            "name": pathlib.Path(path).name,
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(data).hexdigest()}],
        }
        if package:
            component["version"] = package[1]
            component["purl"] = f"pkg:deb/debian/{package[0]}@{package[1]}"
        yield component


def copy_licences(folder, components):
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "LICENSE", folder / "sparrow.txt")
    packages = {
        component["purl"].split("/")[2].split("@")[0]
        for component in components
        if "purl" in component
    }
    for package in sorted(packages):
        copyright_file = pathlib.Path("/usr/share/doc") / package / "copyright"
        if not copyright_file.exists():
            raise SystemExit(f"{copyright_file}: missing; without it a licence is not known")
        shutil.copy(copyright_file, folder / f"{package}.txt")
    swift = pathlib.Path(shutil.which("swift")).resolve().parents[1] / "share/swift/LICENSE.txt"
    shutil.copy(swift, folder / "swift.txt")
    for licence in (ROOT / ".build" / "checkouts").glob("*/LICENSE*"):
        shutil.copy(licence, folder / f"{licence.parent.name}.txt")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", nargs="?")
    parser.add_argument("--licences", type=pathlib.Path)
    arguments = parser.parse_args()
    components = [*library_components(), *package_components()]
    if arguments.program:
        components += loaded_libraries(arguments.program)
    if arguments.licences:
        copy_licences(arguments.licences, components)
    print(
        json.dumps(
            {
                "bomFormat": "CycloneDX",
                "specVersion": "1.5",
                "version": 1,
                "metadata": {
                    "component": {
                        "type": "application",
                        "name": "sparrow",
                        "version": run("git", "-C", str(ROOT), "describe", "--always", "--dirty"),
                        "licenses": [{"expression": "Apache-2.0"}],
                    }
                },
                "components": components,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
