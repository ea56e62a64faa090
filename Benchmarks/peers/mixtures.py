"""A test set of mixtures: noisy and clean recordings of the same length, and the SNR of each."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

SAMPLE_RATE = 16_000


@dataclass(frozen=True)
class Mixture:
    """One test clip. `snr_db` is the nominal SNR it was mixed at."""

    name: str
    snr_db: float
    noisy: np.ndarray
    clean: np.ndarray


def read_audio(path: Path) -> np.ndarray:
    """Reads one channel of 16 kHz audio as float32 in [-1, 1]; refuses anything else."""
    try:
        samples, rate = soundfile.read(path, dtype="float32")
    except soundfile.SoundFileError as error:
        raise ValueError(f"{path}: {error}") from error
    if rate != SAMPLE_RATE:
        raise ValueError(f"{path}: {rate} Hz; expected {SAMPLE_RATE} Hz")
    if samples.ndim != 1:
        raise ValueError(f"{path}: {samples.shape[1]} channels; expected one")
    return samples


def read_mixtures(folder: Path, limit: int | None = None) -> list[Mixture]:
    """Reads `mixtures.tsv` (columns `id` and `snr_db`), `noisy/ID.flac` and `clean/ID.flac`."""
    with open(folder / "mixtures.tsv", newline="", encoding="utf-8") as file:
        table = csv.DictReader(file, delimiter="\t")
        if not {"id", "snr_db"} <= set(table.fieldnames or []):
            raise ValueError(f"{file.name} has columns {table.fieldnames}; expected id and snr_db")
        rows = list(table)
    mixtures = []
    for row in rows[:limit]:
        file_name = f"{row['id']}.flac"
        noisy = read_audio(folder / "noisy" / file_name)
        clean = read_audio(folder / "clean" / file_name)
        if len(noisy) != len(clean):
            raise ValueError(
                f"{file_name}: noisy has {len(noisy)} samples, clean {len(clean)}; expected the same"
            )
        mixtures.append(Mixture(row["id"], float(row["snr_db"]), noisy, clean))
    if not mixtures:
        raise ValueError(f"{folder / 'mixtures.tsv'} lists no mixture")
    return mixtures
