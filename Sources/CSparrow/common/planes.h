// Activations as bytes. The processors' dot products take an unsigned and a signed byte, weights
// being the signed one; so an 8-bit activation x is kept as x + 128, and a 16-bit one as two
// planes, its low byte and its high byte + 128. What these offsets add to a row's sum depends on
// its weights alone (128 or 128 * 256 times their sum), and its bias takes it away again. Where
// pairs of 16-bit numbers are multiplied (pairs.h), 16-bit activations lose their offset before.

#pragma once

#include "../include/sparrow_kernels.h"
#include "names.h"

static void NAME(planes_i8)(size_t count, const int8_t *x, uint8_t *low) {
  for (size_t i = 0; i < count; i++) low[i] = (uint8_t)x[i] ^ 0x80;
}

static void NAME(planes_i16)(size_t count, const int16_t *x, uint8_t *low, uint8_t *high) {
  for (size_t i = 0; i < count; i++) {
    low[i] = (uint8_t)x[i];
    high[i] = (uint8_t)((uint16_t)x[i] >> 8) ^ 0x80;
  }
}

static void NAME(planes_narrow)(size_t count, const int16_t *x, uint8_t *low) {
  for (size_t i = 0; i < count; i++) low[i] = (uint8_t)x[i] ^ 0x80;
}
