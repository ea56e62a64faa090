#!/usr/bin/env bash
# Installs what was built: the command, its manual page and completions, the C library with its
# header, the plug-ins, and the server where it was built. Builds nothing, so it may run as root.
#
# usage: [PREFIX=/usr/local] [LIBDIR=$PREFIX/lib] [DESTDIR=] Scripts/install.sh SPARROW
#
# SPARROW: the command to install; the server, sparrow-serve, lies beside it.
# DESTDIR: a folder that stands for the root of the file system, for packages.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "install: $1" >&2; exit 1; }
[ $# = 1 ] || fail "usage: Scripts/install.sh SPARROW"
sparrow=$1
prefix=${PREFIX:-/usr/local}
libdir=${LIBDIR:-$prefix/lib}
case $prefix in /*) ;; *) fail "PREFIX=$prefix has to begin with /" ;; esac
case $libdir in "$prefix"/*) ;; *) fail "LIBDIR=$libdir has to lie in $prefix" ;; esac
destination=${DESTDIR:-}$prefix
libraries=${DESTDIR:-}$libdir
library=.build/library
plugins=.build/plugins
[ -x "$sparrow" ] || fail "$sparrow is missing: run \`make plugins\` first"
[ -f $library/libsparrow.a ] || fail "$library is missing: run \`make plugins\` first"

put() { install -D -m "$1" "$2" "$3"; }
# put_text PATH: standard input.
put_text() {
  mkdir -p "$(dirname "$1")"
  cat > "$1"
  chmod 644 "$1"
}

# The command.
put 755 "$sparrow" "$destination/bin/sparrow"
Scripts/make-manual-page.py "$(realpath "$sparrow")" \
  | put_text "$destination/share/man/man1/sparrow.1"
completions() { "$sparrow" --generate-completion-script "$1"; }
completions bash | put_text "$destination/share/bash-completion/completions/sparrow"
completions zsh | put_text "$destination/share/zsh/site-functions/_sparrow"
completions fish | put_text "$destination/share/fish/vendor_completions.d/sparrow.fish"

# The server.
serve=$(dirname "$sparrow")/sparrow-serve
if [ -x "$serve" ]; then
  put 755 "$serve" "$destination/bin/sparrow-serve"
  put 644 Server/haproxy.cfg "$destination/share/sparrow/server/haproxy.cfg"
  sed "s|/usr/local/bin|$prefix/bin|" Server/sparrow-serve.service \
    | put_text "$destination/share/sparrow/server/sparrow-serve.service"
else
  echo "there is no server to install"
fi

# The C library.
version=$(Scripts/version.sh)
IFS=. read -r major minor _ <<< "$version"
to_prefix=$(realpath -m --relative-to="$libdir/cmake/Sparrow" "$prefix")
filled() {
  sed -e "s|@VERSION@|$version|g" -e "s|@MAJOR@|$major|g" -e "s|@MINOR@|$minor|g" \
    -e "s|@PREFIX@|$prefix|g" -e "s|@LIBDIR@|\${prefix}${libdir#"$prefix"}|g" \
    -e "s|@TO_PREFIX@|$to_prefix|g" "Bindings/C/Packages/$1.in"
}
put 644 Bindings/C/include/sparrow.h "$destination/include/sparrow.h"
put 644 $library/libsparrow.a "$libraries/libsparrow.a"
put 755 "$library/libsparrow.so.$version" "$libraries/libsparrow.so.$version"
ln -sf "libsparrow.so.$version" "$libraries/libsparrow.so.0"
ln -sf libsparrow.so.0 "$libraries/libsparrow.so"
filled sparrow.pc | put_text "$libraries/pkgconfig/sparrow.pc"
for file in SparrowConfig.cmake SparrowConfigVersion.cmake; do
  filled $file | put_text "$libraries/cmake/Sparrow/$file"
done

# Plug-ins, of those kinds that were built; hosts look for them in lib alone.
for kind in ladspa lv2 clap; do
  [ -d $plugins/$kind ] || { echo "there is no $kind plug-in to install"; continue; }
  (cd $plugins && find $kind -type f) | while read -r file; do
    put 644 "$plugins/$file" "$destination/lib/$file"
  done
done
put 644 Bindings/Plugins/PipeWire/sparrow-microphone.conf \
  "$destination/share/sparrow/pipewire/sparrow-microphone.conf"
put 644 LICENSE "$destination/share/doc/sparrow/LICENSE"
echo "installed Sparrow $version in $destination"
