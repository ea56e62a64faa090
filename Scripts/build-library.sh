#!/usr/bin/env bash
# Builds the C library: .build/library/libsparrow.so and libsparrow.a, with the denoiser and the
# keyword spotter of Models/ inside. Needs nothing at run time but libc and libm.
#
# usage: Scripts/build-library.sh [SPARROW] [ARCHITECTURE]
#
# SPARROW: the command that packs the networks (default: the release build's).
# ARCHITECTURE: x86_64 or aarch64 (default: this machine's). For another than this machine's the
# library is in .build/library-ARCHITECTURE, and the C library of that architecture has to be there
# (Debian: libc6-dev-arm64-cross, gcc-aarch64-linux-gnu).
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/embedded.sh

machine=$(uname -m)
architecture=${2:-$machine}
# `sets`: the instruction sets of kernels; `images`: those that networks are packed for, the fastest
# first. Every aarch64 has NEON; packed for i8mm, the denoiser takes 6 % fewer instructions there,
# which is not worth another image.
case $architecture in
  x86_64) sets="avx512 avx2 scalar" images=$sets ;;
  aarch64) sets="neon_i8mm neon scalar" images=neon ;;
  *) echo "The C library is built for x86_64 and aarch64." >&2; exit 1 ;;
esac
target=$architecture-unknown-linux-gnu
swift_target=$target
out=.build/library
if [ "$architecture" != "$machine" ]; then
  out+=-$architecture
  # The standard library that the toolchain has of a foreign architecture; objects are the same.
  swift_target=$architecture-none-none-elf
fi
sparrow=${1:-$(swift build -c release --show-bin-path)/sparrow}
objects=$out/objects
rm -rf "$objects"
mkdir -p "$objects"
tools=$(dirname "$(readlink -f "$(command -v swiftc)")")
version=$(sed -n 's/.*sparrowVersion = "\(.*\)".*/\1/p' Sources/Sparrow/Version.swift)

# Networks.
{
  for network in denoiser denoiser-full-band keywords; do
    for set in $images; do
      image=$objects/$network-$set.plan
      "$sparrow" pack "Models/$network.safetensors" --instruction-set "$set" -o "$image" \
        > /dev/null
      symbol=${network//-/_}_$set
      echo "extern const unsigned char $symbol[];" \
        >> "$objects/declarations.h"
      echo "    {\"$network\", SPARROW_${set^^}, $symbol, $(stat -c %s "$image")},"
      printf '.section .rodata\n.balign 64\n.hidden %s\n.global %s\n%s:\n.incbin "%s"\n' \
        "$symbol"{,,} "$image" >> "$objects/images.S"
    done
  done
} > "$objects/entries.h"
{
  cat "$objects/declarations.h"
  echo "static const sparrow_builtin images[] = {"
  cat "$objects/entries.h"
  echo "};"
  echo "static const uint32_t image_count = sizeof images / sizeof *images;"
} > "$objects/builtin_images.h"
[ -s "$objects/entries.h" ] || { echo "$sparrow packs no network" >&2; exit 1; }

# The C kernels, and Swift without a run-time library.
c=(clang --target="$target" -O2 -Wall -Werror -fPIC -fvisibility=hidden -ffunction-sections
  -fdata-sections)
for file in dispatch scalar/step; do
  "${c[@]}" -ffreestanding -c "Sources/CSparrow/$file.c" -o "$objects/${file//\//_}.o"
done
for set in ${sets/scalar/}; do
  "${c[@]}" -ffreestanding -c "Sources/CSparrow/$set/step.c" -o "$objects/${set}_step.o"
done
"${c[@]}" -ISources/CSparrow/include -DSPARROW_BUILTIN_IMAGES="\"$PWD/$objects/builtin_images.h\"" \
  -c Bindings/C/builtin.c -o "$objects/builtin.o"
"${c[@]}" -c Bindings/C/memory.c -o "$objects/memory.o"
"${c[@]}" -c "$objects/images.S" -o "$objects/images.o"
write_module_map "$objects"
for module in SparrowCore SparrowAudioCore SparrowC; do
  compile_embedded "$swift_target" "$objects" $module "${library_options[@]}"
  # Memory comes from Bindings/C/memory.c.
  "$tools/llvm-objcopy" --redefine-sym posix_memalign=sparrow_internal_allocate \
    --redefine-sym free=sparrow_internal_release "$objects/$module.o"
done

# One object whose only symbols are those of sparrow.h.
interface_symbols > "$objects/symbols"
"$tools/ld.lld" -r --gc-sections $(sed 's/^/-u /' "$objects/symbols") \
  -o "$objects/whole.o" "$objects"/{dispatch,*_step,builtin,memory,images,Sparrow*}.o
"$tools/llvm-objcopy" --keep-global-symbols="$objects/symbols" "$objects/whole.o" \
  "$objects/libsparrow.o"
rm -f $out/libsparrow.*
"$tools/llvm-ar" --format=gnu rcsD $out/libsparrow.a "$objects/libsparrow.o"
{
  echo "{ global:"
  sed 's/$/;/' "$objects/symbols"
  echo "local: *; };"
} > "$objects/exports"
clang --target="$target" -fuse-ld=lld -shared -o "$out/libsparrow.so.$version" \
  -Wl,-soname,libsparrow.so.0 -Wl,--gc-sections -Wl,-z,defs -Wl,--build-id=none \
  -Wl,--version-script="$objects/exports" "$objects/whole.o" -lm
ln -sf "libsparrow.so.$version" $out/libsparrow.so.0
ln -sf libsparrow.so.0 $out/libsparrow.so
ls -l $out/libsparrow.so."$version" $out/libsparrow.a | awk '{ print $9 ": " $5 " bytes" }'
