#!/usr/bin/env python3
"""Lists the components of the command, with their licences, for packages.

sbom.py write PROGRAM FOLDER
    writes the bill of materials FOLDER/sbom.json (CycloneDX 1.5), the licences of what is linked
    into PROGRAM and the server to FOLDER/licences, and those of the shared libraries that PROGRAM
    loads, as their Debian packages have them, to FOLDER/licences/shared.
sbom.py depends PROGRAM
    prints the field Depends of a Debian package of PROGRAM.

PROGRAM: the command, with Swift's run-time library linked into it.
"""

import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Shared libraries by the stem of their file: pkg-config's name and the licence.
LIBRARIES = {
    "libsndfile": ("sndfile", "LGPL-2.1-or-later"),
    "libmpg123": ("libmpg123", "LGPL-2.1-only"),
    "libsamplerate": ("samplerate", "BSD-2-Clause"),
    "libz": ("zlib", "Zlib"),
}
SWIFT_LICENCE = "Apache-2.0 WITH Swift-exception"
PACKAGES = {
    "swift-argument-parser": SWIFT_LICENCE,
    "swift-atomics": SWIFT_LICENCE,
    "swift-collections": SWIFT_LICENCE,
    "swift-nio": "Apache-2.0",
    "swift-system": SWIFT_LICENCE,
}

# Where builds keep the packages.
BUILDS = (".build/static", ".build")
# Further notices of a package, by name: the file, in the package.
NOTICES = {
    "swift-nio": {
        "swift-nio-notice": "NOTICE.txt",
        "swift-nio-llhttp": "Sources/CNIOLLHTTP/LICENSE",
        "swift-nio-sha1": "Sources/CNIOSHA1/c_nio_sha1.c",
    },
}


def run(*command):
    """The output of a command; nothing where it fails or is not installed."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""


def minimum_versions():
    """The oldest version of each library of LIBRARIES, by the stem of its file."""
    text = (ROOT / "Scripts/setup.sh").read_text()
    oldest = dict(re.findall(r"^readonly oldest_(\w+)=([\d.]+)$", text, re.MULTILINE))
    return {stem: oldest[name.removeprefix("lib")] for stem, (name, _) in LIBRARIES.items()}


def debian_package(path):
    """Name and version of the Debian package that a file belongs to, or None."""
    # A package may name the file without /usr, or the file that a link leads to.
    real = str(pathlib.Path(path).resolve())
    for candidate in (path, real, "/usr" + path, path.removeprefix("/usr")):
        owner = run("dpkg-query", "--search", candidate)
        if owner:
            package = owner.split(":")[0]
            return package, run("dpkg-query", "--show", "--showformat=${Version}", package)
    return None


def loaded_libraries(program):
    """Stem, path and Debian package of the shared libraries that a program loads."""
    for name, path in re.findall(r"(\S+) => (/\S+)", run("ldd", program)):
        yield name.partition(".so")[0], path, debian_package(path)


def shared_components(libraries):
    oldest = minimum_versions()
    for stem, path, package in libraries:
        file = pathlib.Path(path)
        component = {
            "type": "library",
            "name": file.name,
            "hashes": [
                {"alg": "SHA-256", "content": hashlib.sha256(file.read_bytes()).hexdigest()}
            ],
        }
        if stem in LIBRARIES:
            name, licence = LIBRARIES[stem]
            component["version"] = run("pkg-config", "--modversion", name) or "unknown"
            component["licenses"] = [{"expression": licence}]
            component["properties"] = [{"name": "minimumVersion", "value": oldest[stem]}]
        if package:
            component["version"] = package[1]
            component["purl"] = f"pkg:deb/debian/{package[0]}@{package[1]}"
        yield component


def swift_packages():
    """Components, licence texts and notices of the packages that are linked into the programs."""
    for pin in json.loads((ROOT / "Package.resolved").read_text())["pins"]:
        name, state = pin["identity"], pin["state"]
        texts = [
            text
            for build in BUILDS
            for text in (ROOT / build / "checkouts" / name).glob("LICENSE*")
        ]
        if name not in PACKAGES or not texts:
            sys.exit(f"sbom: the licence of {name} is not known")
        component = {
            "type": "library",
            "name": name,
            "version": state.get("version", state["revision"]),
            "licenses": [{"expression": PACKAGES[name]}],
            "externalReferences": [{"type": "vcs", "url": pin["location"]}],
            "properties": [{"name": "revision", "value": state["revision"]}],
        }
        yield component, texts[0]


def swift_notices(folder):
    """Writes the further notices of packages, of sources their first comments."""
    for package, notices in NOTICES.items():
        for name, file in notices.items():
            paths = [ROOT / build / "checkouts" / package / file for build in BUILDS]
            found = [path for path in paths if path.exists()]
            if not found:
                sys.exit(f"sbom: {file} of {package} is missing")
            text = found[0].read_text()
            if file.endswith(".c"):
                text = text[text.index("/*-") : text.index("*/", text.index("/*-")) + 3]
            (folder / f"{name}.txt").write_text(text)


def swift_runtime():
    """Components and licence texts of the toolchain's libraries that are linked in."""
    usr = pathlib.Path(shutil.which("swift")).resolve().parents[1]
    header = (usr / "lib/swift/_foundation_unicode/uvernum.h").read_text()
    found = {
        "swift": (
            r"Swift version (\S+)",
            run("swift", "--version"),
            SWIFT_LICENCE,
            usr / "share/swift/LICENSE.txt",
        ),
        "icu": (
            r'define U_ICU_VERSION "(.*)"',
            header,
            "Unicode-3.0",
            ROOT / "Scripts/licences/icu.txt",
        ),
    }
    for name, (pattern, text, licence, file) in found.items():
        component = {
            "type": "library",
            "name": name,
            "version": re.search(pattern, text)[1],
            "licenses": [{"expression": licence}],
        }
        yield component, file


