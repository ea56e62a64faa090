// Values of a filter at places of a signal: the same bits on every processor.
//
// Sixteen sums side by side, each of the products at every sixteenth tap, in order; then their sum:
// places 8 apart, then 4 apart, then (0 + 2) + (1 + 3). Every operation rounds by itself.

#pragma once

#include "../include/sparrow_kernels.h"
#include "names.h"

typedef float eight_floats __attribute__((vector_size(32), aligned(4)));
typedef float four_floats __attribute__((vector_size(16), aligned(4)));

// Up to the sums of places 4 apart.
VINLINE four_floats filter_sums(size_t taps, const float *x, const float *h) {
  eight_floats even = {0}, odd = {0};
  size_t i = 0;
  for (; i + 16 <= taps; i += 16) {
    even += *(const eight_floats *)(x + i) * *(const eight_floats *)(h + i);
    odd += *(const eight_floats *)(x + i + 8) * *(const eight_floats *)(h + i + 8);
  }
  if (i < taps) even += *(const eight_floats *)(x + i) * *(const eight_floats *)(h + i);
  const eight_floats sums = even + odd;
  return __builtin_shufflevector(sums, sums, 0, 1, 2, 3) +
         __builtin_shufflevector(sums, sums, 4, 5, 6, 7);
}

// `taps`: a multiple of 8.
static float NAME(filter)(size_t taps, const float *x, const float *h) {
  const four_floats sums = filter_sums(taps, x, h);
  return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

// A place between two samples.
typedef struct filter_place {
  size_t offset, fraction;
} filter_place;

VINLINE filter_place next_place(const sparrow_resampling *r, filter_place place) {
  place.offset += r->whole;
  place.fraction += r->rest;
  const bool carries = place.fraction >= r->steps;
  place.fraction -= carries ? r->steps : 0;
  place.offset += carries;
  return place;
}

static size_t NAME(resample)(const sparrow_resampling *r, const float *x, size_t count,
                             size_t *offset, size_t *fraction, float *y) {
  filter_place place = {*offset, *fraction};
  size_t given = 0;
  while (place.offset + r->width <= count) {
    // Four at a time, whose last sums are added side by side.
    four_floats sums[4] = {0};
    size_t n = 0;
    for (; n < 4 && place.offset + r->width <= count; n++) {
      sums[n] = filter_sums(r->taps, x + place.offset, r->filters + place.fraction * r->taps);
      place = next_place(r, place);
    }
    const four_floats low01 = __builtin_shufflevector(sums[0], sums[1], 0, 4, 1, 5);
    const four_floats low23 = __builtin_shufflevector(sums[2], sums[3], 0, 4, 1, 5);
    const four_floats high01 = __builtin_shufflevector(sums[0], sums[1], 2, 6, 3, 7);
    const four_floats high23 = __builtin_shufflevector(sums[2], sums[3], 2, 6, 3, 7);
    // Of each of the four, places 0 + 2 and 1 + 3.
    const four_floats both01 = low01 + high01, both23 = low23 + high23;
    const four_floats even = __builtin_shufflevector(both01, both23, 0, 1, 4, 5);
    const four_floats odd = __builtin_shufflevector(both01, both23, 2, 3, 6, 7);
    const four_floats values = even + odd;
    if (n == 4) {
      *(four_floats *)(y + given) = values;
    } else {
      for (size_t i = 0; i < n; i++) y[given + i] = values[i];
    }
    given += n;
  }
  *offset = place.offset;
  *fraction = place.fraction;
  return given;
}
