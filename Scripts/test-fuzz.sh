#!/usr/bin/env bash
# Changes seeds and the committed corpus at random, all fuzz targets in turn, out of a build without
# sanitizers (see Fuzz/README.md). Fails at the first input that traps, takes 10 seconds or 1 GB.
#
# usage: Scripts/test-fuzz.sh PROGRAM SECONDS [SEED]
#
# SEED: of the changes; another one at each run if it is left out. The tests give one, so that they
# fail for the code's sake alone, on every machine alike.
set -euo pipefail
cd "$(dirname "$0")/.."

# Libraries that decode sound write notes about every damaged file.
readonly notes=.build/fuzz-notes
[ -z "${3:-}" ] || export FUZZ_SEED=$3
"$1" "$2" Fuzz/Corpus 2> $notes || {
  tail -n 40 $notes >&2
  echo "the input is in .build/fuzz-input; run it by $1 TARGET .build/fuzz-input" >&2
  exit 1
}
rm -f $notes
