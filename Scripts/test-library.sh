#!/usr/bin/env bash
# Tests the C library of .build/library as its users meet it: the header in C99 and C++17, examples
# built by gcc and clang, a test of the interface under valgrind, what the library needs and shows,
# and that it denoises to the same bytes as the command.
#
# usage: Scripts/test-library.sh [SPARROW]
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/embedded.sh

sparrow=${1:-$(swift build -c release --show-bin-path)/sparrow}
library=.build/library
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LD_LIBRARY_PATH=$PWD/$library

fail() { echo "test-library: $1" >&2; exit 1; }

compilers=(clang)
command -v gcc > /dev/null && compilers+=(gcc)
for compiler in "${compilers[@]}"; do
  strict=("$compiler" -Wall -Wextra -Werror -pedantic -O2 -IBindings/C/include)
  "${strict[@]}" -std=c99 -D_POSIX_C_SOURCE=200809L -gdwarf-4 Bindings/C/Tests/interface_test.c \
    $library/libsparrow.a -lm -o "$work/static-$compiler"
  "$work/static-$compiler" > /dev/null
  "${strict[@]}" -std=c99 -gdwarf-4 Bindings/C/Tests/group_test.c $library/libsparrow.a -lm \
    -o "$work/group-$compiler"
  "$work/group-$compiler" > /dev/null
  "${strict[@]}" -std=c99 Bindings/C/Examples/denoise.c -L$library -lsparrow -lm \
    -o "$work/denoise"
  "${strict[@]}" -std=c99 -gdwarf-4 Bindings/C/Tests/language_test.c $library/libsparrow.a -lm \
    -o "$work/language-$compiler"
  "${strict[@]}" -std=c99 Bindings/C/Examples/complete.c -L$library -lsparrow -lm \
    -o "$work/complete"
  echo '#include <sparrow.h>' | "${strict[@]}" -x c++ -std=c++17 -c - -o "$work/header.o"
done
case $(uname) in
  Linux) cpp=$(command -v g++ || command -v clang++) ;;
  *) cpp=clang++ ;;
esac
"$cpp" -std=c++17 -Wall -Wextra -Werror -pedantic -IBindings/C/include \
  Bindings/C/Examples/spot.cpp -L$library -lsparrow -o "$work/spot"

# A language model, exact and in bytes.
for weights in single int8; do
  "$sparrow" pack Models/shakespeare.safetensors --weights $weights -o "$work/$weights.plan" \
    > /dev/null
  for compiler in "${compilers[@]}"; do
    "$work/language-$compiler" "$work/$weights.plan" > "$work/score" \
      || fail "language models do not do what sparrow.h says"
  done
done
"$work/complete" "$work/single.plan" to be or not to > "$work/text"
"$sparrow" complete "to be or not to" --words 10 --temperature 0 | tr -s ' \n' ' ' \
  > "$work/expected"
grep -v perplexity "$work/text" | tr -s ' \n' ' ' | cmp - "$work/expected" \
  || fail "the library completes a text as $(cat "$work/text"), not $(cat "$work/expected")"

if command -v valgrind > /dev/null; then
  for program in "static-clang" "group-clang" "language-clang $work/single.plan"; do
    read -ra call <<< "$program"
    valgrind -q --error-exitcode=9 --leak-check=full "$work/${call[0]}" "${call[@]:1}" \
      > /dev/null || fail "valgrind finds faults in ${call[0]}"
  done
else
  echo "test-library: without valgrind, memory is not checked"
fi

# Nothing but the interface is seen, and nothing but the C library needed.
nm -D --defined-only $library/libsparrow.so | awk '{ print $3 }' | sort > "$work/seen"
interface_symbols > "$work/declared"
diff "$work/declared" "$work/seen" || fail "the library shows other symbols than sparrow.h declares"
nm -g --defined-only $library/libsparrow.a | awk 'NF == 3 { print $3 }' | sort \
  | diff "$work/declared" - || fail "the archive shows other symbols than sparrow.h declares"
needed=$(readelf -d $library/libsparrow.so | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort | xargs)
case $needed in
  "libc.so.6 libm.so.6" | libc.so.6) ;;
  *) fail "the library needs $needed" ;;
esac

# Ten seconds of speech-like sound, as the command denoises them.
Scripts/sound.py make "$work/noisy" 16000 1 10
for rate in 8000 16000 44100 48000; do
  "$sparrow" denoise - - --rate $rate < "$work/noisy.raw" > "$work/command.raw"
  [ "$(wc -c < "$work/command.raw")" = 320000 ] || fail "the command does not keep the length"
  "$work/denoise" $rate < "$work/noisy.raw" | cmp - "$work/command.raw" \
    || fail "the library's samples differ from the command's at $rate Hz"
done
"$work/spot" 16000 < "$work/noisy.raw" > /dev/null
if "$work/denoise" 10 < /dev/null 2> "$work/error"; then fail "a rate of 10 Hz is taken"; fi
grep -q "out of its range" "$work/error" || fail "an error has no text"
echo "the C library is as sparrow.h says"
