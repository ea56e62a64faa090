#!/usr/bin/env bash
# Installs the missing ones of the system libraries that Sparrow needs: libsndfile, libsamplerate,
# libmpg123, zlib, and pkg-config to find them. Shows each command; if it cannot install them, it
# says what to install by hand, and fails.
#
# usage: Scripts/setup.sh [plugins | web | firmware | server]
#
# firmware: installs QEMU for Cortex-M instead, where apt-get can; without it firmware is built and
# not run.
# plugins: installs the headers of LADSPA and LV2 instead, where apt-get can; plug-ins whose headers
# are missing are not built, which is no failure.
# server: installs HAProxy instead, where apt-get can; the server is not tested behind it otherwise.
# web: installs Node.js and Chromium instead, where apt-get can; what runs in them is not tested
# otherwise, which is no failure either.
set -euo pipefail

readonly oldest_swift=6.2
# libsndfile 1.1.0 is the first that reads MP3; the others are the oldest that were in use when it
# came out. Scripts/sbom.py reads them here.
readonly oldest_sndfile=1.1.0
readonly oldest_samplerate=0.1.9
readonly oldest_mpg123=1.26.0
readonly oldest_zlib=1.2.11

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# Whether version $1 is at least version $2; both are numbers with dots.
at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -t . -k1,1n -k2,2n -k3,3n | head -n 1)" = "$2" ]
}

run() {
  echo "+ $*"
  "$@"
}

check_swift() {
  command -v swift > /dev/null || fail \
    "Swift is missing. Install version $oldest_swift or later: https://www.swift.org/install"
  local version
  version=$(swift --version 2> /dev/null \
    | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
  at_least "${version:-0}" "$oldest_swift" || fail \
    "Swift ${version:-of an unknown version} is too old." \
    "Install version $oldest_swift or later: https://www.swift.org/install"
}

have_libraries() {
  command -v pkg-config > /dev/null \
    && pkg-config --exists "sndfile >= $oldest_sndfile" "samplerate >= $oldest_samplerate" \
      "libmpg123 >= $oldest_mpg123" "zlib >= $oldest_zlib"
}

# Installs packages.
install_with_apt() {
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || fail \
      "Packages are missing, and installing them needs root. Run as root:" \
      "  apt-get update" \
      "  apt-get install --yes $*"
    as_root=(sudo)
  fi
  # ${array[@]+...}: bash before 4.4 takes an empty array for an unset one.
  run ${as_root[@]+"${as_root[@]}"} apt-get update
  run ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install --yes \
    --no-install-recommends "$@"
}

if [ "${1:-}" = plugins ]; then
  if [ -f /usr/include/ladspa.h ] && [ -f /usr/include/lv2/core/lv2.h ]; then exit 0; fi
  echo "The headers of LADSPA or LV2 are missing."
  command -v apt-get > /dev/null && (install_with_apt ladspa-sdk lv2-dev) \
    || echo "They could not be installed."
  exit 0
fi

if [ "${1:-}" = web ]; then
  missing=()
  command -v node > /dev/null || missing+=(nodejs)
  command -v chromium > /dev/null || command -v google-chrome > /dev/null || missing+=(chromium)
  [ ${#missing[@]} = 0 ] && exit 0
  echo "Missing: ${missing[*]}."
  command -v apt-get > /dev/null && (install_with_apt "${missing[@]}") \
    || echo "They could not be installed."
  exit 0
fi

if [ "${1:-}" = firmware ]; then
  if command -v qemu-system-arm > /dev/null; then exit 0; fi
  echo "qemu-system-arm is missing."
  command -v apt-get > /dev/null && (install_with_apt qemu-system-arm) \
    || echo "It could not be installed."
  exit 0
fi

if [ "${1:-}" = server ]; then
  if command -v haproxy > /dev/null; then exit 0; fi
  echo "haproxy is missing."
  command -v apt-get > /dev/null && (install_with_apt haproxy) \
    || echo "It could not be installed."
  exit 0
fi

check_swift
have_libraries && exit 0

echo "System libraries are missing: pkg-config, libsndfile, libsamplerate, libmpg123 or zlib."
installed=true
if command -v apt-get > /dev/null; then
  install_with_apt pkg-config libsndfile1-dev libsamplerate0-dev libmpg123-dev zlib1g-dev \
    || installed=false
elif command -v brew > /dev/null; then
  run brew install pkg-config libsndfile libsamplerate mpg123 zlib || installed=false
else
  installed=false
fi

if ! $installed || ! have_libraries; then
  fail "They could not be installed. Install these by hand, so that pkg-config finds them:" \
    "  libsndfile $oldest_sndfile or later, with headers  https://libsndfile.github.io/libsndfile" \
    "  libsamplerate $oldest_samplerate or later, with headers   https://libsndfile.github.io/libsamplerate" \
    "  libmpg123 $oldest_mpg123 or later, with headers      https://mpg123.org" \
    "  zlib $oldest_zlib or later, with headers           https://zlib.net" \
    "  pkg-config                               your system's package of that name"
fi
