"""A test set of mixtures: noisy and clean recordings of the same length, and the SNR of each."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

WIDE_BAND = 16_000
FULL_BAND = 48_000


@dataclass(frozen=True)
class Mixture:
    """One test clip. `snr_db` is the nominal SNR it was mixed at, `rate` samples a second."""

    name: str
    snr_db: float
    noisy: np.ndarray
    clean: np.ndarray
    rate: int = WIDE_BAND


def read_audio(path: Path, rate: int) -> np.ndarray:
    """Reads one channel of audio at that rate as float32 in [-1, 1]; refuses anything else."""
    try:
        samples, actual_rate = soundfile.read(path, dtype="float32")
    except soundfile.SoundFileError as error:
        raise ValueError(f"{path}: {error}") from error
    if actual_rate != rate:
        raise ValueError(f"{path}: {actual_rate} Hz; expected {rate} Hz")
    if samples.ndim != 1:
        raise ValueError(f"{path}: {samples.shape[1]} channels; expected one")
    return samples


def read_mixtures(folder: Path, limit: int | None = None) -> list[Mixture]:
    """Reads `mixtures.tsv` (columns `id` and `snr_db`), `noisy/ID.flac` and `clean/ID.flac`.

    All files have one rate, 16 or 48 kHz.
    """
    with open(folder / "mixtures.tsv", newline="", encoding="utf-8") as file:
        table = csv.DictReader(file, delimiter="\t")
        if not {"id", "snr_db"} <= set(table.fieldnames or []):
            raise ValueError(f"{file.name} has columns {table.fieldnames}; expected id and snr_db")
        rows = list(table)
    if not rows:
        raise ValueError(f"{folder / 'mixtures.tsv'} lists no mixture")
    rate = soundfile.info(folder / "noisy" / f"{rows[0]['id']}.flac").samplerate
    if rate not in (WIDE_BAND, FULL_BAND):
        raise ValueError(f"{folder}: {rate} Hz; expected {WIDE_BAND} or {FULL_BAND} Hz")
    mixtures = []
    for row in rows[:limit]:
        file_name = f"{row['id']}.flac"
        noisy = read_audio(folder / "noisy" / file_name, rate)
        clean = read_audio(folder / "clean" / file_name, rate)
        if len(noisy) != len(clean):
            raise ValueError(
                f"{file_name}: noisy has {len(noisy)} samples, clean {len(clean)}; expected the same"
            )
        mixtures.append(Mixture(row["id"], float(row["snr_db"]), noisy, clean, rate))
    return mixtures
