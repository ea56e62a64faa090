"""RNNoise (Valin): band gains from a recurrent network, through its C library.

The library in the pyrnnoise wheel may be built for the oldest processors; give one built for this
machine with --rnnoise-library before quoting its time.
"""

import ctypes
import sys

from mixtures import Mixture
from systems.base import Denoised, Options, System, Unavailable, wheel_file
from systems.full_band import denoise_full_band

INT16_SCALE = 32_768.0
LIBRARY_NAMES = {"darwin": "librnnoise.dylib", "win32": "rnnoise.dll"}


class RNNoise:
    def __init__(self, library: ctypes.CDLL):
        library.rnnoise_create.restype = ctypes.c_void_p
        library.rnnoise_create.argtypes = [ctypes.c_void_p]
        library.rnnoise_destroy.restype = None
        library.rnnoise_destroy.argtypes = [ctypes.c_void_p]
        library.rnnoise_process_frame.restype = ctypes.c_float
        library.rnnoise_process_frame.argtypes = [ctypes.c_void_p] * 3
        self._library = library

    def denoise(self, mixture: Mixture) -> Denoised:
        process_frame = self._library.rnnoise_process_frame
        state = self._library.rnnoise_create(None)
        try:
            return denoise_full_band(
                mixture,
                self._library.rnnoise_get_frame_size(),
                lambda source, target: process_frame(state, target, source),
                scale=INT16_SCALE,
            )
        finally:
            self._library.rnnoise_destroy(state)


def create(options: Options) -> System:
    path = options.rnnoise_library or wheel_file(
        "pyrnnoise", LIBRARY_NAMES.get(sys.platform, "librnnoise.so")
    )
    try:
        return RNNoise(ctypes.CDLL(str(path)))
    except OSError as error:
        raise Unavailable(f"cannot load {path}: {error}") from error
