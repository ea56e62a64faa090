"""All mixtures of a test set as one stream, as at a microphone that is left on.

A system that is fine on clips, each from a fresh state, may not be after minutes of other voices and
noises, or after a while of digital silence (a muted microphone).
"""

from pathlib import Path

import numpy as np
import soundfile

from alignment import max_delay
from mixtures import Mixture
from systems.base import Denoised

NAME = "stream"


class Stream:
    """The mixtures one after the other, `gap` seconds of zeros before each."""

    def __init__(self, mixtures: list[Mixture], gap: float):
        rate = mixtures[0].rate
        silence = np.zeros(round(gap * rate), dtype=np.float32)
        self._mixtures = mixtures
        self._tail = max_delay(rate)
        self._starts = []
        pieces, position = [], 0
        for mixture in mixtures:
            self._starts.append(position + len(silence))
            pieces += [silence, mixture.noisy]
            position += len(silence) + len(mixture.noisy)
        # A late system still gives all of the last piece.
        noisy = np.concatenate(pieces + [np.zeros(self._tail, dtype=np.float32)])
        self.mixture = Mixture(NAME, 0.0, noisy, np.zeros_like(noisy), rate)

    def write(self, folder: Path):
        """Writes the stream as the only file of a folder, for systems that take files."""
        file = folder / f"{NAME}.flac"
        soundfile.write(file, self.mixture.noisy, self.mixture.rate, subtype="PCM_16")

    def cut(self, output: Denoised) -> list[Denoised]:
        """A system's answer to the stream, mixture by mixture, each with what comes late."""
        samples = np.pad(output.samples, (0, max(0, len(self.mixture.noisy) - len(output.samples))))
        share = None if output.seconds is None else output.seconds / len(self.mixture.noisy)
        pieces = []
        for mixture, start in zip(self._mixtures, self._starts, strict=True):
            count = len(mixture.noisy) + self._tail
            seconds = None if share is None else share * count
            pieces.append(Denoised(samples[start:][:count], seconds))
        return pieces
