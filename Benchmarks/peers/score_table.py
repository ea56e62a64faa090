"""Results of a system over a test set, and the tables made of them."""

from collections import defaultdict
from dataclasses import dataclass
from math import isfinite
from statistics import fmean, median

from markdown_table import markdown
from scores import Scores


@dataclass(frozen=True)
class ClipResult:
    """One clip of one system. `microseconds` is per 10 ms of audio, None where none was measured."""

    name: str
    snr_db: float
    noisy_si_snr: float
    scores: Scores
    microseconds: float | None

    @property
    def improvement(self) -> float:
        """SI-SNRi in dB."""
        return self.scores.si_snr - self.noisy_si_snr


@dataclass(frozen=True)
class SystemResult:
    """One system over all clips. `delay` is the latency removed before scoring, in samples."""

    name: str
    delay: int
    clips: list[ClipResult]

    def mean(self, score: str) -> float:
        return fmean(getattr(clip.scores, score) for clip in self.clips)

    @property
    def improvement(self) -> float:
        return fmean(clip.improvement for clip in self.clips)

    @property
    def microseconds(self) -> float | None:
        """Median over the clips, which a disturbance of a few of them does not move.

        Within a clip the mean counts, because some systems skip work when there is no speech.
        """
        times = [clip.microseconds for clip in self.clips if clip.microseconds is not None]
        return median(times) if times else None

    def improvement_by_snr(self) -> dict[float, float]:
        groups = defaultdict(list)
        for clip in self.clips:
            groups[clip.snr_db].append(clip.improvement)
        return {snr: fmean(groups[snr]) for snr in sorted(groups)}


def decimals(value: float | None, digits: int) -> str:
    """A number for a cell; empty where there is none or it is infinite, as the SI-SNR of a copy."""
    return "" if value is None or not isfinite(value) else f"{value:.{digits}f}"


def score_table(results: list[SystemResult]) -> str:
    has_high_band = results[0].clips[0].scores.high_band_distance is not None
    rows = [["system", "SI-SNR dB", "SI-SNRi dB", "OVRL", "SIG", "BAK", "PESQ-WB", "STOI"]
            + has_high_band * ["8-16 kHz dB"] + ["µs per 10 ms", "delay removed"]]
    for result in results:
        rows.append([
            result.name,
            decimals(result.mean("si_snr"), 2),
            decimals(result.improvement, 2),
            decimals(result.mean("ovrl"), 2),
            decimals(result.mean("sig"), 2),
            decimals(result.mean("bak"), 2),
            decimals(result.mean("pesq"), 2),
            decimals(result.mean("stoi"), 3),
            *([decimals(result.mean("high_band_distance"), 1)] if has_high_band else []),
            decimals(result.microseconds, 1),
            str(result.delay),
        ])
    return markdown(rows)


def improvement_table(results: list[SystemResult]) -> str:
    """SI-SNRi by the nominal SNR of the mixture."""
    levels = list(results[0].improvement_by_snr())
    rows = [["SI-SNRi dB at"] + [f"{level:g} dB" for level in levels]]
    for result in results:
        by_snr = result.improvement_by_snr()
        rows.append([result.name] + [decimals(by_snr[level], 1) for level in levels])
    return markdown(rows)
