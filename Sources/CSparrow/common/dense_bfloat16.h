// The dense format with weights in bfloat16: the upper half of a single-precision number.
//
// Storage: as floats in dense.h, but a word of four bytes holds a row's weights of two columns, the
// left one in its low half. Columns are padded to an even number.

#pragma once

#include "../include/sparrow_plan.h"
#include "dense.h"
#include "matrix.h"
#include "names.h"

// The sums of a tile as in dense.h; `phases` pairs of columns at a time go to separate sums.
VINLINE void dense_tile_bfloat16(const int32_t *w, size_t height, const float *bias, size_t columns,
                                 const float *x, float *y, size_t stride, const int slices,
                                 const int phases, const int frames, const int ahead) {
  enum { most = 64 / VF_WIDTH > 16 ? 64 / VF_WIDTH : 16 };
  const int vectors = slices * 16 / VF_WIDTH;
  vf sum[dense_frames][8][most];  // by frame and by column of the pairs
  for (int f = 0; f < frames; f++)
    for (int p = 0; p < 2 * phases; p++)
      for (int v = 0; v < vectors; v++)
        sum[f][p][v] = p == 0 && bias ? vf_load(bias + v * VF_WIDTH) : (vf)0.0f;
  size_t c = 0;
  for (; c + 2 * phases <= columns; c += 2 * phases) {
#pragma clang loop unroll(full)
    for (int p = 0; p < phases; p++) {
      vf left[dense_frames], right[dense_frames];
#pragma clang loop unroll(full)
      for (int f = 0; f < frames; f++) {
        left[f] = (vf)x[f * stride + c + 2 * p];
        right[f] = (vf)x[f * stride + c + 2 * p + 1];
      }
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        const vu pair = vu_load(w + v * VF_WIDTH);
        if (ahead && v * VF_WIDTH % 16 == 0) __builtin_prefetch(w + v * VF_WIDTH + 1024);
        const vf first = vf_from_bits((vi)(pair << 16));
        const vf second = vf_from_bits((vi)(pair & 0xffff0000u));
#pragma clang loop unroll(full)
        for (int f = 0; f < frames; f++) {
          sum[f][2 * p][v] = vf_fma(first, left[f], sum[f][2 * p][v]);
          sum[f][2 * p + 1][v] = vf_fma(second, right[f], sum[f][2 * p + 1][v]);
        }
      }
      w += height;
    }
  }
  for (; c < columns; c += 2, w += height)
    for (int f = 0; f < frames; f++) {
      const float *pair_x = x + f * stride + c;
      const vf left = (vf)pair_x[0], right = (vf)(c + 1 < columns ? pair_x[1] : 0.0f);
      for (int v = 0; v < vectors; v++) {
        const vu pair = vu_load(w + v * VF_WIDTH);
        sum[f][0][v] = vf_fma(vf_from_bits((vi)(pair << 16)), left, sum[f][0][v]);
        sum[f][1][v] = vf_fma(vf_from_bits((vi)(pair & 0xffff0000u)), right, sum[f][1][v]);
      }
    }
  for (int f = 0; f < frames; f++)
    for (int v = 0; v < vectors; v++) {
      for (int p = 1; p < 2 * phases; p++) sum[f][0][v] += sum[f][p][v];
      vf_store(y + f * stride + v * VF_WIDTH, sum[f][0][v]);
    }
}

VINLINE void dense_panel_bfloat16(const sparrow_matrix *m, const uint8_t *image, size_t row,
                                  const float *x, float *y, size_t stride, const int frames,
                                  const int ahead) {
  const size_t columns = m->columns, pairs = (columns + 1) / 2;
  const int32_t *w = matrix_integers(image, m->weights_offset) + row * pairs;
  const float *b = m->bias_offset ? matrix_floats(image, m->bias_offset) + row : NULL;
  const size_t height = m->stored_rows - row < 64 ? m->stored_rows - row : 64;
#if VF_WIDTH >= 16
  switch (height) {
    case 16: dense_tile_bfloat16(w, 16, b, columns, x, y + row, stride, 1, 4, frames, ahead); break;
    case 32: dense_tile_bfloat16(w, 32, b, columns, x, y + row, stride, 2, 2, frames, ahead); break;
    case 48: dense_tile_bfloat16(w, 48, b, columns, x, y + row, stride, 3, 1, frames, ahead); break;
    default: dense_tile_bfloat16(w, 64, b, columns, x, y + row, stride, 4, 1, frames, ahead); break;
  }
#else
  for (size_t s = 0; s < height; s += 16)
    dense_tile_bfloat16(w + s, height, b ? b + s : NULL, columns, x, y + row + s, stride, 1,
                        VF_WIDTH >= 8 ? 2 : 1, frames, ahead);
#endif
}

static void NAME(matvec_dense_bfloat16)(const sparrow_matrix *m, const uint8_t *image,
                                        const float *x, float *y) {
  if (fetches_ahead())
    for (size_t row = 0; row < m->stored_rows; row += 64)
      dense_panel_bfloat16(m, image, row, x, y, 0, 1, 1);
  else
    for (size_t row = 0; row < m->stored_rows; row += 64)
      dense_panel_bfloat16(m, image, row, x, y, 0, 1, 0);
}

// The same for several frames, as in dense.h.
static void NAME(matmul_dense_bfloat16)(const sparrow_matrix *m, const uint8_t *image,
                                        size_t frames, size_t stride, const float *x, float *y) {
  for (size_t row = 0; row < m->stored_rows; row += 64) {
    size_t f = 0;
    for (; VF_WIDTH >= 16 && f + dense_frames <= frames; f += dense_frames)
      dense_panel_bfloat16(m, image, row, x + f * stride, y + f * stride, stride, dense_frames, 0);
    for (; f < frames; f++)
      dense_panel_bfloat16(m, image, row, x + f * stride, y + f * stride, 0, 1, 0);
  }
}
