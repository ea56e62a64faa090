#!/usr/bin/env bash
# Builds the C library for WebAssembly: .build/web/sparrow.wasm, without networks, which a page
# fetches beside it: .build/web/denoiser.plan and keywords.plan. It imports nothing. The modules and
# the page of Bindings/Web come with it: .build/web is a folder to serve.
#
# usage: Scripts/build-web.sh [SPARROW]
#
# SPARROW: the command that packs the networks (default: the release build's).
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/embedded.sh

sparrow=${1:-$(swift build -c release --show-bin-path)/sparrow}
out=.build/web
objects=$out/objects
target=wasm32-unknown-none-wasm
tools=$(dirname "$(readlink -f "$(command -v swiftc)")")
rm -rf "$objects"
mkdir -p "$objects"

for network in denoiser denoiser-full-band keywords; do
  "$sparrow" pack "Models/$network.safetensors" --instruction-set wasm -o "$out/$network.plan" \
    > /dev/null
done

features=(-msimd128 -mbulk-memory)
c=(clang --target=$target "${features[@]}" -O2 -Wall -Werror -ffreestanding -ffunction-sections
  -fdata-sections)
for file in dispatch scalar/step wasm/step; do
  "${c[@]}" -c "Sources/CSparrow/$file.c" -o "$objects/${file//\//_}.o"
done
"${c[@]}" -c Bindings/Web/support.c -o "$objects/support.o"
"${c[@]}" -c Bindings/C/builtin.c -o "$objects/builtin.o"
write_module_map "$objects"
for module in SparrowCore SparrowAudioCore SparrowC; do
  compile_embedded $target "$objects" $module "${library_options[@]}" -Xcc -msimd128 \
    -Xcc -ffreestanding
done
exports=$(interface_symbols | grep -v -e set_allocator -e sparrow_group_ | sed 's/^/--export=/')
"$tools/wasm-ld" --no-entry --gc-sections --strip-all -z stack-size=262144 \
  $exports --export=sparrow_web_allocate --export=sparrow_web_release \
  "$objects"/*.o -o $out/sparrow.wasm
find Bindings/Web -name '*.[mhc]??*' ! -name 'test*' -exec cp {} $out \;
ls -l $out/sparrow.wasm $out/*.plan | awk '{ print $9 ": " $5 " bytes" }'
