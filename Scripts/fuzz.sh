#!/usr/bin/env bash
# Fuzzes everything that reads bytes from outside, for a share of the seconds that the argument says
# per target (see Fuzz/README.md). Fails at the first input that crashes, takes 10 seconds or 1 GB.
#
# FUZZ_TARGETS: some of the targets (default: all). FUZZ_FOLDER: where corpora and failing inputs
# are kept (default: Fuzz/.build).
set -euo pipefail
cd "$(dirname "$0")/.."

readonly seconds=${1:-60}
# Checkpoints and recipes write files for every input; they come last.
readonly all="interface runner model plan state import numbers study chip workload text labels \
  mixtures sound recipe checkpoint"
read -ra targets <<< "${FUZZ_TARGETS:-$all}"
readonly folder=${FUZZ_FOLDER:-Fuzz/.build}

# The address sanitizer sees what the checks of pointers would; with them the kernels take four
# times as long to compile.
swift build -c release --product SparrowFuzz --scratch-path Fuzz/.build \
  -Xswiftc -DLIBFUZZER -Xswiftc -sanitize=fuzzer -Xswiftc -sanitize=address \
  -Xcc -O1 -Xcc -fsanitize=fuzzer-no-link,address,undefined -Xcc -fno-sanitize-recover=undefined \
  -Xcc -fno-sanitize=null,alignment,object-size,pointer-overflow \
  2>&1 | tail -n 3
readonly program=Fuzz/.build/release/SparrowFuzz

share=$((seconds / ${#targets[@]}))
[ "$share" -gt 0 ] || share=1
for target in "${targets[@]}"; do
  corpus=$folder/corpus/$target
  failures=$folder/failures/$target
  mkdir -p "$corpus" "$failures" "Fuzz/Corpus/$target"
  export FUZZ_TARGET=$target ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
  FUZZ_SEEDS=$corpus "$program"
  echo "fuzzing $target for $share s"
  "$program" -max_total_time="$share" -timeout=10 -rss_limit_mb=1024 -max_len=65536 \
    -print_final_stats=1 -artifact_prefix="$failures/" "$corpus" "Fuzz/Corpus/$target" \
    2> "$failures/log" || {
    tail -n 40 "$failures/log" >&2
    echo "$target failed; its input is in $failures" >&2
    exit 1
  }
  sed -n -e 's/^stat::number_of_executed_units: */  executions: /p' \
    -e 's/^stat::peak_rss_mb: */  peak MB: /p' "$failures/log"
done
