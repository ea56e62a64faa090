#!/usr/bin/env bash
# Builds the command for others and packs it with the licences of everything that it links and a
# bill of materials: .build/dist/sparrow-VERSION-SYSTEM.tar.gz. libsndfile, libmpg123, libsamplerate
# and zlib stay shared libraries of the system, which their licences ask for and which gets their
# fixes.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/.*sparrowVersion = "\(.*\)"/\1/p' Sources/Sparrow/Version.swift)
readonly name=sparrow-$version-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
readonly folder=.build/dist/$name

swift build -c release --product sparrow --static-swift-stdlib
rm -rf "$folder"
mkdir -p "$folder/licences"
cp "$(swift build -c release --show-bin-path)/sparrow" README.md CHANGELOG.md LICENSE "$folder"
strip "$folder/sparrow"
Scripts/sbom.py --licences "$folder/licences" "$folder/sparrow" > "$folder/sbom.json"

# The same files are the same archive: no times, owners or order of their own.
tar --create --directory .build/dist --sort=name --owner=0 --group=0 --numeric-owner \
  --mtime="@$(git log -1 --format=%ct)" "$name" | gzip --no-name > "$folder.tar.gz"
echo "$folder.tar.gz"
