#!/usr/bin/env bash
# Compiles what runs a network twice, from two folders, and fails where the objects differ in one
# byte.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for copy in first second-of-two; do
  mkdir -p "$work/$copy"
  cp -r Sources/CSparrow Sources/SparrowCore "$work/$copy"
  (
    cd "$work/$copy"
    mkdir objects
    for file in CSparrow/*.c CSparrow/{scalar,avx2,avx512}/*.c; do
      clang -O2 -fblocks -ICSparrow/include -c "$file" -o "objects/$(tr / - <<< "${file%.c}").o" &
      [ "$(jobs -r | wc -l)" -lt "$(getconf _NPROCESSORS_ONLN)" ] || wait -n
    done
    wait
    # As the package manager describes the C target.
    echo "module CSparrow { umbrella header \"$PWD/CSparrow/include/CSparrow.h\" export * }" \
      > module.modulemap
    # shellcheck disable=SC2046
    swiftc -O -wmo -parse-as-library -swift-version 6 \
      -enable-upcoming-feature InternalImportsByDefault \
      -package-name sparrow -module-name SparrowCore -I . -file-prefix-map "$PWD=." \
      -emit-object -o objects/SparrowCore.o $(find SparrowCore -name '*.swift' | LC_ALL=C sort)
  )
done

diff -r "$work/first/objects" "$work/second-of-two/objects"
(cd "$work/first/objects" && sha256sum -- *)
