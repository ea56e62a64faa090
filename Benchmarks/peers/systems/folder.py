"""Files that some other program denoised already."""

from pathlib import Path

from mixtures import Mixture, read_audio
from systems.base import Denoised, Unavailable

ENDINGS = (".flac", ".wav")


class Folder:
    """Answers with `FOLDER/NAME.flac` or `.wav`, NAME being the mixture's."""

    def __init__(self, path: Path, seconds: dict[str, float] | None = None):
        """`seconds` maps the names of mixtures to the time that denoising took, where known."""
        if not path.is_dir():
            raise Unavailable(f"{path} is not a folder")
        self._path = path
        self._seconds = seconds or {}

    def denoise(self, mixture: Mixture) -> Denoised:
        for ending in ENDINGS:
            file = self._path / (mixture.name + ending)
            if file.is_file():
                return Denoised(read_audio(file, mixture.rate), self._seconds.get(mixture.name))
        raise FileNotFoundError(f"{self._path} has no {mixture.name}.flac or .wav")
