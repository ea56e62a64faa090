"""Scores keyword spotters and prints one table of them.

    python3 keyword_table.py --sparrow .build/release/sparrow --words WORDS --split test.txt \\
        --noise NOISES --stream stream.wav --quiet noise.wav --speech FOLDER \\
        "sparse W8A16=keywords.safetensors" ...

Each network is NAME=FILE. WORDS, the split and NOISES are those of `sparrow evaluate`: accuracy is
on single words, as recorded and with noise. `stream.wav` has words and `noise.wav` none:
`make_keyword_stream.py` makes both, the second with --words 0. Each FOLDER of --speech has
recordings of speech without the words.

MACs are means over the frames of the words as recorded. Times are medians over the frames of the
stream, on this machine, one thread; the real-time factor is that of the whole command. --rounds
repeats the stream and takes the smallest median, as other work on the machine only adds to it. Runs
with Python alone.
"""

import argparse
import json
import pathlib
import subprocess

SOUNDS = {".wav", ".flac", ".opus", ".ogg", ".mp3"}
HEAD = [
    "network",
    "accuracy",
    "with noise",
    "found",
    "taken for others",
    "false alarms in the stream",
    "… an hour of noise",
    "… a minute of speech",
    "effective MACs",
    "file, bytes",
    "µs a frame",
    "real-time factor",
]


def lines(arguments):
    result = subprocess.run([str(a) for a in arguments], capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))}: {result.stderr.strip()}")
    return [json.loads(line) for line in result.stdout.splitlines() if line.strip()]


def spot(options, model, sounds, *more):
    """The words that were heard in sounds, and a report for each sound."""
    out = lines([options.sparrow, "spot", *sounds, "--model", model, "--json", *more])
    return [o for o in out if "confidence" in o], [o for o in out if "frames" in o]


def evaluate(options, model, *more):
    command = [options.sparrow, "evaluate", model, "--data", options.words, "--json", *more]
    if options.split:
        command += ["--split", options.split]
    return lines(command)[0]


def row(options, name, model, speech):
    clean = evaluate(options, model)
    noisy = evaluate(options, model, "--noise", options.noise, "--snr", options.snr)
    labels = ["--labels", options.stream.with_suffix(".tsv")]
    streams = [spot(options, model, [options.stream], *labels)[1][0] for _ in range(options.rounds)]
    stream = streams[0]
    noise_alarms, [noise] = spot(options, model, [options.quiet])
    speech_alarms, speeches = spot(options, model, speech)
    minutes = sum(report["seconds"] for report in speeches) / 60
    return [
        name,
        f"{100 * clean['accuracy']:.1f} %",
        f"{100 * noisy['accuracy']:.1f} %",
        f"{stream['found']} of {stream['words']} ({100 * stream['found'] / stream['words']:.1f} %)",
        str(stream["confused"]),
        str(stream["false_alarms"]),
        f"{len(noise_alarms) * 3600 / noise['seconds']:.1f}",
        f"{len(speech_alarms) / minutes:.2f}",
        f"{clean['effective_macs_per_frame']:,.0f}",
        f"{pathlib.Path(model).stat().st_size:,}",
        f"{min(s['step_us_median'] for s in streams):.2f}",
        f"{min(s['real_time_factor'] for s in streams):.5f}",
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("networks", nargs="+", metavar="NAME=FILE")
    parser.add_argument("--sparrow", type=pathlib.Path, required=True)
    parser.add_argument("--words", type=pathlib.Path, required=True)
    parser.add_argument("--split", type=pathlib.Path)
    parser.add_argument("--noise", type=pathlib.Path, required=True)
    parser.add_argument("--snr", type=float, default=5)
    parser.add_argument("--stream", type=pathlib.Path, required=True)
    parser.add_argument("--quiet", type=pathlib.Path, required=True)
    parser.add_argument("--speech", type=pathlib.Path, nargs="+", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    speech = sorted(p for folder in options.speech for p in folder.rglob("*") if p.suffix in SOUNDS)
    rows = []
    for network in options.networks:
        name, separator, model = network.rpartition("=")
        if not separator:
            parser.error(f"{network}: expected NAME=FILE")
        rows.append(row(options, name, model, speech))
    rule = ["---"] + ["---:"] * (len(HEAD) - 1)
    print("\n".join(f"| {' | '.join(cells)} |" for cells in [HEAD, rule, *rows]))


if __name__ == "__main__":
    main()
