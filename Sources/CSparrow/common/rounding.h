// Products of single-precision activations with bytes: activations are rounded to integers of one
// scale a vector, and sums become floats again by a scale a row.

#pragma once

#include "names.h"

// The planes of x / scale, rounded, where the largest |x| is `limit` scales; returns the scale, 0
// where all x are zero or one is infinite. What is no number has some value up to the limit. Any
// count.
static float NAME(round_activations)(size_t count, int32_t limit, const float *x, uint8_t *low,
                                     uint8_t *high) {
  vf most = (vf)0.0f;
  size_t i = 0;
  for (; i + VF_WIDTH <= count; i += VF_WIDTH) {
    const vf v = vf_load(x + i);
    // In this order, what is no number leaves the maximum alone.
    most = vf_max(vf_max(v, -v), most);
  }
  for (; i < count; i++) {
    const float v = x[i] < 0 ? -x[i] : x[i];
    most = vf_max((vf)v, most);
  }
  float lanes[VF_WIDTH];
  __builtin_memcpy(lanes, &most, sizeof lanes);
  float largest = 0;
  for (int lane = 0; lane < VF_WIDTH; lane++)
    largest = lanes[lane] > largest ? lanes[lane] : largest;
  // Below it the reciprocal would overflow.
  const float inverse = largest > 1e-30f ? (float)limit / largest : 0.0f;
  const vf least = (vf)(float)-limit, greatest = (vf)(float)limit;
  for (i = 0; i < count; i += VF_WIDTH) {
    const size_t left = count - i < VF_WIDTH ? count - i : VF_WIDTH;
    const vf v = vf_load_upto(x + i, left) * (vf)inverse;
    // The order of the comparisons makes a number of what is none.
    const vi rounded = vf_to_int(vf_round(vf_max(vf_min(v, greatest), least)));
    int32_t value[VF_WIDTH];
    __builtin_memcpy(value, &rounded, sizeof value);
    if (left == VF_WIDTH) {
      for (size_t lane = 0; lane < VF_WIDTH; lane++) {
        low[i + lane] = (uint8_t)value[lane];
        high[i + lane] = (uint8_t)((uint32_t)value[lane] >> 8) ^ 0x80;
      }
    } else {
      for (size_t lane = 0; lane < left; lane++) {
        low[i + lane] = (uint8_t)value[lane];
        high[i + lane] = (uint8_t)((uint32_t)value[lane] >> 8) ^ 0x80;
      }
    }
  }
  return inverse > 0 ? largest / (float)limit : 0.0f;
}

// y = scale scales sums + bias by rows. `count` is a multiple of 16; y may lie where the sums do.
static void NAME(scale_sums)(size_t count, const int32_t *sums, float scale, const float *scales,
                             const float *bias, float *y) {
  for (size_t i = 0; i < count; i += VF_WIDTH) {
    const vf sum = vf_from_int((vi)vu_load(sums + i));
    vf_store(y + i, vf_fma(sum, (vf)scale * vf_load(scales + i), vf_load(bias + i)));
  }
}
