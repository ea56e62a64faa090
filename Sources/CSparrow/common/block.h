// Blocks of 16 rows by 4 columns that are not all zero.
//
// Storage, by slice of 16 rows: `starts`, the first column of each block, a multiple of four, and
// `weights`: in floats column by column, in bytes row by row. A slice has an even number of blocks
// (the last may be zero), so that two sums are always in flight. `ends`: blocks up to a slice's
// end.

#pragma once

#include "../include/sparrow_plan.h"
#include "matrix.h"
#include "names.h"
#include "pairs.h"

static void NAME(matvec_block)(const sparrow_matrix *m, const uint8_t *image, const float *x,
                               float *y) {
  enum { vectors = 16 / VF_WIDTH };
  const uint16_t *starts = (const uint16_t *)(image + m->starts_offset);
  const uint32_t *ends = (const uint32_t *)(image + m->ends_offset);
  const float *w = matrix_floats(image, m->weights_offset);
  const float *bias = m->bias_offset ? matrix_floats(image, m->bias_offset) : NULL;
  size_t block = 0;
  for (size_t row = 0; row < m->stored_rows; row += 16) {
    vf sum[4][vectors];
    for (int v = 0; v < vectors; v++) {
      sum[0][v] = bias ? vf_load(bias + row + v * VF_WIDTH) : (vf)0.0f;
      for (int p = 1; p < 4; p++) sum[p][v] = (vf)0.0f;
    }
    const size_t end = *ends++;
    for (; block < end; block++) {
      const float *activations = x + starts[block];
#pragma clang loop unroll(full)
      for (int p = 0; p < 4; p++)
        for (int v = 0; v < vectors; v++)
          sum[p][v] = vf_fma(vf_load(w + p * 16 + v * VF_WIDTH), (vf)activations[p], sum[p][v]);
      w += 64;
    }
    for (int v = 0; v < vectors; v++)
      vf_store(y + row + v * VF_WIDTH, (sum[0][v] + sum[1][v]) + (sum[2][v] + sum[3][v]));
  }
}

// MARK: Bytes

VINLINE void block_i8(const sparrow_matrix *m, const uint8_t *image, const uint8_t *low,
                      const uint8_t *high, int32_t *y, const int planes) {
  enum { vectors = 16 / VF_WIDTH, bytes = 4 * VF_WIDTH };
  const uint16_t *starts = (const uint16_t *)(image + m->starts_offset);
  const uint32_t *ends = (const uint32_t *)(image + m->ends_offset);
  const uint8_t *w = image + m->weights_offset;
  const int32_t *bias = m->bias_offset ? matrix_integers(image, m->bias_offset) : NULL;
  size_t block = 0;
  for (size_t row = 0; row < m->stored_rows; row += 16) {
#ifdef HAS_VU_PAIRS
    if (planes == 2) {
      vu_pairs pairs[vectors];
      for (int v = 0; v < vectors; v++) pairs[v] = vu_pairs_zero();
      for (const size_t end = *ends++; block < end; block++, w += 64) {
        const vb words = vb_broadcast_words(low + starts[block], high + starts[block]);
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++)
          pairs[v] = vu_pairs_add(pairs[v], words, words, w + v * bytes);
      }
      vu_pairs_store_slice(pairs, bias ? bias + row : NULL, y + row);
      continue;
    }
#endif
    vu sum[2][2][vectors];  // by plane, by block of a pair
    for (int v = 0; v < vectors; v++) {
      sum[0][0][v] = bias ? vu_load(bias + row + v * VF_WIDTH) : (vu)0;
      sum[0][1][v] = sum[1][0][v] = sum[1][1][v] = (vu)0;
    }
    const size_t end = *ends++;
    for (; block < end; block += 2) {
#pragma clang loop unroll(full)
      for (int p = 0; p < 2; p++) {
        const vb a = vb_broadcast(low + starts[block + p]);
        const vb b = planes == 2 ? vb_broadcast(high + starts[block + p]) : a;
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
          const vb weights = vb_load(w + p * 64 + v * bytes);
          sum[0][p][v] = vu_dot(sum[0][p][v], a, weights);
          if (planes == 2) sum[1][p][v] = vu_dot(sum[1][p][v], b, weights);
        }
      }
      w += 128;
    }
    for (int v = 0; v < vectors; v++) {
      vu result = sum[0][0][v] + sum[0][1][v];
      if (planes == 2) result += (sum[1][0][v] + sum[1][1][v]) << 8;
      vu_store(y + row + v * VF_WIDTH, result);
    }
  }
}

static void NAME(integer_matvec_block)(const sparrow_matrix *m, const uint8_t *image,
                                       const uint8_t *low, const uint8_t *high, int32_t *y) {
  if (high)
    block_i8(m, image, low, high, y, 2);
  else
    block_i8(m, image, low, NULL, y, 1);
}
