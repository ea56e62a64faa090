// Layer normalisation of a frame: y = scale (x - m) / sqrt(v + epsilon) + shift, m and v being mean
// and variance over the frame's own values; or, not centred, y = scale x / sqrt(mean of x² +
// epsilon) + shift.

#pragma once

#include "integer.h"

// `count` is a multiple of 16; only the first `own` values are the frame's.
static void NAME(layer_normalize)(size_t count, size_t own, int32_t centers, float epsilon,
                                  const float *scale, const float *shift, const float *x,
                                  float *y) {
  const size_t whole = own / VF_WIDTH * VF_WIDTH;
  float mean = 0.0f;
  if (centers) {
    vf sum = (vf)0.0f;
    for (size_t i = 0; i < whole; i += VF_WIDTH) sum += vf_load(x + i);
    mean = vf_sum(sum);
    for (size_t i = whole; i < own; i++) mean += x[i];
    mean /= (float)own;
  }
  vf squares = (vf)0.0f;
  for (size_t i = 0; i < whole; i += VF_WIDTH) {
    const vf d = vf_load(x + i) - (vf)mean;
    squares = vf_fma(d, d, squares);
  }
  float variance = vf_sum(squares);
  for (size_t i = whole; i < own; i++) variance += (x[i] - mean) * (x[i] - mean);
  const float factor = 1.0f / __builtin_sqrtf(variance / (float)own + epsilon);
  for (size_t i = 0; i < count; i += VF_WIDTH) {
    const vf normal = (vf_load(x + i) - (vf)mean) * (vf)factor;
    vf_store(y + i, vf_fma(vf_load(scale + i), normal, vf_load(shift + i)));
  }
}

// The largest integer whose square is at most x, which is at least 2^62.
VINLINE uint64_t integer_square_root(uint64_t x) {
  uint64_t root = 0;
  for (uint64_t bit = UINT64_C(1) << 31; bit > 0; bit >>= 1) {
    const uint64_t next = root + bit;
    if (next * next <= x) root = next;
  }
  return root;
}

// In integers. With n values, sum S (0 where it is not centred) and sum of squares Q, n² times the
// variance is V = n Q - S², to which `epsilon` is added in the same units; d = n x - S. The
// reciprocal of √V has 30 bits, and d / √V 15 fractional ones:
//
//   2e = leading zeros of V, rounded down to even; r = ⌊√(V 2^2e)⌋; g = ⌊2^61 / r⌋
//   t = R(d g, 46 - e); y = clip(R(scale t + shift 2^left, right))
//
// |d| ≤ √n √V, so |t| < 2^23 for frames of up to 2^16 values.
static uint32_t NAME(integer_layer_normalize)(size_t count, size_t own, int32_t centers,
                                              uint64_t epsilon, const int32_t *restrict scale,
                                              const int32_t *restrict shift, int32_t left,
                                              int32_t right, int32_t limit,
                                              const int16_t *restrict x, int16_t *restrict y) {
  int64_t sum = 0;
  uint64_t squares = 0;
  for (size_t i = 0; i < own; i++) {
    sum += x[i];
    squares += (uint32_t)((int32_t)x[i] * x[i]);
  }
  if (!centers) sum = 0;
  uint64_t variance = own * squares - (uint64_t)(sum * sum) + epsilon;
  // An image may say that epsilon is 0, and then equal values have no variance.
  if (variance == 0) variance = 1;
  const int32_t e = __builtin_clzll(variance) / 2;
  variance <<= 2 * e;
  const int64_t reciprocal = (int64_t)((UINT64_C(1) << 61) / integer_square_root(variance));
  uint32_t clipped = 0;
  for (size_t i = 0; i < own; i++) {
    const int64_t d = (int64_t)own * x[i] - sum;
    const int64_t t = shift_round_long(d * reciprocal, 46 - e);
    // Unsigned, since an image may hold a scale and a shift that overflow.
    const uint64_t scaled = (uint64_t)scale[i] * (uint64_t)t + ((uint64_t)shift[i] << left);
    const int64_t value = shift_round_long((int64_t)scaled, right);
    const int64_t low = value < -limit ? -limit : value;
    const int64_t kept = low > limit ? limit : low;
    clipped += kept != value;
    y[i] = (int16_t)kept;
  }
  for (size_t i = own; i < count; i++) y[i] = 0;
  return clipped;
}
