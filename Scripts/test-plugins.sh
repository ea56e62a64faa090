#!/usr/bin/env bash
# Tests the plug-ins of .build/plugins: each in a small host of its own kind, then in the hosts that
# are installed: analyseplugin and applyplugin, ffmpeg, SoX, lv2apply, PipeWire. Every host has to
# give the C library's samples, within one step of its own rounding. A host that is not installed is
# named and left out; on Debian, all of it is in: ladspa-sdk lv2-dev lilv-utils ffmpeg sox pipewire.
#
# CLAP_INCLUDE: as for build-plugins.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

plugins=$PWD/.build/plugins
ladspa=$plugins/ladspa/sparrow.so
library=.build/library/libsparrow.a
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LADSPA_PATH=$plugins/ladspa LV2_PATH=$plugins/lv2:/usr/lib/lv2

fail() { echo "test-plugins: $1" >&2; exit 1; }

# Whether a program is there; says so if not.
have() {
  command -v "$1" > /dev/null && return
  echo "without $1, plug-ins are not tested in it"
  return 1
}

compile=(clang -std=c11 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -IBindings/C/include
  ${CLAP_INCLUDE:+-isystem "$CLAP_INCLUDE"})
tests=Bindings/Plugins/Tests
tested=0
for kind in ladspa lv2 clap; do
  file=$(find "$plugins/$kind" -name sparrow.so -o -name sparrow.clap 2> /dev/null) || true
  [ -n "$file" ] || { echo "there is no $kind plug-in to test"; continue; }
  "${compile[@]}" $tests/plugin_test.c "$tests/${kind}_host.c" $library -lm -ldl -o "$work/$kind"
  "$work/$kind" "$file" || fail "the $kind plug-in fails in its host"
  shown=$(nm -D --defined-only "$file" | awk '{ print $3 }' | xargs)
  case $shown in
    ladspa_descriptor | lv2_descriptor | clap_entry) ;;
    *) fail "$file shows $shown" ;;
  esac
  tested=$((tested + 1))
done

# Sound of two rates, mono and stereo, and what the library makes of it, with a limit of 6 dB too.
"${compile[@]}" $tests/reference.c $library -lm -o "$work/reference"
for format in "16000 1" "48000 2"; do
  read -r rate channels <<< "$format"
  Scripts/sound.py make "$work/$rate" "$rate" "$channels" 2
  for limit in 100 6; do
    "$work/reference" "$rate" "$channels" $limit < "$work/$rate.f32" > "$work/$rate-$limit.f32"
  done
done

# check RATE LIMIT RESULT HOST [OPTION...]
check() {
  local channels=1 reference=$work/$1-$2.f32 result=$3 host=$4
  [ "$1" = 48000 ] && channels=2
  shift 4
  local found
  found=$(Scripts/sound.py compare "$reference" "$result" $channels "$@") \
    || fail "$host gives other samples than the library"
  echo "$host: $found"
  rm "$result"
}

if [ -f "$ladspa" ]; then
  if have analyseplugin; then
    analyseplugin "$ladspa" > "$work/ports"
    [ "$(grep -c '"latency" output, control' "$work/ports")" = 2 ] || fail "no port for the latency"
  fi
  if have applyplugin; then
    applyplugin "$work/16000.wav" "$work/a.wav" "$ladspa" denoiser_mono 6 1 0 > /dev/null
    check 16000 6 "$work/a.wav" applyplugin
    applyplugin "$work/48000.wav" "$work/a.wav" "$ladspa" denoiser_stereo 100 1 0 > /dev/null
    check 48000 100 "$work/a.wav" applyplugin
  fi
  if have sox; then
    sox "$work/16000.wav" -e floating-point -b 32 "$work/a.wav" ladspa sparrow denoiser_mono 6
    check 16000 6 "$work/a.wav" "SoX (LADSPA)"
    sox "$work/48000.wav" -e floating-point -b 32 "$work/a.wav" ladspa sparrow denoiser_stereo
    check 48000 100 "$work/a.wav" "SoX (LADSPA)"
    # It leaves out as much of the beginning as the plug-in says that it lags.
    sox "$work/16000.wav" -e floating-point -b 32 "$work/a.wav" ladspa -l sparrow denoiser_mono
    check 16000 100 "$work/a.wav" "SoX (LADSPA, aligned)" --skip 511
  fi
