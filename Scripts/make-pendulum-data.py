#!/usr/bin/env python3
"""Makes recordings of a sensor at the end of a pendulum, for `sparrow train Recipes/pendulum.json`.

usage: make-pendulum-data.py OUTPUT [RECORDINGS]

A rigid pendulum with friction, a'' = -sin a - 0.05 a' + torque, swings freely, is shaken by a hand
at twice its frequency, is turned over the top by a motor, or is stopped by a brake. The sensor
gives the angular rate and the acceleration along and across the rod, with noise, at 20 frames per
second.
OUTPUT gets a text of numbers per recording and manifest.tsv with their labels and splits.
"""

import math
import os
import random
import sys

CLASSES = ["swinging", "shaken", "turning", "braked"]
RATE = 20
STEP = 0.005


def recording(label: str, numbers: random.Random) -> list[list[float]]:
    angle, speed = numbers.uniform(-1, 1), numbers.uniform(-1, 1)
    phase, force = numbers.uniform(0, 2 * math.pi), numbers.uniform(0.8, 1.5)
    direction = numbers.choice([-1, 1])
    if label in ("turning", "braked"):
        speed = direction * numbers.uniform(2.2, 3)
    frames = []
    for index in range(int(numbers.uniform(2.5, 4) / STEP)):
        time = 10 * STEP * index  # in tenths of a second, the pendulum's own unit
        torque = 0.0
        if label == "shaken":
            torque = 4 * force * math.cos(2 * time + phase)
        elif label == "turning":
            torque = 1.2 * direction * force
        elif label == "braked":
            torque = -force * speed
        acceleration = -math.sin(angle) - 0.05 * speed + torque
        speed += 10 * STEP * acceleration
        angle += 10 * STEP * speed
        if index % round(1 / (STEP * RATE)) == 0:
            along = speed * speed + math.cos(angle)
            across = acceleration + math.sin(angle)
            frames.append([value + numbers.gauss(0, 0.05) for value in (speed, along, across)])
    return frames


def main(output: str, count: int) -> None:
    os.makedirs(output, exist_ok=True)
    rows = ["label\tsplit\tframes"]
    for index in range(count):
        label = CLASSES[index % len(CLASSES)]
        split = ("train", "train", "train", "valid", "test")[index // len(CLASSES) % 5]
        name = f"{index:04d}.csv"
        with open(os.path.join(output, name), "w") as file:
            file.write("rate,along,across\n")
            for frame in recording(label, random.Random(index)):
                file.write(",".join(f"{value:.4f}" for value in frame) + "\n")
        rows.append(f"{label}\t{split}\t{name}")
    with open(os.path.join(output, "manifest.tsv"), "w") as file:
        file.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 400)
