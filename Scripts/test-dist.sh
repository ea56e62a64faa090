#!/usr/bin/env bash
# Tries the packages of .build/dist in a bare Debian system, in a folder made by debootstrap: the
# command, the manual page, and the library and a plug-in loaded from where they are installed.
# Needs root, debootstrap and the network; without them, or with SPARROW_SKIP_DIST_TEST set, it says
# so and does nothing.
#
# SPARROW_SUITE: the release of Debian or Ubuntu (default: this system's).
# SPARROW_MIRROR: where it comes from (default: debootstrap's).
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "test-dist: skipped, $1"; exit 0; }
fail() { echo "test-dist: $1" >&2; exit 1; }
[ -z "${SPARROW_SKIP_DIST_TEST:-}" ] || skip "as SPARROW_SKIP_DIST_TEST says"
[ "$(id -u)" = 0 ] || skip "it needs root"
command -v debootstrap > /dev/null || skip "debootstrap is not installed"
package=$(echo .build/dist/sparrow_*.deb)
tarball=$(echo .build/dist/sparrow-*.tar.gz)
[ -f "$package" ] || fail "there is no Debian package: run \`make dist\`"
suite=${SPARROW_SUITE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}

# The bare system is made once.
bare=.build/debootstrap-$suite.tar
work=$(mktemp -d)
trap 'umount "$work/root/proc" 2> /dev/null || true; rm -rf --one-file-system "$work"' EXIT
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
version=$(sed -n 's/.*sparrowVersion = "\(.*\)".*/\1/p' Sources/Sparrow/Version.swift)
[ "$(inside sparrow --version)" = "$version" ] || fail "another version runs"
cp Demo/noisy.flac "$root/noisy.flac"
inside sparrow denoise /noisy.flac /clean.wav > "$work/log" || fail "the command does not denoise"
[ "$(stat -c %s "$root/clean.wav")" -gt 10000 ] || fail "the command writes nothing"

# A program of the outside, with the library of the inside.
library=/usr/lib/$(uname -m)-linux-gnu/libsparrow.so
cc -std=c99 -IBindings/C/include Bindings/C/Examples/denoise.c "$root$library" -lm \
  -o "$root/denoise"
head -c 64000 /dev/urandom > "$work/noise.raw"
inside /denoise 16000 < "$work/noise.raw" > "$work/library.raw" || fail "the library does not load"
inside sparrow denoise - - < "$work/noise.raw" | cmp - "$work/library.raw" \
  || fail "the library gives other samples than the command"
for plugin in ladspa/sparrow.so lv2/sparrow.lv2/sparrow.so clap/sparrow.clap; do
  [ -f "$root/usr/lib/$plugin" ] || continue
  inside ldd "/usr/lib/$plugin" > "$work/libraries"
  ! grep -q "not found" "$work/libraries" || fail "$plugin lacks $(cat "$work/libraries")"
done
for file in share/man/man1/sparrow.1.gz share/bash-completion/completions/sparrow; do
  [ -f "$root/usr/$file" ] || [[ $file == share/man/* ]] || fail "$file is missing"
done

# The tarball runs where the libraries are, from any folder; and the package leaves nothing behind.
inside apt-get purge --yes sparrow > /dev/null 2>&1
left=$(cd "$root" && find usr -name '*sparrow*')
[ -z "$left" ] || fail "the package leaves $left"
tar -C "$root" -xf "$tarball"
[ "$(inside "/$(basename "$tarball" .tar.gz)/bin/sparrow" --version)" = "$version" ] \
  || fail "the tarball's command does not run"
echo "the packages work in a bare $suite"
