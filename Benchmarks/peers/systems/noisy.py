"""The mixture as it is: what every improvement is counted from."""

from mixtures import Mixture
from systems.base import Denoised, Options, System


class Noisy:
    def denoise(self, mixture: Mixture) -> Denoised:
        return Denoised(mixture.noisy)


def create(options: Options) -> System:
    return Noisy()
