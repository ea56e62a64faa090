#!/usr/bin/env bash
# Makes what can be given to others, in .build/dist: a tarball, and a Debian package where dpkg-deb
# is installed, each with the command, the C library, the plug-ins, manual page and completions. The
# command has Swift's runtime inside.
#
# usage: Scripts/make-dist.sh [SPARROW]
#
# SPARROW: the command; without one it is built, which takes minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

sparrow=${1:-}
if [ -z "$sparrow" ]; then
  # A folder of its own: with another kind of linking, SwiftPM builds everything anew.
  static=(-c release --static-swift-stdlib --scratch-path .build/static)
  swift build "${static[@]}" --product sparrow
  sparrow=$(swift build "${static[@]}" --show-bin-path)/sparrow
fi
Scripts/build-library.sh "$sparrow"
Scripts/build-plugins.sh

out=.build/dist
rm -rf $out
mkdir -p $out/command
version=$(sed -n 's/.*sparrowVersion = "\(.*\)".*/\1/p' Sources/Sparrow/Version.swift)
machine=$(uname -m)
strip --strip-all -o $out/command/sparrow "$sparrow"
# Equal sources give equal packages.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2> /dev/null || echo 0)}

name=sparrow-$version-$machine-linux
DESTDIR=$out/tar PREFIX=/usr/local Scripts/install.sh $out/command/sparrow > /dev/null
mv $out/tar/usr/local "$out/$name"
cat > "$out/$name/README" << END
Sparrow $version: noise out of speech, keywords, small recurrent networks.

The command is bin/sparrow. To install all of it: cp -r bin include lib share /usr/local/
The command needs libsndfile, libsamplerate, libmpg123 and zlib; the library and the plug-ins need
nothing but the C library. Manual: man -l share/man/man1/sparrow.1
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
mv "$root/usr/share/doc/sparrow/LICENSE" "$root/usr/share/doc/sparrow/copyright"

# The packages of the libraries that the command itself names; what these need comes with them.
direct=$(readelf -d $out/command/sparrow | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
packages=$(ldd $out/command/sparrow | while read -r library _ file _; do
  [[ $file == /* ]] && grep -qxF "$library" <<< "$direct" || continue
  # A package may name the file without /usr, or the file that a link leads to.
  dpkg-query -S "$file" 2> /dev/null || dpkg-query -S "$(realpath "$file")" 2> /dev/null \
    || dpkg-query -S "/usr$file" 2> /dev/null || dpkg-query -S "${file#/usr}" 2> /dev/null \
    || { echo "no package has $file" >&2; exit 1; }
done | cut -d : -f 1 | sort -u)
glibc=$(readelf -V $out/command/sparrow | grep -o 'GLIBC_2[.0-9]*' | sort -uV | tail -n 1)
list=
for package in $packages; do
  case $package in
    libc6) package="libc6 (>= ${glibc#GLIBC_})" ;;
    libsndfile1) package="libsndfile1 (>= 1.1.0)" ;;
  esac
  list+="${list:+, }$package"
done
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
 The command sparrow, a library for C and C++, and plug-ins for LADSPA, LV2 and
 CLAP, as far as they were built. It also trains, prunes and quantises recurrent
 networks.
END
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
package=$out/sparrow_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" > /dev/null
echo "$package: $(stat -c %s "$package") bytes; needs $list"
