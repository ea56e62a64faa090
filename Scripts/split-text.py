#!/usr/bin/env python3
"""Makes texts to train and judge a language model on, out of one text.

usage: Scripts/split-text.py TEXT FOLDER

Letters become small, punctuation marks words of their own, and empty lines go. FOLDER gets
train.txt, valid.txt and test.txt: of every 20 blocks of 100 lines, the tenth is for validation and
the twentieth for testing.
"""

import pathlib
import re
import sys

PASSAGE = 100


def words(line):
    # An apostrophe inside a word, as in "o'er", belongs to it.
    return re.findall(r"[a-z]+(?:'[a-z]+)*|[0-9]+|[^\sa-z0-9]", line.lower())


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    lines = [" ".join(found) for line in text.splitlines() if (found := words(line))]
    parts = {"train": [], "valid": [], "test": []}
    for start in range(0, len(lines), PASSAGE):
        place = start // PASSAGE % 20
        name = {9: "valid", 19: "test"}.get(place, "train")
        parts[name] += lines[start : start + PASSAGE]
    for name, chosen in parts.items():
        (folder / f"{name}.txt").write_text("".join(f"{line}\n" for line in chosen))
        print(
            f"{folder}/{name}.txt: {len(chosen)} lines, "
            f"{sum(len(line.split()) + 1 for line in chosen)} words"
        )


if __name__ == "__main__":
    main()
