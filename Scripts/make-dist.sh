#!/usr/bin/env bash
# Makes packages for others in .build/dist: a tarball, and a Debian package where dpkg-deb is
# installed. Each has the command, the server, the C library, the plug-ins, manual page and
# completions, a bill of materials, and the licences of everything that is linked. The programs have
# Swift's run-time library inside; libsndfile, libmpg123, libsamplerate and zlib stay shared
# libraries of the system, which their licences ask for and which gets their fixes.
#
# usage: Scripts/make-dist.sh [SPARROW]
#
# SPARROW: the command, with sparrow-serve beside it; without one both are built, which takes
# minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

sparrow=${1:-}
if [ -z "$sparrow" ]; then
  # As `make demo` builds it, where the toolchain can.
  release=(-c release --static-swift-stdlib)
  swift build "${release[@]}" --product sparrow
  swift build "${release[@]}" --product sparrow-serve
  sparrow=$(swift build "${release[@]}" --show-bin-path)/sparrow
fi
Scripts/build-library.sh "$sparrow"
Scripts/build-plugins.sh

out=.build/dist
rm -rf $out
mkdir -p $out/command
version=$(Scripts/version.sh)
machine=$(uname -m)
for program in sparrow sparrow-serve; do
  strip --strip-all -o $out/command/$program "$(dirname "$sparrow")/$program"
done
Scripts/sbom.py write $out/command/sparrow $out/documents
cp CHANGELOG.md $out/documents
# Equal sources give equal packages.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2> /dev/null || echo 0)}

name=sparrow-$version-$machine-linux
DESTDIR=$out/tar PREFIX=/usr/local Scripts/install.sh $out/command/sparrow > /dev/null
mv $out/tar/usr/local "$out/$name"
cp -r $out/documents/. "$out/$name/share/doc/sparrow"
cat > "$out/$name/README" << END
Sparrow $version: noise out of speech, keywords, small recurrent networks.

The command is bin/sparrow, and the server bin/sparrow-serve. To install all of it:
cp -r bin include lib share /usr/local/
The command needs libsndfile, libsamplerate, libmpg123 and zlib; the library and the plug-ins need
nothing but the C library. Manual: man -l share/man/man1/sparrow.1
Licences, a bill of materials and changes: share/doc/sparrow
END
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C $out \
  -c "$name" | gzip -9n > "$out/$name.tar.gz"
echo "$out/$name.tar.gz: $(stat -c %s "$out/$name.tar.gz") bytes"

if ! command -v dpkg-deb > /dev/null; then
  echo "without dpkg-deb, there is no Debian package"
  exit 0
fi
architecture=$(dpkg --print-architecture)
root=$out/deb
DESTDIR=$root PREFIX=/usr LIBDIR=/usr/lib/$machine-linux-gnu \
  Scripts/install.sh $out/command/sparrow > /dev/null
mkdir "$root/usr/share/zsh/vendor-completions"
mv "$root"/usr/share/zsh/{site-functions,vendor-completions}/_sparrow
rmdir "$root/usr/share/zsh/site-functions"
gzip -9n "$root/usr/share/man/man1/sparrow.1"
documents=$root/usr/share/doc/sparrow
cp -r $out/documents/. "$documents"
{
  cat LICENSE
  for file in "$documents"/licences/*.txt; do
    printf '\n---- Notice of %s, which the command contains: ----\n\n' "$(basename "$file" .txt)"
    cat "$file"
  done
} > "$documents/copyright"
rm "$documents/LICENSE"

list=$(Scripts/sbom.py depends $out/command/sparrow)
mkdir "$root/DEBIAN"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) > "$root/DEBIAN/md5sums"
echo "activate-noawait ldconfig" > "$root/DEBIAN/triggers"
cat > "$root/DEBIAN/control" << END
Package: sparrow
Version: $version
Architecture: $architecture
Maintainer: Sparrow <sparrow@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f 1)
Depends: $list
Section: sound
Priority: optional
Description: denoises speech and spots keywords, live and in files
 The command sparrow, a server for WebSockets, a library for C and C++, and
 plug-ins for LADSPA, LV2 and CLAP, as far as they were built. It also trains,
 prunes and quantises recurrent networks.
END
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
package=$out/sparrow_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" > /dev/null
echo "$package: $(stat -c %s "$package") bytes; needs $list"
