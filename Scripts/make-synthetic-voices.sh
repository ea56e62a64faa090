#!/usr/bin/env bash
# Speech of synthetic voices, as more voices for the denoiser to train on: two of flite's (one of
# them units of a recorded person; two more speak in the demonstration, and stay out) and
# espeak-ng's in thirteen languages, two timbres each.
#
# usage: Scripts/make-synthetic-voices.sh TEXT FOLDER
#   TEXT    a text file; lines of 30 to 70 characters are read out
#   FOLDER  where the recordings go, one "synthetic_VOICE_NN.wav" a line; made where it is missing
#
# The same text gives the same recordings. Needs flite, espeak-ng and sox (apt-get install flite
# espeak-ng sox).
set -euo pipefail

if [ $# -ne 2 ]; then
  sed -n '2,11p' "$0" | cut -c3- >&2
  exit 2
fi
text=$1
folder=$2
for tool in flite espeak-ng sox; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install $tool" >&2; exit 1; }
done
mkdir -p "$folder"
mapfile -t lines < <(grep -E '^.{30,70}$' "$text" | grep -v ':$')
[ "${#lines[@]}" -gt 0 ] || { echo "$text: no lines of 30 to 70 characters" >&2; exit 1; }

RANDOM=1
spoken=$(mktemp -d)
trap 'rm -rf "$spoken"' EXIT
line() { echo "${lines[$(((RANDOM * 32768 + RANDOM) % ${#lines[@]}))]}"; }
# All voices at the rate that the denoiser trains at.
keep() { sox -G "$spoken/voice.wav" -r 16000 -c 1 -b 16 "$1"; }

for voice in rms kal16; do
  for n in $(seq -w 1 60); do
    flite -voice "$voice" -t "$(line)" -o "$spoken/voice.wav"
    keep "$folder/synthetic_flite-${voice}_$n.wav"
  done
done

timbres=(m1 m3 m5 m7 f1 f2 f3 f5 Alex Andy steph Annie)
for language in en-us en-gb-scotland de fr-fr nl sv pl pt-br fi tr hi cs id; do
  for _ in 1 2; do
    timbre=${timbres[$((RANDOM % ${#timbres[@]}))]}
    for n in $(seq -w 1 10); do
      espeak-ng -v "$language+$timbre" -p $((25 + RANDOM % 56)) -s $((130 + RANDOM % 61)) \
        -w "$spoken/voice.wav" "$(line)"
      keep "$folder/synthetic_espeak-$language-${timbre}_$n.wav"
    done
  done
done
echo "$(find "$folder" -name 'synthetic_*.wav' | wc -l) recordings in $folder"
