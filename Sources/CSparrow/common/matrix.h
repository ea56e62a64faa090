// What the formats of matrices share.

#pragma once

VINLINE const float *matrix_floats(const uint8_t *image, uint32_t offset) {
  return (const float *)(image + offset);
}

VINLINE const int32_t *matrix_integers(const uint8_t *image, uint32_t offset) {
  return (const int32_t *)(image + offset);
}

// Whether dense products ask for weights ahead of time. Weights of a network pass through the
// second-level cache once a step; on Zen 5 asking for them 4 KiB ahead hides more of the third
// level's latency than the processor does alone, on Zen 4 it takes a quarter longer than leaving it
// to the processor.
VINLINE bool fetches_ahead(void) {
#if defined(__x86_64__)
  return __builtin_cpu_is("znver5");
#else
  return false;
#endif
}

#ifndef HAS_ACTIVE_COLUMNS
// Writes the indices of the values that are not zero, in order; returns how many there are.
// `active` has room for 16 more than `count`, and x may be read to a multiple of 16.
VINLINE size_t active_columns(const float *x, size_t count, uint16_t *active) {
  size_t n = 0;
  for (size_t i = 0; i < count; i++) {
    active[n] = (uint16_t)i;
    n += x[i] != 0.0f;
  }
  return n;
}
#endif
