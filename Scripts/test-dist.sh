#!/usr/bin/env bash
# Tests the packages of .build/dist: their documents, and in a bare Debian system, in a folder made
# by debootstrap, the command, and the library and a plug-in loaded from where they are installed.
# The bare system needs root, debootstrap and the network; without them, or with
# SPARROW_SKIP_DIST_TEST set, the test says so and leaves that part out.
#
# SPARROW_SUITE: the release of Debian or Ubuntu (default: this system's).
# SPARROW_MIRROR: where it comes from (default: debootstrap's).
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "test-dist: the bare system is left out, $1"; exit 0; }
fail() { echo "test-dist: $1" >&2; exit 1; }
package=$(echo .build/dist/sparrow_*.deb)
tarball=$(echo .build/dist/sparrow-*.tar.gz)
[ -f "$package" ] || fail "there is no Debian package: run \`make dist\`"
version=$(Scripts/version.sh)
work=$(mktemp -d)
trap 'umount "$work/root/proc" 2> /dev/null || true; rm -rf --one-file-system "$work"' EXIT

# The documents, in the packages themselves: dpkg of a small system leaves most of them out.
mkdir "$work/tarball"
tar -C "$work/tarball" --strip-components=1 -xf "$tarball"
dpkg-deb --extract "$package" "$work/package"
[ -f "$work/package/usr/share/man/man1/sparrow.1.gz" ] || fail "the manual page is missing"
for documents in "$work"/{tarball,package/usr}/share/doc/sparrow; do
  python3 - "$documents/sbom.json" "$version" << 'END' || fail "the bill of materials is wrong"
import json, sys
bill = json.load(open(sys.argv[1]))
assert bill["metadata"]["component"]["version"] == sys.argv[2]
names = {component["name"].partition(".so")[0] for component in bill["components"]}
expected = {"swift", "icu", "swift-argument-parser", "swift-nio"}
expected |= {"libsndfile", "libmpg123", "libsamplerate"}
assert expected <= names, expected - names
END
  for text in icu swift swift-argument-parser swift-nio swift-nio-notice shared/libsndfile1; do
    [ -s "$documents/licences/$text.txt" ] || fail "the licence of $text is missing"
  done
done
for notice in "Apache License" "Runtime Library Exception" "UNICODE LICENSE V3"; do
  grep -q "$notice" "$work/package/usr/share/doc/sparrow/copyright" \
    || fail "the package's copyright lacks the $notice"
done

[ -z "${SPARROW_SKIP_DIST_TEST:-}" ] || skip "as SPARROW_SKIP_DIST_TEST says"
[ "$(id -u)" = 0 ] || skip "it needs root"
command -v debootstrap > /dev/null || skip "debootstrap is not installed"
suite=${SPARROW_SUITE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}

# The bare system is made once.
bare=.build/debootstrap-$suite.tar
if [ ! -f "$bare" ]; then
  debootstrap --variant=minbase "$suite" "$work/root" ${SPARROW_MIRROR:+"$SPARROW_MIRROR"} \
    > "$work/log" 2>&1 || skip "debootstrap fails: $(tail -n 1 "$work/log")"
  tar -C "$work/root" --exclude=./dev --exclude=./proc -cf "$bare.part" .
  mv "$bare.part" "$bare"
  rm -rf --one-file-system "$work/root"
fi
root=$work/root
mkdir "$root"
tar -C "$root" -xf "$bare"
mkdir -p "$root/dev" "$root/proc"
mknod -m 666 "$root/dev/null" c 1 3 2> /dev/null || : > "$root/dev/null"
# Swift reads the arguments of a program there.
mount -t proc proc "$root/proc" 2> /dev/null || skip "/proc cannot be mounted"
cp /etc/resolv.conf "$root/etc/"
[ -f /etc/apt/apt.conf ] && cp /etc/apt/apt.conf "$root/etc/apt/"
inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot "$root" "$@"; }

# The package brings all that it needs.
cp "$package" "$root/sparrow.deb"
{
  inside apt-get update
  inside env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    /sparrow.deb
} > "$work/log" 2>&1 || fail "it is not installed: $(tail -n 5 "$work/log")"
[ "$(inside sparrow --version)" = "$version" ] || fail "another version runs"
[ "$(inside sparrow serve --version)" = "$version" ] || fail "the server does not run"
cp Demo/noisy.flac "$root/noisy.flac"
inside sparrow denoise /noisy.flac /clean.wav > "$work/log" || fail "the command does not denoise"
[ "$(stat -c %s "$root/clean.wav")" -gt 10000 ] || fail "the command writes nothing"

# A program of the outside, with the library of the inside.
library=/usr/lib/$(uname -m)-linux-gnu/libsparrow.so
cc -std=c99 -IBindings/C/include Bindings/C/Examples/denoise.c "$root$library" -lm \
  -o "$root/denoise"
Scripts/sound.py make "$work/noise" 16000 1 2
inside /denoise 16000 < "$work/noise.raw" > "$work/library.raw" || fail "the library does not load"
inside sparrow denoise - - < "$work/noise.raw" | cmp - "$work/library.raw" \
  || fail "the library gives other samples than the command"
for plugin in ladspa/sparrow.so lv2/sparrow.lv2/sparrow.so clap/sparrow.clap; do
  [ -f "$root/usr/lib/$plugin" ] || continue
  inside ldd "/usr/lib/$plugin" > "$work/libraries"
  ! grep -q "not found" "$work/libraries" || fail "$plugin lacks $(cat "$work/libraries")"
done
[ -f "$root/usr/share/bash-completion/completions/sparrow" ] || fail "completions are missing"

# The tarball runs where the libraries are, from any folder; and the package leaves nothing behind.
inside apt-get purge --yes sparrow > /dev/null 2>&1
left=$(cd "$root" && find usr -name '*sparrow*')
[ -z "$left" ] || fail "the package leaves $left"
tar -C "$root" -xf "$tarball"
[ "$(inside "/$(basename "$tarball" .tar.gz)/bin/sparrow" --version)" = "$version" ] \
  || fail "the tarball's command does not run"
echo "the packages work in a bare $suite"
