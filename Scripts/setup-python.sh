#!/usr/bin/env bash
# Installs ruff, the linter of the Python scripts, in a virtual environment: .build/lint. Does
# nothing if it is there. Where Python's venv is missing, it is installed by apt-get, and each
# command is shown.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly ruff_version=0.17.6
readonly folder=.build/lint

[ "$("$folder/bin/ruff" --version 2> /dev/null)" = "ruff $ruff_version" ] && exit 0

run() {
  echo "+ $*"
  "$@"
}

if ! python3 -c 'import ensurepip, venv' 2> /dev/null; then
  if ! command -v apt-get > /dev/null; then
    echo "Python 3 with its module venv is missing; install it to lint the Python scripts." >&2
    exit 1
  fi
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  run ${as_root[@]+"${as_root[@]}"} apt-get update
  run ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install --yes \
    --no-install-recommends python3-venv
fi
mkdir -p .build
run python3 -m venv "$folder"
run "$folder/bin/pip" install --quiet --disable-pip-version-check "ruff==$ruff_version"
