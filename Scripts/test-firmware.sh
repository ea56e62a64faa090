#!/usr/bin/env bash
# Builds the firmware and runs it in QEMU on Cortex-M4, M7 and M55: a real recording has to become
# the bits that it becomes here, in no more instructions, code and memory than there may be, and
# plans that cannot be run have to be refused. Says what is missing, and skips, where there is no
# qemu-system-arm or no Embedded Swift for Cortex-M.
#
# usage: Scripts/test-firmware.sh [SPARROW]
#
# Expects the library of this machine in .build/library.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/embedded.sh

fail() { echo "test-firmware: $1" >&2; exit 1; }
skip() { echo "Firmware is not tested: $1"; exit 0; }
command -v qemu-system-arm > /dev/null \
  || skip "there is no qemu-system-arm (Debian: qemu-system-arm)"
resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
[ -e "$resources/embedded/Swift.swiftmodule/armv7em-none-none-eabi.swiftmodule" ] \
  || skip "this toolchain has no Embedded Swift for armv7em"

sparrow=${1:-$(swift build -c release --show-bin-path)/sparrow}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
firmware=.build/firmware
Scripts/build-firmware.sh "$sparrow" > /dev/null

# Raw samples of a recording: 1,111 hops of the denoiser; twice as many for the spotter, whose hops
# are twice as long. With a mix of 0 the command gives the recording itself.
"$sparrow" denoise Demo/noisy.flac "$work/noisy.wav" --mix 0 > /dev/null
python3 - "$work/noisy.wav" "$work" << 'END'
import pathlib, sys, wave
with wave.open(sys.argv[1]) as sound:
    assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16000, 1, 2)
    samples = sound.readframes(sound.getnframes())
pathlib.Path(sys.argv[2], "denoiser.raw").write_bytes(samples)
pathlib.Path(sys.argv[2], "keywords.raw").write_bytes(2 * samples)
END

# run MACHINE ELF INPUT OUTPUT: -icount makes time of instructions.
run() {
  timeout 120 qemu-system-arm -M "$1" -nographic -monitor none -serial none -icount shift=0 \
    -semihosting-config "enable=on,target=native,arg=firmware,arg=$3,arg=$4" -kernel "$2" 2>&1
}

# at_most NAME BOUND: a figure of the processor at hand.
at_most() {
  local figure
  figure=$(sed -n "s/^$1 //p" "$work/$processor.figures")
  [ -n "$figure" ] && [ "$figure" -le "$2" ] \
    || fail "$network on $processor: $1 ${figure:-missing}, may be $2"
}

for network in denoiser keywords; do
  cc -std=c11 -O2 -Wall -Wextra -Werror -IBindings/C/include \
    "-DPLAN_FILE=\"$firmware/$network.plan\"" Bindings/Firmware/{host.c,run.c,image.S} \
    .build/library/libsparrow.a -lm -o "$work/host"
  "$work/host" "$work/$network.raw" "$work/here" > /dev/null
  # Side by side; a failure is in the figures.
  run mps2-an386 $firmware/$network-m4.elf "$work/$network.raw" "$work/m4" > "$work/m4.figures" &
  run mps2-an500 $firmware/$network-m7.elf "$work/$network.raw" "$work/m7" > "$work/m7.figures" &
  run mps3-an547 $firmware/$network-m55.elf "$work/$network.raw" "$work/m55" \
    > "$work/m55.figures" &
  wait
  for processor in m4 m7 m55; do
    grep -q "^stack bytes" "$work/$processor.figures" \
      || fail "$network on $processor: $(cat "$work/$processor.figures")"
    cmp "$work/here" "$work/$processor" || fail "$network on $processor gives other bits"
    case $network in
      denoiser)
        at_most "of these the network's step" 1000000
        at_most "RAM bytes" 20000
        ;;
      keywords)
        at_most "instructions per hop" 700000
        at_most "RAM bytes" 20000
        ;;
    esac
    at_most "code bytes" 40960
    echo "$network on $processor, same bits: $(paste -sd , "$work/$processor.figures" \
      | sed 's/,/, /g')"
  done
done

# Plans that cannot be run.
plan=$firmware/denoiser.plan
head -c 100000 $plan > "$work/short.plan"
{ head -c 8 $plan; printf '\001\000\000\000'; tail -c +13 $plan; } > "$work/version.plan"
"$sparrow" pack Models/denoiser.safetensors --instruction-set scalar -o "$work/formats.plan" \
  > /dev/null
refused() { # NAME SHIFT MESSAGE
  local message status=0
  link_firmware $firmware/m4-denoiser "$1" "$work/bad.elf" "$2"
  message=$(run mps2-an386 "$work/bad.elf" "$work/denoiser.raw" "$work/there") || status=$?
  [ $status = 2 ] && [[ $message = *"$3"* ]] || fail "$1 by $2: status $status, $message"
}
refused "$work/short.plan" 0 "bytes are missing"
refused "$work/version.plan" 0 "another version"
refused "$plan" 2 "multiple of 64 bytes"
refused "$work/formats.plan" 0 "lacks the kernels"
refused $firmware/keywords.plan 0 "for another task"
status=0
message=$(run mps2-an386 $firmware/denoiser-m4.elf /dev/null "$work/there") || status=$?
[ $status = 2 ] && [[ $message = *"not a hop of input"* ]] || fail "no input: $status, $message"
echo "plans that cannot be run are refused"