def write(program, folder):
    """The bill of materials and the licences, into a folder."""
    licences = pathlib.Path(folder) / "licences"
    shared = licences / "shared"
    shared.mkdir(parents=True, exist_ok=True)
    inside = [*swift_packages(), *swift_runtime()]
    for component, text in inside:
        shutil.copyfile(text, licences / f"{component['name']}.txt")
    swift_notices(licences)
    libraries = list(loaded_libraries(program))
    for package in {package[0] for _, _, package in libraries if package}:
        text = pathlib.Path("/usr/share/doc") / package / "copyright"
        if not text.exists():
            sys.exit(f"sbom: {text} is missing, so a licence is not known")
        shutil.copyfile(text, shared / f"{package}.txt")
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": "sparrow",
                "version": run(ROOT / "Scripts/version.sh"),
                "licenses": [{"expression": "Apache-2.0"}],
                "properties": [
                    {
                        "name": "revision",
                        "value": run("git", "-C", ROOT, "describe", "--always", "--dirty"),
                    }
                ],
            }
        },
        "components": [*(component for component, _ in inside), *shared_components(libraries)],
    }
    (pathlib.Path(folder) / "sbom.json").write_text(json.dumps(bill, indent=2) + "\n")


def depends(program):
    """The Debian packages of the libraries that the program itself names; their own come along."""
    direct = re.findall(r"NEEDED.*\[(.*?)\.so", run("readelf", "-d", program))
    numbers = re.findall(r"GLIBC_(2[.\d]*)", run("readelf", "-V", program))
    glibc = max(numbers, key=lambda number: [int(part) for part in number.split(".")])
    oldest = minimum_versions()
    fields = set()
    for stem, path, package in loaded_libraries(program):
        if stem not in direct:
            continue
        if package is None:
            sys.exit(f"sbom: no Debian package has {path}")
        name, version = package
        minimum = glibc if name == "libc6" else oldest.get(stem)
        epoch = re.match(r"(\d+:)?", version)[0]
        fields.add(f"{name} (>= {epoch}{minimum})" if minimum else name)
    print(", ".join(sorted(fields)))


def main():
    match sys.argv[1:]:
        case ["write", program, folder] if pathlib.Path(program).is_file():
            write(program, folder)
        case ["depends", program] if pathlib.Path(program).is_file():
            depends(program)
        case _:
            sys.exit(__doc__.strip())


if __name__ == "__main__":
    main()
