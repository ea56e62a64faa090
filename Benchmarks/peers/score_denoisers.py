"""Scores speech denoisers on a folder of mixtures, all of them in the same way.

Each system denoises every clip from a fresh state, or with --stream all of them as one stream; its
constant delay is estimated and removed;
then SI-SNR, DNSMOS, PESQ-WB and STOI are taken against the clean reference. Systems whose packages
are missing are skipped with a message.
"""

import argparse
import json
import sys
from dataclasses import asdict, replace
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import systems
from alignment import estimate_delay, max_delay, shift
from mixtures import Mixture, read_mixtures
from score_table import ClipResult, SystemResult, improvement_table, score_table
from scores import score, si_snr
from streams import Stream
from systems.folder import Folder


def evaluate(
    name: str, system: systems.System, mixtures: list[Mixture], stream: Stream | None
) -> SystemResult:
    """Denoises all clips, or the stream of them, removes the system's delay, and scores them."""
    if stream is None:
        outputs = [system.denoise(with_tail(mixture)) for mixture in mixtures]
    else:
        outputs = stream.cut(system.denoise(stream.mixture))
    delay = estimate_delay(
        [output.samples for output in outputs],
        [mixture.clean for mixture in mixtures],
        max_delay(mixtures[0].rate),
    )
    clips = []
    for mixture, output in zip(mixtures, outputs, strict=True):
        estimate = shift(output.samples, delay, len(mixture.clean))
        clips.append(
            ClipResult(
                name=mixture.name,
                snr_db=mixture.snr_db,
                noisy_si_snr=si_snr(mixture.noisy, mixture.clean),
                scores=score(estimate, mixture.clean, mixture.rate),
                microseconds=microseconds_per_10_ms(output, mixture.rate),
            )
        )
    return SystemResult(name, delay, clips)


def with_tail(mixture: Mixture) -> Mixture:
    """Lets the clip end in silence, so that a late system still gives all of it."""
    tail = (0, max_delay(mixture.rate))
    return replace(mixture, noisy=np.pad(mixture.noisy, tail), clean=np.pad(mixture.clean, tail))


def microseconds_per_10_ms(output: systems.Denoised, rate: int) -> float | None:
    if output.seconds is None:
        return None
    return output.seconds * 1e6 / (len(output.samples) / rate / 0.010)


def as_json(result: SystemResult) -> dict:
    return {
        "system": result.name,
        "delay_samples": result.delay,
        "si_snri_db": result.improvement,
        "si_snri_db_by_snr": {f"{snr:g}": value for snr, value in result.improvement_by_snr().items()},
        "mean_scores": {
            score: result.mean(score)
            for score, value in asdict(result.clips[0].scores).items()
            if value is not None
        },
        "microseconds_per_10_ms": result.microseconds,
        "clips": [asdict(clip) for clip in result.clips],
    }


def without_infinities(value):
    """JSON has no infinity: the SI-SNR of an exact copy becomes null."""
    if isinstance(value, dict):
        return {key: without_infinities(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_infinities(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def named_folder(argument: str) -> tuple[str, Path]:
    name, separator, folder = argument.partition("=")
    if not (name and separator and folder):
        raise argparse.ArgumentTypeError(f"{argument!r}; expected NAME=FOLDER")
    return name, Path(folder)


def system_names(argument: str) -> list[str]:
    names = argument.split(",")
    for name in names:
        if name not in systems.NAMES:
            raise argparse.ArgumentTypeError(
                f"no system {name!r}; there are {', '.join(systems.NAMES)}"
            )
    return names


def seconds(argument: str) -> float:
    try:
        value = float(argument)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 600:
        raise argparse.ArgumentTypeError(f"{argument!r}; expected 0 to 600 seconds")
    return value


def positive(argument: str) -> int:
    if not argument.isdecimal() or int(argument) == 0:
        raise argparse.ArgumentTypeError(f"{argument!r}; expected a positive number")
    return int(argument)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER",
                        help="folder with noisy/ID.flac, clean/ID.flac (16 or 48 kHz) and mixtures.tsv (columns id, snr_db)")
    parser.add_argument("--systems", type=system_names, default=list(systems.NAMES), metavar="NAMES",
                        help=f"comma-separated, in the order of the table (default: {','.join(systems.NAMES)})")
    parser.add_argument("--sparrow", type=Path, metavar="BINARY", help="path of the command `sparrow`")
    parser.add_argument("--rnnoise-library", type=Path, metavar="LIBRARY",
                        help="an RNNoise library built for this machine, in place of the wheel's")
    parser.add_argument("--outputs", type=named_folder, action="append", default=[], metavar="NAME=FOLDER",
                        help="also score a folder of files that are denoised already; may be repeated")
    parser.add_argument("--stream", action="store_true",
                        help="join the mixtures into one stream, and score it piece by piece")
    parser.add_argument("--gap", type=seconds, default=0.0, metavar="SECONDS",
                        help="with --stream: digital silence before each mixture")
    parser.add_argument("--limit", type=positive, metavar="N", help="score the first N mixtures only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all results, clip by clip")
    arguments = parser.parse_args()
    if arguments.gap and not arguments.stream:
        parser.error("--gap goes with --stream")
    if arguments.outputs and arguments.stream:
        parser.error("--outputs are clips; --stream has to denoise by itself")
    return arguments


def main() -> None:
    arguments = parse_arguments()
    try:
        mixtures = read_mixtures(arguments.data, arguments.limit)
    except (OSError, ValueError) as error:
        sys.exit(f"cannot read the test set: {error}")
    stream, noisy_folder = None, arguments.data / "noisy"
    if arguments.stream:
        stream = Stream(mixtures, arguments.gap)
        stream_folder = TemporaryDirectory(prefix="stream-")
        noisy_folder = Path(stream_folder.name)
        stream.write(noisy_folder)
    options = systems.Options(
        noisy_folder=noisy_folder,
        sparrow=arguments.sparrow,
        rnnoise_library=arguments.rnnoise_library,
    )
    makers = [(name, lambda name=name: systems.create(name, options)) for name in arguments.systems]
    makers += [(name, lambda folder=folder: Folder(folder)) for name, folder in arguments.outputs]

    results = []
    for name, make in makers:
        try:
            system = make()
        except systems.Unavailable as reason:
            print(f"skipped {name}: {reason}", file=sys.stderr)
            continue
        print(f"scoring {name} on {len(mixtures)} clips", file=sys.stderr)
        results.append(evaluate(name, system, mixtures, stream))

    if not results:
        sys.exit("no system could run")
    print(score_table(results), improvement_table(results), sep="\n\n")
    if arguments.json:
        document = without_infinities([as_json(result) for result in results])
        arguments.json.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
