#!/usr/bin/env python3
"""Measures what Python adds to the C library: processor time of a hop, in microseconds, the least
and the median of several rounds, all in one run.

usage: overhead.py          with the wheel installed
"""

import time

import numpy as np
import sparrow
from sparrow._library import Handle, brief_library, library

HOPS, ROUNDS = 2000, 15
HOP = 128
SOUND = (np.random.default_rng(0).standard_normal(HOP * HOPS) * 0.05).astype(np.float32)
OUTPUT = np.empty_like(SOUND)


def timed(work):
    start = time.process_time()
    work()
    return (time.process_time() - start) / HOPS * 1e6


def main():
    model = sparrow.Model.builtin("denoiser")
    owner = Handle("denoiser", "denoiser", model._handle.value, 0, HOP)
    handle = owner.value
    source, target = SOUND.ctypes.data, OUTPUT.ctypes.data
    process, hop = library.sparrow_denoiser_process, brief_library.sparrow_denoiser_process
    denoiser = sparrow.Denoiser()
    stream = denoiser.stream(block_size=HOP)
    blocks = SOUND.reshape(HOPS, HOP)

    def library_hops():
        for i in range(HOPS):
            hop(handle, source + 4 * HOP * i, target + 4 * HOP * i, HOP)

    def python_hops():
        for block in blocks:
            stream.process(block)

    kinds = {
        "the library, one call for all": lambda: process(handle, source, target, len(SOUND)),
        "the library, a hop a call (ctypes alone)": library_hops,
        "DenoiserStream.process, a hop a call": python_hops,
        "Denoiser()(samples), one call for all": lambda: denoiser(SOUND),
    }
    times = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, work in kinds.items():
            times[name].append(timed(work))
    for name, values in times.items():
        print(f"{min(values):7.2f} {np.median(values):7.2f}  {name}")


if __name__ == "__main__":
    main()
