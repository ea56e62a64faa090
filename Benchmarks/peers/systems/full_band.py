"""Shared by the peers whose library works on 10 ms frames of 48 kHz audio.

Clips at 16 kHz are upsampled and the output downsampled; neither is counted as their time. A band
that ends at 8 kHz is not what these networks were trained on, which may hurt them. The polyphase
filter's gentle slope at the band edge is chosen in their favour: a brick-wall resampler (soxr's)
costs DeepFilterNet3 0.7 dB of SI-SNR and RNNoise nothing.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np
from scipy.signal import resample_poly

from mixtures import FULL_BAND, Mixture
from systems.base import Denoised


def denoise_full_band(
    mixture: Mixture,
    frame_length: int,
    process: Callable[[int, int], None],
    scale: float = 1.0,
) -> Denoised:
    """Runs `process(input address, output address)` over every frame of the upsampled clip.

    `scale` is what the library calls full scale: 1, or 32768 for libraries that count in int16.
    """
    ratio = FULL_BAND // mixture.rate
    upsampled = resample_poly(mixture.noisy, ratio, 1) * np.float32(scale)
    count = -(-len(upsampled) // frame_length)
    source = np.zeros((count, frame_length), dtype=np.float32)
    source.reshape(-1)[: len(upsampled)] = upsampled
    target = np.zeros_like(source)
    addresses = [
        (source[index].ctypes.data, target[index].ctypes.data) for index in range(count)
    ]
    start = perf_counter()
    for input_address, output_address in addresses:
        process(input_address, output_address)
    seconds = perf_counter() - start
    denoised = target.reshape(-1) / np.float32(scale)
    return Denoised(resample_poly(denoised, 1, ratio), seconds)
