// Networks that were trained for Sparrow, byte for byte as they lie in Models/.

#ifndef CSPARROW_MODELS_H
#define CSPARROW_MODELS_H

#include <stddef.h>

const unsigned char *_Nonnull sparrow_denoiser_model(size_t *_Nonnull count);
const unsigned char *_Nonnull sparrow_full_band_denoiser_model(size_t *_Nonnull count);
const unsigned char *_Nonnull sparrow_keywords_model(size_t *_Nonnull count);
const unsigned char *_Nonnull sparrow_shakespeare_model(size_t *_Nonnull count);

#endif
