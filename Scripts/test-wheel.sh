#!/usr/bin/env bash
# Builds the wheel, checks it, and tests it as its users meet it: installed in a fresh virtual
# environment, without Swift, with NumPy alone.
#
# usage: Scripts/test-wheel.sh [SPARROW]
#
# SPARROW: the command that packs networks (default: the release build's).
set -euo pipefail
cd "$(dirname "$0")/.."
source Scripts/python-environment.sh

SPARROW=$(realpath "${1:-$(swift build -c release --show-bin-path)/sparrow}")
export SPARROW
fail() { echo "test-wheel: $1" >&2; exit 1; }

make_environment .build/wheel-check ruff==0.17.6 mypy==2.4.1 numpy
make_environment .build/wheel-test numpy pytest
Scripts/build-wheel.sh
[ -d .build/wheel ] || exit 0
wheel=$(echo .build/wheel/sparrow-*-py3-none-manylinux*.whl)
[ -f "$wheel" ] || fail "auditwheel made no manylinux wheel"

check=$PWD/.build/wheel-check/bin
(cd Bindings/Python && "$check/mypy" --cache-dir ../../.build/mypy --python-executable \
  "$check/python" --no-error-summary) || fail "mypy finds faults"

environment=.build/wheel-test
"$environment/bin/pip" install --quiet --disable-pip-version-check --no-deps --force-reinstall \
  "$wheel"
# Not from the sources' folder, so that what is tested is what was installed.
cd "$environment"
bin/python -W error -c 'import sparrow; assert "wheel-test" in sparrow.__file__, sparrow.__file__'
bin/python -m pytest -q -p no:cacheprovider --rootdir ../../Bindings/Python \
  -c ../../Bindings/Python/pyproject.toml ../../Bindings/Python/tests
