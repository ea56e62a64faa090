#!/usr/bin/env python3
"""Makes and compares sound for tests.

sound.py make PATH RATE CHANNELS SECONDS
    tones that come and go, in noise, as PATH.raw and PATH.wav (16 bits), PATH.f32 and
    PATH-float.wav (32-bit floats).
sound.py compare REFERENCE.f32 RESULT CHANNELS [--skip FRAMES] [--bound STEPS]
    fails if RESULT, a WAV file or raw floats, is not REFERENCE within so many steps of 16 bits.
"""

import argparse
import array
import math
import pathlib
import random
import struct
import sys


def write_wav(path: str, rate: int, channels: int, bits: int, data: bytes) -> None:
    """A WAV file of integers, or of floats where bits is 32."""
    kind = 3 if bits == 32 else 1
    width = channels * bits // 8
    header = struct.pack("<HHIIHH", kind, channels, rate, rate * width, width, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(header)) + header
    body += b"data" + struct.pack("<I", len(data)) + data
    pathlib.Path(path).write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


def make(path: str, rate: int, channels: int, seconds: int) -> None:
    """Tones that come and go, in noise; every channel another."""
    numbers = random.Random(channels)
    samples = array.array("h")
    for i in range(seconds * rate):
        time = i / rate
        for channel in range(channels):
            tone = math.sin(2 * math.pi * (250 + 180 * channel) * time)
            value = 0.25 * tone * max(0, math.sin(30 * time)) + 0.03 * numbers.gauss(0, 1)
            samples.append(round(32767 * value))
    floats = array.array("f", (sample / 32768 for sample in samples))
    pathlib.Path(path + ".raw").write_bytes(samples.tobytes())
    write_wav(path + ".wav", rate, channels, 16, samples.tobytes())
    write_wav(path + "-float.wav", rate, channels, 32, floats.tobytes())
    pathlib.Path(path + ".f32").write_bytes(floats.tobytes())


def read(path: str) -> array.array:
    """The samples of a WAV file or of raw floats."""
    data = pathlib.Path(path).read_bytes()
    kind, bits = 3, 32
    if data[:4] == b"RIFF":
        place = 12
        while data[place : place + 4] != b"data":
            size = struct.unpack_from("<I", data, place + 4)[0]
            if data[place : place + 4] == b"fmt ":
                kind, bits = (*struct.unpack_from("<H", data, place + 8), data[place + 22])
            place += 8 + size
        # The header of a pipe claims more than there is; a slice ends with the file.
        size = struct.unpack_from("<I", data, place + 4)[0]
        data = data[place + 8 : place + 8 + size]
    if bits == 32:
        return array.array("f", data[: len(data) // 4 * 4])
    if bits != 16:
        sys.exit(f"{path}: {bits} bits of kind {kind}")
    return array.array("f", (x / 32768 for x in array.array("h", data[: len(data) // 2 * 2])))


def compare(options: argparse.Namespace) -> None:
    """Prints the largest difference, and fails where it is too large."""
    expected, found = read(options.reference), read(options.result)
    expected = expected[options.skip * options.channels :]
    count = min(len(expected), len(found))
    if count < len(expected) - 4096 * options.channels:
        sys.exit(f"{options.result}: {len(found)} samples where {len(expected)} are expected")
    steps = max(abs(a - b) for a, b in zip(expected[:count], found[:count], strict=True)) * 32768
    loudest = max(map(abs, expected)) * 32768
    print(f"{steps:.3f} steps of 16 bits in {count} samples up to {loudest:.0f}")
    if not steps <= options.bound:
        sys.exit(f"{options.result}: expected at most {options.bound}")


def main() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    making = commands.add_parser("make")
    making.add_argument("path")
    making.add_argument("rate", type=int)
    making.add_argument("channels", type=int)
    making.add_argument("seconds", type=int)
    making.set_defaults(run=lambda o: make(o.path, o.rate, o.channels, o.seconds))
    comparing = commands.add_parser("compare")
    comparing.add_argument("reference")
    comparing.add_argument("result")
    comparing.add_argument("channels", type=int)
    comparing.add_argument("--skip", type=int, default=0)
    comparing.add_argument("--bound", type=float, default=1.01)
    comparing.set_defaults(run=compare)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
