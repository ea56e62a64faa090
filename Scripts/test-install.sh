#!/usr/bin/env bash
# Tests an installation as its users meet it: installs into a folder, and builds the examples by
# means of pkg-config and CMake, also after the folder has moved.
#
# usage: Scripts/test-install.sh [SPARROW]
set -euo pipefail
cd "$(dirname "$0")/.."

sparrow=${1:-$(swift build -c release --show-bin-path)/sparrow}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "test-install: $1" >&2; exit 1; }

# By DESTDIR, and where libraries lie in a folder of the architecture.
DESTDIR=$work/root PREFIX=/usr LIBDIR=/usr/lib/x86_64-linux-gnu Scripts/install.sh "$sparrow" \
  > "$work/log"
for file in bin/sparrow include/sparrow.h lib/x86_64-linux-gnu/libsparrow.so \
  share/man/man1/sparrow.1 share/bash-completion/completions/sparrow \
  share/zsh/site-functions/_sparrow \
  share/fish/vendor_completions.d/sparrow.fish lib/x86_64-linux-gnu/pkgconfig/sparrow.pc; do
  [ -s "$work/root/usr/$file" ] || fail "$file is not installed"
done
if [ -x "$(dirname "$sparrow")/sparrow-serve" ]; then
  [ "$("$work/root/usr/bin/sparrow" serve --version)" = "$("$sparrow" --version)" ] \
    || fail "the server is not installed"
  grep -q "^ExecStart=/usr/bin/sparrow-serve" \
    "$work/root/usr/share/sparrow/server/sparrow-serve.service" || fail "its unit is not installed"
fi
[ "$(ls "$work/root")" = usr ] || fail "there are files outside of PREFIX"
bash -n "$work/root/usr/share/bash-completion/completions/sparrow" || fail "bash cannot complete"
if command -v man > /dev/null && command -v groff > /dev/null; then
  faults=$(man --warnings -E UTF-8 -l -Tutf8 -Z "$work/root/usr/share/man/man1/sparrow.1" \
    2>&1 > /dev/null)
  [ -z "$faults" ] || fail "the manual page: $faults"
fi
if PREFIX=relative Scripts/install.sh "$sparrow" 2> /dev/null; then fail "a relative prefix"; fi

PREFIX=$work/first Scripts/install.sh "$sparrow" > "$work/log"
mv "$work/first" "$work/moved"
prefix=$work/moved
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
version=$(pkg-config --modversion sparrow)
[ "$version" = "$("$sparrow" --version)" ] || fail "pkg-config knows version $version"
export LD_LIBRARY_PATH=$prefix/lib
Scripts/sound.py make "$work/noise" 16000 1 2
cc Bindings/C/Examples/denoise.c \
  $(pkg-config --define-prefix --cflags --libs sparrow) -lm -o "$work/denoise"
"$work/denoise" 48000 < "$work/noise.raw" > "$work/expected.raw"
[ "$(stat -c %s "$work/expected.raw")" = 64000 ] || fail "the example does not keep the length"
if command -v cmake > /dev/null; then
  mkdir "$work/project"
  cp Bindings/C/Examples/* "$work/project/"
  cat > "$work/project/CMakeLists.txt" << 'END'
cmake_minimum_required(VERSION 3.16)
project(examples C CXX)
find_package(Sparrow 0.1 REQUIRED)
find_package(Sparrow 9 QUIET)
if(Sparrow_FOUND)
  message(FATAL_ERROR "version 9 is found")
endif()
add_executable(denoise denoise.c)
target_link_libraries(denoise Sparrow::sparrow m)
add_executable(denoise_static denoise.c)
target_link_libraries(denoise_static Sparrow::sparrow_static)
add_executable(spot spot.cpp)
target_link_libraries(spot Sparrow::sparrow_static)
END
  (cmake -S "$work/project" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" \
    && cmake --build "$work/build") > "$work/log" 2>&1 || fail "CMake: $(tail -n 20 "$work/log")"
  for program in denoise denoise_static; do
    "$work/build/$program" 48000 < "$work/noise.raw" | cmp - "$work/expected.raw" \
      || fail "$program gives other samples"
  done
  [ -x "$work/build/spot" ] || fail "the example in C++ is not built"
else
  echo "without cmake, its configuration is not tested"
fi
echo "an installation can be built upon"
