"""Strings recordings of words together with noise between and behind them, to measure a spotter by.

    python3 make_keyword_stream.py WORDS --split FILE --noise FOLDER --seconds 1200 --seed 1 \\
        -o stream.wav

WORDS has a folder for each word. Words come in random order, none twice before all were used, 0.5
to 3 s apart, at levels that differ by up to 6 dB; one noise after the other lies under all of it,
each for 10 to 30 s at 10 to 25 dB below the words. `stream.tsv`, beside the sound, says what was
said when: `word`, `start_s`, `end_s`. A word lasts from the first to the last 10 ms whose power is
within 25 dB of its loudest.

With --words 0 there are noises alone, at the level that they would have.

Needs numpy and soundfile. The same seed and files give the same stream.
"""

import argparse
import csv
import pathlib

import numpy as np
import soundfile

RATE = 16_000
SOUNDS = {".wav", ".flac", ".opus", ".ogg", ".mp3"}


def read(path):
    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    samples = samples.mean(axis=1)
    if rate != RATE:
        # Band-limited by the transform: these are short files.
        count = round(len(samples) * RATE / rate)
        spectrum = np.fft.rfft(samples)
        bins = np.zeros(count // 2 + 1, complex)
        shared = min(len(bins), len(spectrum))
        bins[:shared] = spectrum[:shared]
        samples = np.fft.irfft(bins, count) * count / len(samples)
    return samples


def extent(samples):
    frame = RATE // 100
    powers = [np.sum(samples[i : i + frame] ** 2) for i in range(0, len(samples), frame)]
    loud = np.flatnonzero(np.array(powers) >= max(powers) * 10**-2.5)
    return loud[0] * frame, min((loud[-1] + 1) * frame, len(samples))


def normalized(samples):
    return samples / max(np.sqrt(np.mean(samples**2)), 1e-6)


def word_files(folder, split):
    if split:
        text = pathlib.Path(split).read_text()
        lines = text.splitlines()
        if "\t" in lines[0]:
            names = [row["path"] for row in csv.DictReader(lines, delimiter="\t")]
        else:
            names = lines
    else:
        names = [str(p.relative_to(folder)) for p in folder.glob("*/*") if p.suffix in SOUNDS]
    return sorted(names)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--split")
    parser.add_argument("--noise", type=pathlib.Path, required=True)
    parser.add_argument("--noises", nargs="*", default=[], help="names to take; all without it")
    parser.add_argument("--seconds", type=float, default=1200)
    parser.add_argument("--words", type=int, default=1, choices=[0, 1])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    random = np.random.default_rng(arguments.seed)
    count = int(arguments.seconds * RATE)
    stream = np.zeros(count)
    noises = sorted(p for p in arguments.noise.rglob("*") if p.suffix in SOUNDS)
    if arguments.noises:
        noises = [p for p in noises if p.name in set(arguments.noises)]
    position = 0
    while position < count:
        noise = read(noises[random.integers(len(noises))])
        length = min(int(random.uniform(10, 30) * RATE), count - position)
        start = random.integers(len(noise))
        part = np.resize(np.roll(noise, -start), length)
        stream[position : position + length] += normalized(part) * 10 ** (
            -random.uniform(10, 25) / 20
        )
        position += length

    rows = []
    names = word_files(arguments.folder, arguments.split)
    order = []
    position = int(random.uniform(0.5, 3) * RATE)
    while arguments.words:
        if not order:
            order = list(random.permutation(len(names)))
        name = names[order.pop()]
        samples = read(arguments.folder / name)
        if position + len(samples) + RATE > count:
            break
        first, last = extent(samples)
        level = random.uniform(-6, 6)
        gain = 10 ** (level / 20) / max(np.sqrt(np.mean(samples[first:last] ** 2)), 1e-6)
        fade = np.minimum(1, np.arange(len(samples)) / (RATE / 100))
        stream[position : position + len(samples)] += gain * samples * fade * fade[::-1]
        rows.append((name.split("/")[0], (position + first) / RATE, (position + last) / RATE))
        position += len(samples) + int(random.uniform(0.5, 3) * RATE)

    # Words at -26 dB of full scale; what is louder still is clipped, as a converter would.
    soundfile.write(arguments.output, np.clip(stream * 10 ** (-26 / 20), -1, 1), RATE, "PCM_16")
    with open(arguments.output.with_suffix(".tsv"), "w") as table:
        table.write("word\tstart_s\tend_s\n")
        for word, start, end in rows:
            table.write(f"{word}\t{start:.3f}\t{end:.3f}\n")
    print(f"{arguments.output}: {arguments.seconds:.0f} s, {len(rows)} words")


if __name__ == "__main__":
    main()
