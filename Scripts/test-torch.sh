#!/usr/bin/env bash
# Tests what the Python wheel has for PyTorch: layers and training scripts, each for twenty steps.
# Installs PyTorch for processors, some 200 MB, in .build/torch-test.
#
# usage: Scripts/test-torch.sh [SPARROW]
#
# SPARROW: the command that packs networks (default: the release build's).
set -euo pipefail
cd "$(dirname "$0")/.."
source Scripts/python-environment.sh

SPARROW=$(realpath "${1:-$(swift build -c release --show-bin-path)/sparrow}")
export SPARROW
# PyTorch's build for processors has an index of its own, which may lack the packages it needs.
make_environment .build/torch-test numpy pytest soundfile filelock fsspec jinja2 networkx \
  setuptools sympy typing-extensions
pip=(.build/torch-test/bin/pip --disable-pip-version-check --quiet)
if ! .build/torch-test/bin/python -c 'import torch' 2> /dev/null &&
  ! "${pip[@]}" install --retries 1 --no-deps --index-url https://download.pytorch.org/whl/cpu torch==2.13.0
then
  echo "test-torch: skipped, as pip cannot install torch" >&2
  exit 0
fi
wheel=$(echo .build/wheel/sparrow-*.whl)
[ -f "$wheel" ] || { echo "test-torch: there is no wheel; run make wheel" >&2; exit 1; }
"${pip[@]}" install --no-deps --force-reinstall "$wheel"
cd .build/torch-test
bin/python -m pytest -q -p no:cacheprovider --rootdir ../../Bindings/Python \
  -c ../../Bindings/Python/pyproject.toml ../../Bindings/Python/tests -k torch
