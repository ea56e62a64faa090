// The steps that a lookup takes to go through panels, from counts alone: what an order of rows and
// columns is judged by, thousands of times. See lookup.h for the storage.
//
// Windows begin at quarters of a window, so that what lies within a quarter is all one. The steps
// that begin at one are as many as the row that has most left there needs; meanwhile every other
// row takes as many of its weights from the rest of the window.

#pragma once

#include "../include/sparrow_kernels.h"
#include "names.h"

typedef uint8_t row_counts __attribute__((ext_vector_type(64)));
typedef row_counts row_counts_unaligned __attribute__((aligned(1), may_alias));

// Several panels side by side: in each, the next quarter has to wait for the maximum of the one
// before.
VINLINE void lookup_steps_of(const int panels, size_t quarters, const uint8_t *counts,
                             int32_t *steps) {
#define COUNTS(panel, quarter) \
  (*(const row_counts_unaligned *)(counts + ((panel) * quarters + (quarter)) * 64))
  row_counts left[4][4];  // what rows have in the quarters of the window
  int32_t sum[4];
  for (int p = 0; p < panels; p++) {
    for (int q = 0; q < 4; q++) left[p][q] = COUNTS(p, q);
    sum[p] = 0;
  }
  for (size_t next = 4; next < quarters; next++)
#pragma clang loop unroll(full)
    for (int p = 0; p < panels; p++) {
      const uint8_t most = __builtin_reduce_max(left[p][0]);
      row_counts free = most - left[p][0];
      for (int ahead = 1; ahead < 4; ahead++) {
        const row_counts taken = __builtin_elementwise_min(free, left[p][ahead]);
        free -= taken;
        left[p][ahead - 1] = left[p][ahead] - taken;
      }
      left[p][3] = COUNTS(p, next);
      sum[p] += most;
    }
  // The last window goes as far as there are columns.
  for (int p = 0; p < panels; p++)
    steps[p] = sum[p] + __builtin_reduce_max(left[p][0] + left[p][1] + left[p][2] + left[p][3]);
#undef COUNTS
}

static void NAME(lookup_steps)(size_t panels, size_t quarters, const uint8_t *counts,
                               int32_t *steps) {
  while (panels >= 4) {
    lookup_steps_of(4, quarters, counts, steps);
    counts += 4 * quarters * 64;
    steps += 4;
    panels -= 4;
  }
  switch (panels) {
    case 3: lookup_steps_of(3, quarters, counts, steps); break;
    case 2: lookup_steps_of(2, quarters, counts, steps); break;
    case 1: lookup_steps_of(1, quarters, counts, steps); break;
    default: break;
  }
}
