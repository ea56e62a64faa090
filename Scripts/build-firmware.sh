#!/usr/bin/env bash
# Builds firmware for Cortex-M processors, to run in QEMU: .build/firmware/denoiser-PROCESSOR.elf
# and keywords-PROCESSOR.elf for m4, m7 and m55, each with its network of Models/. The objects that
# firmware of one's own is linked from stay in .build/firmware/objects and PROCESSOR-NETWORK.
#
# usage: Scripts/build-firmware.sh [SPARROW]
#
# SPARROW: the command that packs the networks (default: the release build's).
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/embedded.sh

sparrow=${1:-$(swift build -c release --show-bin-path)/sparrow}
out=.build/firmware
target=armv7em-none-none-eabi
rm -rf $out
mkdir -p $out/objects

# The embedded spotter's recurrent cells take more code than there may be; the sparse one has none.
declare -A files=([denoiser]=denoiser [keywords]=keywords-sparse)
for network in denoiser keywords; do
  "$sparrow" pack "Models/${files[$network]}.safetensors" --processor cortex-m \
    -o "$out/$network.plan" > /dev/null
done

# Swift is the same for all: what Cortex-M7 and M55 have besides is nothing that it uses. Networks
# in fixed point without recurrent cells, sound at their own rate, one stream: nothing else is in.
write_module_map $out/objects
left_out='/Groups/|/Resampling/|SparrowC/(Group|(Denoiser|Spotter|Stream|Language)Functions)'
for module in SparrowCore SparrowAudioCore SparrowC; do
  compile_embedded $target $out/objects $module -Osize -D SPARROW_FIXED_POINT_ONLY \
    -D SPARROW_WITHOUT_CELLS \
    -Xfrontend -function-sections -Xfrontend -disable-stack-protector -Xcc -mcpu=cortex-m4 \
    -Xcc -mfloat-abi=hard -Xcc -mfpu=fpv4-sp-d16 -Xcc -ffreestanding
done

# The format of matrices that both plans have: columns. A plan with others is refused.
formats=0x10
for processor in m4 m7 m55; do
  # Vectors of floats are none of these: they would not round as single numbers do.
  case $processor in
    m4) machine=(--target=$target -mcpu=cortex-m4 -mfpu=fpv4-sp-d16) ;;
    m7) machine=(--target=$target -mcpu=cortex-m7 -mfpu=fpv5-sp-d16) ;;
    m55) machine=(--target=thumbv8.1m.main-none-none-eabi -march=armv8.1-m.main+mve+fp) ;;
  esac
  c=(clang "${machine[@]}" -mfloat-abi=hard -Os -Wall -Wextra -Werror
    -ffreestanding -ffp-contract=off -ffunction-sections -fdata-sections
    -DSPARROW_FIXED_POINT_ONLY -DSPARROW_WITHOUT_CELLS
    -ISources/CSparrow/include -IBindings/C/include)
  for network in denoiser keywords; do
    folder=$out/$processor-$network
    mkdir -p $folder
    case $network in
      denoiser) runs=(-DRUNS_SPOTTER=0) ;;
      keywords) runs=(-DRUNS_DENOISER=0) ;;
    esac
    "${c[@]}" "${runs[@]}" -c Bindings/Firmware/run.c -o $folder/run.o
  done
  for file in startup semihosting network_time; do
    "${c[@]}" -c Bindings/Firmware/$file.c -o $folder/$file.o
  done
  "${c[@]}" -fno-builtin -c Bindings/Firmware/memory.c -o $folder/memory.o
  "${c[@]}" -c Bindings/C/builtin.c -o $folder/builtin.o
  "${c[@]}" -c Sources/CSparrow/dispatch.c -o $folder/dispatch.o
  "${c[@]}" -DSPARROW_FORMATS=$formats -Wno-unused-function -c Sources/CSparrow/scalar/step.c \
    -o $folder/step.o
  cp $folder/{startup,semihosting,network_time,memory,builtin,dispatch,step}.o \
    $out/$processor-denoiser
  for network in denoiser keywords; do
    link_firmware $out/$processor-$network $out/$network.plan $out/$network-$processor.elf
  done
done
ls -l $out/*.plan $out/*.elf | awk '{ print $9 ": " $5 " bytes" }'
