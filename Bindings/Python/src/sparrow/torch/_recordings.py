"""Recordings of speech and noise that a recipe selects, decoded and in memory."""

from __future__ import annotations

import csv
import hashlib
import os
import pathlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._errors import Error
from .._sounds import SoundReader
from ._resampling import resampled

_SUFFIXES = {".wav", ".wave", ".flac", ".ogg", ".opus", ".oga", ".mp3", ".aiff", ".aif", ".au"}
_PEAK = 0.9

Signal = np.ndarray[Any, np.dtype[np.float32]]


@dataclass
class Recording:
    """One channel at the front end's rate, in 16 bits with a peak of 0.9."""

    name: str
    samples: np.ndarray[Any, np.dtype[np.int16]]
    highest: float | None = None
    """Hz above which there is nothing, as the file had a lower rate."""

    def part(self, start: int, count: int) -> Signal:
        return self.samples[start : start + count].astype(np.float32) * np.float32(2**-15)

    def cycle(self, start: int, count: int) -> Signal:
        """Samples from `start` on, beginning again when the recording ends."""
        places = (start + np.arange(count)) % len(self.samples)
        return self.samples[places].astype(np.float32) * np.float32(2**-15)

    def level_range(self, rate: int) -> float:
        """The 90th minus the 10th percentile of the levels of 20 ms frames, 10 ms apart, in dB."""
        frame, hop = max(1, rate // 50), max(1, rate // 100)
        values = self.samples.astype(np.float64) / 32768
        starts = range(0, max(1, len(values) - frame), hop)
        powers = [np.mean(values[start : start + frame] ** 2) for start in starts]
        levels = 10 * np.log10(np.array(powers) + 1e-12)
        low, high = np.percentile(levels, [10, 90], method="nearest")
        return float(high - low)


@dataclass
class Voice:
    """Recordings of one person, or of several who are not told apart."""

    name: str
    recordings: list[Recording] = field(default_factory=list)
    weight: float = 1.0
    """Proportional to the probability of being drawn."""


@dataclass
class Recordings:
    """What mixtures are made of."""

    voices: list[Voice]
    noises: list[Recording]
    held_out_voices: list[Voice]
    held_out_noises: list[Recording]
    trained_on: set[str]
    fingerprint: str


def load_recordings(description: dict[str, Any], roots: list[str], rate: int) -> Recordings:
    """Finds and decodes the files of a recipe's `data`, resampled to a rate."""
    manifests = {root: _manifest(root) for root in roots}
    held = tuple(description.get("heldOut", []))
    excluded = description.get("excludedLicences", [])
    claimed: set[str] = set()
    voices: dict[tuple[str, int, str], tuple[Voice, Voice, dict[str, Any]]] = {}
    noises: list[Recording] = []
    held_noises: list[Recording] = []
    digest = hashlib.sha256()
    for purpose in ("speech", "noise", "validation"):
        for index, source in enumerate(description.get(purpose, [])):
            found = 0
            for path, name, row in _files(source, roots, manifests):
                if path in claimed:
                    continue
                claimed.add(path)
                found += 1
                is_held = name.startswith(held) if held else False
                is_excluded = any(part in row.get("licence", "") for part in excluded)
                if is_excluded and not is_held and purpose != "validation":
                    continue
                recording = _decode(path, name, rate)
                if recording is None:
                    continue
                least = source.get("minimumRange")
                if least is not None and recording.level_range(rate) <= least:
                    continue
                digest.update(name.encode() + recording.samples.tobytes())
                if purpose == "noise":
                    (held_noises if is_held else noises).append(recording)
                    continue
                voice = _voice(name, row.get("speaker", ""), source)
                own, held_out, _ = voices.setdefault(
                    (purpose, index, voice), (Voice(voice), Voice(voice), source)
                )
                is_held = is_held or purpose == "validation"
                (held_out if is_held else own).recordings.append(recording)
            if not found and not source.get("optional", False):
                raise Error(f"{source['folder']}: no sound file there is selected by the recipe")
    trained: list[Voice] = []
    held_voices: list[Voice] = []
    for one, other, source in voices.values():
        for found_voice, into in ((one, trained), (other, held_voices)):
            if found_voice.recordings:
                seconds = sum(len(r.samples) for r in found_voice.recordings) / rate
                unnamed = source.get("speakers", 1)
                found_voice.weight = source.get("weight", 1) * (unnamed * seconds / 60) ** 0.5
                into.append(found_voice)
    if not trained or not noises:
        raise Error(f"there is no {'noise' if trained else 'speech'} to train on")
    names = {voice.name for voice in trained}
    return Recordings(trained, noises, held_voices, held_noises, names, digest.hexdigest())


def _manifest(root: str) -> dict[str, dict[str, str]]:
    path = pathlib.Path(root) / "manifest.tsv"
    if not path.exists():
        return {}
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["path"]: {k: v or "" for k, v in row.items() if k} for row in rows}


def _files(
    source: dict[str, Any], roots: list[str], manifests: dict[str, dict[str, dict[str, str]]]
) -> list[tuple[str, str, dict[str, str]]]:
    """The paths, names and rows of the manifest of a source's files, in order."""
    folder, starts = source["folder"].strip("/"), tuple(source.get("files", []))
    found = []
    for root in roots:
        top = os.path.join(root, folder)
        for parent, folders, names in os.walk(top):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(parent, name)
                row = manifests[root].get(os.path.relpath(path, root), {})
                split = source.get("split")
                is_other_split = split is not None and row.get("split") != split
                if os.path.splitext(name)[1].lower() not in _SUFFIXES:
                    continue
                if (starts and not name.startswith(starts)) or is_other_split:
                    continue
                found.append((path, name, row))
    return found


def _voice(name: str, speaker: str, source: dict[str, Any]) -> str:
    group = source.get("group", "prefix")
    if group == "all":
        return str((source.get("files") or [source["folder"]])[0])
    if group == "speaker":
        if not speaker:
            raise Error(f"{source['folder']}/{name}: the manifest names no speaker to group by")
        return speaker
    return name.rpartition("_")[0] or name.partition(".")[0]


def _decode(path: str, name: str, rate: int) -> Recording | None:
    """None for silence."""
    with SoundReader(path) as reader:
        blocks = [block.mean(1) for block in reader.blocks()]
        own_rate = reader.sample_rate
    samples = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    if own_rate != rate:
        samples = resampled(samples, own_rate / rate)
    peak = float(np.abs(samples).max(initial=0))
    if not 2.0**-16 < peak < 1e30:
        return None
    scaled = np.round(samples * (_PEAK * 32768 / peak)).astype(np.int16)
    return Recording(name, scaled, own_rate / 2 if own_rate < rate else None)
