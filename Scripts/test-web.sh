#!/usr/bin/env bash
# Tests the library for WebAssembly in .build/web in Node.js, and its nodes of Web Audio in a
# headless Chromium: that they refuse wrong input, and denoise to the same bytes as the command.
# Without Node.js or Chromium (`Scripts/setup.sh web` installs them), those are not tested.
#
# usage: Scripts/test-web.sh [SPARROW]
set -euo pipefail
cd "$(dirname "$0")/.."

sparrow=${1:-$(swift build -c release --show-bin-path)/sparrow}
if ! command -v node > /dev/null; then
  echo "test-web: without Node.js, WebAssembly is not tested"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "test-web: $1" >&2; exit 1; }

node Bindings/Web/test.mjs .build/web --refusals
node --expose-gc Bindings/Web/test-worklet.mjs .build/web
Scripts/sound.py make "$work/noisy" 16000 1 10
for rate in 48000 16000; do
  "$sparrow" denoise - - --rate $rate < "$work/noisy.raw" > "$work/command.raw"
  node Bindings/Web/test.mjs .build/web $rate < "$work/noisy.raw" 2> "$work/time" \
    | cmp - "$work/command.raw" || fail "WebAssembly gives other samples than the command"
  echo "WebAssembly gives the command's samples at $rate Hz: $(cat "$work/time")"
done

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$chromium" ]; then
  echo "test-web: without Chromium, nodes of Web Audio and the page are not tested"
  exit 0
fi
node Bindings/Web/test-chromium.mjs .build/web "$chromium" < "$work/noisy.raw" 2> "$work/time" \
  > "$work/browser.raw" || fail "$(cat "$work/time")"
cmp "$work/browser.raw" "$work/command.raw" || fail "Chromium gives other samples than the command"
echo "An AudioWorklet gives the command's samples: $(cat "$work/time")"
