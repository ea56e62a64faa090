// A filter's value at one place of a signal: the same bits on every processor.
//
// Sixteen sums side by side, each of the products at every sixteenth tap, in order; then their sum:
// places 8 apart, then 4 apart, then (0 + 2) + (1 + 3). Every operation rounds by itself.

#pragma once

#include "../include/sparrow_kernels.h"
#include "names.h"

typedef float eight_floats __attribute__((vector_size(32), aligned(4)));
typedef float four_floats __attribute__((vector_size(16)));

// `taps`: a multiple of 8.
static float NAME(filter)(size_t taps, const float *x, const float *h) {
#pragma clang fp contract(off)
  eight_floats even = {0}, odd = {0};
  size_t i = 0;
  for (; i + 16 <= taps; i += 16) {
    even += *(const eight_floats *)(x + i) * *(const eight_floats *)(h + i);
    odd += *(const eight_floats *)(x + i + 8) * *(const eight_floats *)(h + i + 8);
  }
  if (i < taps) even += *(const eight_floats *)(x + i) * *(const eight_floats *)(h + i);
  const eight_floats sums = even + odd;
  const four_floats four = __builtin_shufflevector(sums, sums, 0, 1, 2, 3) +
                           __builtin_shufflevector(sums, sums, 4, 5, 6, 7);
  return (four[0] + four[2]) + (four[1] + four[3]);
}
