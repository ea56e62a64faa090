#!/usr/bin/env python3
"""Makes a manifest of UTD-MHAD (Chen et al. 2015) for `sparrow train` and `sparrow evaluate`.

usage: make-utd-mhad-manifest.py FOLDER OUTPUT

FOLDER has train.safetensors and test.safetensors with the tensors aNN_sS_tT.skeleton [frames, 60]
in metres and aNN_sS_tT.inertial [samples, 6] in g and degrees per second: action, person,
repetition.
OUTPUT gets manifest.tsv and movement.safetensors with, for each recording,

- skeleton: as it is;
- inertial: with radians per second, so that all channels are of like size;
- both: the skeleton and, for each of its frames, the inertial values of that moment, interpolated
  linearly. Both were recorded from the same start to the same end.
"""

import os
import re
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

# In the order of the data's authors.
ACTIONS = [
    "swipe_left",
    "swipe_right",
    "wave",
    "clap",
    "throw",
    "cross_arms",
    "basketball_shot",
    "draw_x",
    "draw_circle_clockwise",
    "draw_circle_counterclockwise",
    "draw_triangle",
    "bowling",
    "boxing",
    "baseball_swing",
    "tennis_swing",
    "arm_curl",
    "tennis_serve",
    "push",
    "knock",
    "catch",
    "pick_up_and_throw",
    "jog",
    "walk",
    "sit_to_stand",
    "stand_to_sit",
    "lunge",
    "squat",
]


def main(folder: str, output: str) -> None:
    os.makedirs(output, exist_ok=True)
    tensors: dict[str, np.ndarray] = {}
    rows = ["label\tsplit\tperson\trepetition\tskeleton\tinertial\tboth"]
    for split in ("train", "test"):
        source = load_file(os.path.join(folder, f"{split}.safetensors"))
        for key in sorted(name for name in source if name.endswith(".skeleton")):
            match = re.fullmatch(r"a(\d+)_s(\d+)_t(\d+)\.skeleton", key)
            if not match:
                sys.exit(f"{split}: {key} is not aNN_sS_tT.skeleton")
            name = key.removesuffix(".skeleton")
            skeleton = source[key].astype(np.float32)
            inertial = source[f"{name}.inertial"].astype(np.float32)
            inertial[:, 3:] *= np.pi / 180
            place = np.linspace(0, len(inertial) - 1, len(skeleton))
            moments = np.arange(len(inertial))
            aligned = np.stack([np.interp(place, moments, column) for column in inertial.T], axis=1)
            tensors[f"{name}.skeleton"] = skeleton
            tensors[f"{name}.inertial"] = inertial
            tensors[f"{name}.both"] = np.concatenate([skeleton, aligned], axis=1).astype(np.float32)
            fields = [ACTIONS[int(match[1]) - 1], split, match[2], match[3]]
            fields += [
                f"movement.safetensors#{name}.{kind}" for kind in ("skeleton", "inertial", "both")
            ]
            rows.append("\t".join(fields))
    save_file(tensors, os.path.join(output, "movement.safetensors"))
    with open(os.path.join(output, "manifest.tsv"), "w") as file:
        file.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
