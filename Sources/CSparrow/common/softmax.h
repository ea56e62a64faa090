// What soft maxima over any number of values begin with.

#pragma once

#include "names.h"

// The largest of at least one value.
VINLINE real largest_of(size_t count, const real *x) {
  real lanes[VF_WIDTH];
  size_t whole = count / VF_WIDTH * VF_WIDTH;
  vf most = (vf)x[0];
  for (size_t i = 0; i < whole; i += VF_WIDTH) most = vf_max(most, vf_load(x + i));
  vf_store(lanes, most);
  real largest = lanes[0];
  for (size_t i = 1; i < VF_WIDTH; i++) largest = lanes[i] > largest ? lanes[i] : largest;
  for (size_t i = whole; i < count; i++) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

// The natural logarithm of a positive number.
VINLINE real logarithm(real x) {
  real lanes[VF_WIDTH];
  vf_store(lanes, vf_log((vf)x));
  return lanes[0];
}