fi
if have ffmpeg; then
  # filter RATE FILTER
  filter() { ffmpeg -v error -i "$work/$1.wav" -af "$2" -f f32le "$work/a.raw"; }
  filters=$(ffmpeg -hide_banner -filters 2> /dev/null)
  if [ -f "$ladspa" ] && grep -q ' ladspa ' <<< "$filters"; then
    filter 16000 "ladspa=file=$ladspa:plugin=denoiser_mono:controls=c0=6"
    check 16000 6 "$work/a.raw" "ffmpeg (LADSPA)"
    filter 48000 "ladspa=file=$ladspa:plugin=denoiser_stereo"
    check 48000 100 "$work/a.raw" "ffmpeg (LADSPA)"
    filter 16000 "ladspa=file=$ladspa:plugin=denoiser_mono:latency=1"
    check 16000 100 "$work/a.raw" "ffmpeg (LADSPA, aligned)" --skip 511
  else
    echo "without its LADSPA filter, plug-ins are not tested in ffmpeg"
  fi
  if [ -d "$plugins/lv2" ] && grep -q ' lv2 ' <<< "$filters"; then
    filter 16000 'lv2=p=urn\\:sparrow\\:denoiser-mono'
    check 16000 100 "$work/a.raw" "ffmpeg (LV2)"
    filter 48000 'lv2=p=urn\\:sparrow\\:denoiser-stereo:c=attenuation_limit=6'
    check 48000 6 "$work/a.raw" "ffmpeg (LV2)"
  else
    echo "without its LV2 filter, plug-ins are not tested in ffmpeg"
  fi
fi
if [ -d "$plugins/lv2" ]; then
  if have lv2_validate && have sord_validate; then
    lv2_validate "$plugins"/lv2/sparrow.lv2/*.ttl > "$work/faults" 2>&1 \
      || fail "lv2_validate: $(cat "$work/faults")"
  fi
  if have lv2apply; then
    lv2apply -i "$work/16000-float.wav" -o "$work/a.wav" -c attenuation_limit 6 \
      urn:sparrow:denoiser-mono
    check 16000 6 "$work/a.wav" lv2apply
    lv2apply -i "$work/48000-float.wav" -o "$work/a.wav" urn:sparrow:denoiser-stereo
    check 48000 100 "$work/a.wav" lv2apply
  fi
fi

# PipeWire's daemon, without a session or devices, makes a microphone out of the configuration.
if [ -f "$ladspa" ] && have pipewire && have pw-dump; then
  mkdir -p "$work/pipewire/pipewire.conf.d"
  cp Bindings/Plugins/PipeWire/*.conf "$work/pipewire/pipewire.conf.d/"
  export XDG_CONFIG_HOME=$work XDG_RUNTIME_DIR=$work
  pipewire > "$work/log" 2>&1 &
  daemon=$!
  trap 'kill $daemon 2> /dev/null || true; rm -rf "$work"' EXIT
  for ((i = 0; i < 50; i++)); do
    pw-dump > "$work/nodes" 2> /dev/null && grep -q sparrow.microphone "$work/nodes" && break
    sleep 0.1
  done
  grep -q '"node.name": "sparrow.microphone"' "$work/nodes" \
    || fail "PipeWire does not load the microphone: $(cat "$work/log")"
  kill $daemon
  wait $daemon || true
  echo "PipeWire: loads the denoised microphone"
fi
[ $tested -gt 0 ] || { echo "no plug-in was built, and none tested"; exit 0; }
echo "the plug-ins give the library's samples"
