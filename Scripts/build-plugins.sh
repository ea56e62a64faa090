#!/usr/bin/env bash
# Builds the plug-ins over the C library of .build/library, each in one file with all it needs:
# ladspa/sparrow.so, lv2/sparrow.lv2 and clap/sparrow.clap in .build/plugins.
# A plug-in whose headers are not installed is left out, with a line that says so.
#
# CLAP_INCLUDE: a folder that holds clap/clap.h, if the compiler does not find it by itself.
set -euo pipefail
cd "$(dirname "$0")/.."

library=.build/library/libsparrow.a
[ -f $library ] || { echo "$library is missing: run \`make library\` first" >&2; exit 1; }
[ -z "${CLAP_INCLUDE:-}" ] || [ -f "$CLAP_INCLUDE/clap/clap.h" ] \
  || { echo "CLAP_INCLUDE=$CLAP_INCLUDE holds no clap/clap.h" >&2; exit 1; }
version=$(Scripts/version.sh)
out=.build/plugins
rm -rf $out
mkdir -p $out

compile=(clang -std=c11 -O2 -Wall -Wextra -Werror -fPIC -fvisibility=hidden -IBindings/C/include
  -D_POSIX_C_SOURCE=200809L "-DSPARROW_PLUGIN_VERSION=\"$version\""
  ${CLAP_INCLUDE:+-isystem "$CLAP_INCLUDE"})

# Whether a header is there; if not, says what is left out.
have() {
  echo "#include <$1>" | "${compile[@]}" -fsyntax-only -x c - 2> /dev/null && return
  echo "without $1 ($3), there is no $2 plug-in"
  return 1
}

# The plug-in $1 out of the sources that follow, with one symbol, $2.
link() {
  local file=$1 symbol=$2
  shift 2
  mkdir -p "$(dirname "$file")"
  echo "{ global: $symbol; local: *; };" > $out/exports
  "${compile[@]}" -shared -fuse-ld=lld -Wl,-z,defs -Wl,--gc-sections -Wl,--build-id=none \
    -Wl,--version-script=$out/exports "$@" Bindings/Plugins/plugin.c $library -lm -o "$file"
  rm $out/exports
  echo "$file: $(stat -c %s "$file") bytes"
}

if have ladspa.h LADSPA "Debian: ladspa-sdk"; then
  link $out/ladspa/sparrow.so ladspa_descriptor Bindings/Plugins/LADSPA/sparrow_ladspa.c
fi
if have lv2/core/lv2.h LV2 "Debian: lv2-dev"; then
  link $out/lv2/sparrow.lv2/sparrow.so lv2_descriptor Bindings/Plugins/LV2/sparrow_lv2.c
  cp Bindings/Plugins/LV2/*.ttl $out/lv2/sparrow.lv2/
fi
if have clap/clap.h CLAP "github.com/free-audio/clap; CLAP_INCLUDE is its include folder"; then
  link $out/clap/sparrow.clap clap_entry Bindings/Plugins/CLAP/*.c
fi
