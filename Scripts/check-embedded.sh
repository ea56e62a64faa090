#!/usr/bin/env bash
# Checks that what runs a network would run where there is no operating system: compiles SparrowCore
# and SparrowAudioCore as Embedded Swift, and the portable kernels as freestanding C, for a
# microcontroller and for WebAssembly. Nothing is linked or run. Fails, too, where the kernels of
# fixed point need floating point: the smallest processors have none. Says what it leaves out where
# the toolchain cannot do it.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/embedded.sh

readonly targets="armv7em-none-none-eabi wasm32-unknown-none-wasm"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
for target in $targets; do
  if [ ! -e "$resources/embedded/Swift.swiftmodule/$target.swiftmodule" ]; then
    echo "Embedded Swift is not checked: this toolchain has no standard library for $target."
    exit 0
  fi
done

write_module_map "$work"

# The smallest processors have no unit for floating point. With a section a function, a section
# refers to what its function calls.
for target in $targets; do
  # Type checking alone would not find existentials.
  for module in SparrowCore SparrowAudioCore; do
    compile_embedded "$target" "$work" $module -Onone -Werror EmbeddedRestrictions
  done
  options=(--target="$target" -O1 -Wall -Werror -ffreestanding -ffunction-sections)
  case $target in arm*) options+=(-mfloat-abi=soft) ;; esac
  clang "${options[@]}" -c Sources/CSparrow/dispatch.c -o /dev/null
  clang "${options[@]}" -c Sources/CSparrow/scalar/step.c -o "$work/$target.o"
done

objdump="$resources/../../bin/llvm-objdump"
[ -x "$objdump" ] || objdump=$(command -v llvm-objdump) || {
  echo "Integer kernels are not checked for floating point: there is no llvm-objdump."
  exit 0
}
# Kernels of single precision have to be seen to call it, or nothing would be checked.
"$objdump" --section-headers --reloc "$work/armv7em-none-none-eabi.o" | awk '
  $2 ~ /^\.text\..*(requantize|integer_|planes)/ { kernels++ }
  /^RELOCATION RECORDS FOR/ { section = $4; gsub(/^\[|\]:$/, "", section) }
  $3 ~ /^__aeabi_([fd]|u?[il]2[fd])/ {
    if (section !~ /requantize|integer_|planes/) others++
    else if (!seen[section, $3]++) { print section " calls " $3; failed = 1 }
  }
  END {
    if (!kernels || !others) { print "found no kernels to check for floating point"; failed = 1 }
    exit failed
  }' >&2
