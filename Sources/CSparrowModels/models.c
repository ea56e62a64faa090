#include "include/CSparrowModels.h"

// C23's #embed, which clang takes in every mode.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char denoiser[] = {
#embed "../../Models/denoiser.safetensors"
};

static const unsigned char full_band_denoiser[] = {
#embed "../../Models/denoiser-full-band.safetensors"
};

static const unsigned char keywords[] = {
#embed "../../Models/keywords.safetensors"
};

static const unsigned char shakespeare[] = {
#embed "../../Models/shakespeare.safetensors"
};

const unsigned char *sparrow_denoiser_model(size_t *count) {
  *count = sizeof denoiser;
  return denoiser;
}

const unsigned char *sparrow_full_band_denoiser_model(size_t *count) {
  *count = sizeof full_band_denoiser;
  return full_band_denoiser;
}

const unsigned char *sparrow_keywords_model(size_t *count) {
  *count = sizeof keywords;
  return keywords;
}

const unsigned char *sparrow_shakespeare_model(size_t *count) {
  *count = sizeof shakespeare;
  return shakespeare;
}
