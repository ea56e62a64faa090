#!/usr/bin/env bash
# Tests the NEON kernels on other machines, in QEMU: a processor without i8mm and one that has it.
# Compares kernels with the scalar ones, builds the C library for aarch64, runs the tests of its
# interface there, denoises to the bytes that this machine denoises to, and runs networks in fixed
# point to the same bits, others within 1e-5 of their largest output. Says what is missing, and
# skips, where there is no QEMU for programs (Debian: qemu-user), compiler (gcc-aarch64-linux-gnu,
# libc6-dev-arm64-cross) or Embedded Swift for aarch64.
#
# usage: Scripts/test-arm.sh [SPARROW]
#
# Expects the library of this machine in .build/library.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "test-arm: $1" >&2; exit 1; }
skip() { echo "NEON kernels are not run: $1"; exit 0; }
[ "$(uname -sm)" = "Linux x86_64" ] || skip "this is no x86-64 Linux"
command -v qemu-aarch64 > /dev/null || skip "there is no qemu-aarch64 (Debian: qemu-user)"
command -v aarch64-linux-gnu-gcc > /dev/null \
  || skip "there is no aarch64-linux-gnu-gcc (Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross)"
resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
[ -e "$resources/embedded/Swift.swiftmodule/aarch64-none-none-elf.swiftmodule" ] \
  || skip "this toolchain has no Embedded Swift for aarch64"

sparrow=${1:-$(swift build -c release --show-bin-path)/sparrow}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
library=.build/library-aarch64
Scripts/build-library.sh "$sparrow" aarch64 > /dev/null
# arm PROCESSOR PROGRAM...: cortex-a72 has NEON alone, and max has i8mm, too.
arm() {
  qemu-aarch64 -cpu "$1" -L /usr/aarch64-linux-gnu -E "LD_LIBRARY_PATH=$library" "${@:2}"
}
processors="cortex-a72 max"
build=(-std=c99 -O2 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror -IBindings/C/include)

# Kernels against the scalar ones: those of training, too, which are in no library.
clang --target=aarch64-linux-gnu -fuse-ld=lld -static -std=c11 -O2 -Wall -Werror \
  Tests/CSparrowTests/kernels_test.c Sources/CSparrow/dispatch*.c \
  Sources/CSparrow/{scalar,neon,neon_i8mm}/*.c -lm -o "$work/kernels"
for processor in $processors; do
  arm $processor "$work/kernels" > "$work/log" || fail "NEON kernels differ: $(cat "$work/log")"
  set=neon
  [ $processor = max ] && set=neon_i8mm
  grep -q "with the $set kernels" "$work/log" || fail "$processor runs other kernels than $set's"
done

aarch64-linux-gnu-gcc "${build[@]}" Bindings/C/Tests/interface_test.c $library/libsparrow.a -lm \
  -o "$work/interface"
aarch64-linux-gnu-gcc "${build[@]}" Bindings/C/Tests/language_test.c $library/libsparrow.a -lm \
  -o "$work/language"
"$sparrow" pack Models/shakespeare.safetensors --instruction-set neon --weights int8 \
  -o "$work/language.plan" > /dev/null
for processor in $processors; do
  arm $processor "$work/interface" > /dev/null || fail "the library does not do what sparrow.h says"
  arm $processor "$work/language" "$work/language.plan" > /dev/null \
    || fail "language models do not do what sparrow.h says"
done

# The shared library, on five seconds of tones in noise.
aarch64-linux-gnu-gcc "${build[@]}" Bindings/C/Examples/denoise.c -L$library -lsparrow -lm \
  -o "$work/denoise-arm"
cc "${build[@]}" Bindings/C/Examples/denoise.c .build/library/libsparrow.a -lm \
  -o "$work/denoise-here"
Scripts/sound.py make "$work/noisy" 16000 1 5
for rate in 16000 44100 48000; do
  "$work/denoise-here" $rate < "$work/noisy.raw" > "$work/here"
  for processor in $processors; do
    arm $processor "$work/denoise-arm" $rate < "$work/noisy.raw" | cmp - "$work/here" \
      || fail "at $rate Hz, $processor denoises to other bytes"
  done
done

# Networks of several layers and arithmetics.
aarch64-linux-gnu-gcc "${build[@]}" Bindings/C/Tests/run_plan.c $library/libsparrow.a -lm \
  -o "$work/run-arm"
cc "${build[@]}" Bindings/C/Tests/run_plan.c .build/library/libsparrow.a -lm -o "$work/run-here"
for network in "denoiser single" "keywords single" "shakespeare single" "shakespeare bfloat16" \
  "shakespeare int8" "ptb-egru int8"; do
  read -r name weights <<< "$network"
  options=(--instruction-set neon)
  [ "$weights" = single ] || options+=(--weights "$weights")
  "$sparrow" pack "Models/$name.safetensors" "${options[@]}" -o "$work/plan" > /dev/null
  "$work/run-here" "$work/plan" 12 > "$work/here"
  for processor in $processors; do
    arm $processor "$work/run-arm" "$work/plan" 12 > "$work/$processor"
  done
  # With i8mm, integers are those of NEON, and floats are computed in the same order.
  cmp "$work/cortex-a72" "$work/max" || fail "$name, $weights: i8mm gives other bits than NEON"
  bound=1e-5
  case $name in denoiser | keywords) bound=0 ;; esac
  python3 - "$work/here" "$work/max" $bound "$name, $weights" << 'END' || fail "ARM differs"
import array, sys
here, arm = (array.array("f", open(path, "rb").read()) for path in sys.argv[1:3])
bound, name = float(sys.argv[3]), sys.argv[4]
largest = max(map(abs, here))
difference = max(abs(a - b) for a, b in zip(here, arm, strict=True)) / largest
print(f"{name}: {len(here)} outputs up to {largest:.3g} differ by {difference:.2g} of that")
sys.exit(not difference <= bound)
END
done
echo "the NEON kernels give what this machine's give"
