#!/usr/bin/env bash
# Runs the programs in Examples/ out of the debug build, which has to be up to date, and checks
# their output.
set -euo pipefail
cd "$(dirname "$0")/.."

programs=$(swift build --show-bin-path)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "test-examples: $1" >&2; exit 1; }

"$programs/DenoiseFile" Demo/noisy.flac "$work/clean.wav"
"$programs/sparrow" denoise Demo/noisy.flac "$work/command.wav" > /dev/null
# The command copies tags, too.
samples() { python3 -c 'import sys, wave
with wave.open(sys.argv[1]) as sound:
    sys.stdout.buffer.write(sound.readframes(sound.getnframes()))' "$1"; }
cmp <(samples "$work/clean.wav") <(samples "$work/command.wav") \
  || fail "DenoiseFile differs from the command"

head -c 96000 /dev/zero | "$programs/LivePipe" 48000 2> "$work/latency" | wc -c > "$work/count"
[ "$(cat "$work/count")" -eq 96000 ] || fail "LivePipe gives $(cat "$work/count") bytes"
grep -q latency "$work/latency"

# In one go, and in two with a state between.
lines='0.1 0.2 0.3
0.4 -0.5 0.6
0.7 0.8 -0.9'
sensor() { "$programs/SensorStream" "$work/gru.safetensors" "$work/$1.bin"; }
echo "$lines" | sensor whole > "$work/whole"
echo "$lines" | head -1 | sensor parts > "$work/parts"
echo "$lines" | tail -2 | sensor parts >> "$work/parts"
cmp "$work/whole" "$work/parts" || fail "SensorStream does not go on from its state"

"$programs/TrainPrunePack" "$work/run" > "$work/training"
grep -q "bytes of plan" "$work/training"
"$programs/sparrow" inspect "$work/run/small.safetensors" > /dev/null

# The data that the project makes, and the recipe for them.
Scripts/make-pendulum-data.py "$work/data/pendulum" 200
cat > "$work/short.json" << EOF
{"base": "$PWD/Recipes/pendulum.json", "run": {"steps": 120, "validateEvery": 60}}
EOF
"$programs/sparrow" train "$work/short.json" --data "$work/data" --output "$work/pendulum" \
  2> /dev/null
"$programs/sparrow" evaluate "$work/pendulum/best.safetensors" \
  --data "$work/data/pendulum/manifest.tsv" --split test | head -1 > "$work/accuracy"
awk '{ exit $2 < 85 }' "$work/accuracy" || fail "the pendulum's movements: $(cat "$work/accuracy")"

"$programs/ManyStreams" 20 > /dev/null
echo "the examples run"
