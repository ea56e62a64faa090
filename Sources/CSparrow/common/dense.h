// Every weight, and the same with the columns of zero activations skipped.
//
// Storage: rows are padded to a multiple of 16 and taken 64 at a time (the last panel may have 16,
// 32 or 48). A panel stores its columns one after the other, each as the panel's rows, so a product
// reads the weights once, in order. Padding rows are zero.
//
// In bytes, the dense format takes four columns at a time (columns padded to a multiple of four):
// slice by slice, and in a slice the four weights of a row side by side. Events store columns as
// floats do, so that any four of them can be put side by side on the way.

#pragma once

#include "../include/sparrow_plan.h"
#include "matrix.h"
#include "names.h"

// Frames whose sums registers hold beside each other.
enum { dense_frames = 3 };

// The 16 * slices sums of a tile, some rows of a panel of `height`, for `frames` vectors of
// activations that are `stride` apart, as their sums are; `phases` columns at a time go to separate
// sums, so that enough independent sums are in flight whatever the tile's height. How many frames
// there are changes no bit. `ahead`: whether weights are asked for 4 KiB ahead.
VINLINE void dense_tile(const float *w, size_t height, const float *bias, size_t columns,
                        const float *x, float *y, size_t stride, const int slices,
                        const int phases, const int frames, const int ahead) {
  enum { most = 64 / VF_WIDTH > 8 ? 64 / VF_WIDTH : 8 };
  const int vectors = slices * 16 / VF_WIDTH;
  vf sum[dense_frames][8][most];
  for (int f = 0; f < frames; f++)
    for (int p = 0; p < phases; p++)
      for (int v = 0; v < vectors; v++)
        sum[f][p][v] = p == 0 && bias ? vf_load(bias + v * VF_WIDTH) : (vf)0.0f;
  size_t c = 0;
  for (; c + phases <= columns; c += phases) {
#pragma clang loop unroll(full)
    for (int p = 0; p < phases; p++) {
      vf activation[dense_frames];
#pragma clang loop unroll(full)
      for (int f = 0; f < frames; f++) activation[f] = (vf)x[f * stride + c + p];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        const float *weights = w + (c + p) * height + v * VF_WIDTH;
        if (ahead && v * VF_WIDTH % 16 == 0) __builtin_prefetch(weights + 1024);
        const vf weight = vf_load(weights);
#pragma clang loop unroll(full)
        for (int f = 0; f < frames; f++)
          sum[f][p][v] = vf_fma(weight, activation[f], sum[f][p][v]);
      }
    }
  }
  for (int f = 0; f < frames; f++) {
    for (size_t rest = c; rest < columns; rest++)
      for (int v = 0; v < vectors; v++)
        sum[f][0][v] = vf_fma(vf_load(w + rest * height + v * VF_WIDTH), (vf)x[f * stride + rest],
                              sum[f][0][v]);
    for (int v = 0; v < vectors; v++) {
      for (int p = 1; p < phases; p++) sum[f][0][v] += sum[f][p][v];
      vf_store(y + f * stride + v * VF_WIDTH, sum[f][0][v]);
    }
  }
}

VINLINE void dense_panel(const sparrow_matrix *m, const uint8_t *image, size_t row, const float *x,
                         float *y, const int ahead) {
  const size_t columns = m->columns;
  const float *w = matrix_floats(image, m->weights_offset) + row * columns;
  const float *b = m->bias_offset ? matrix_floats(image, m->bias_offset) + row : NULL;
  switch (m->stored_rows - row) {
    case 16:
      dense_tile(w, 16, b, columns, x, y + row, 0, 1, VF_WIDTH >= 16 ? 8 : 4, 1, ahead);
      break;
    case 32:
      dense_tile(w, 32, b, columns, x, y + row, 0, 2, VF_WIDTH >= 16 ? 4 : 2, 1, ahead);
      break;
    case 48:
      dense_tile(w, 48, b, columns, x, y + row, 0, 3, VF_WIDTH >= 16 ? 3 : 1, 1, ahead);
      break;
    default:
      dense_tile(w, 64, b, columns, x, y + row, 0, 4, VF_WIDTH >= 16 ? 2 : 1, 1, ahead);
      break;
  }
}

static void NAME(matvec_dense)(const sparrow_matrix *m, const uint8_t *image, const float *x,
                               float *y) {
  if (fetches_ahead())
    for (size_t row = 0; row < m->stored_rows; row += 64) dense_panel(m, image, row, x, y, 1);
  else
    for (size_t row = 0; row < m->stored_rows; row += 64) dense_panel(m, image, row, x, y, 0);
}

// The same for several frames: a panel's weights are read from afar once for all of them, and into
// registers once for each `dense_frames`.
static void NAME(matmul_dense)(const sparrow_matrix *m, const uint8_t *image, size_t frames,
                               size_t stride, const float *x, float *y) {
  const size_t columns = m->columns;
  // Of a whole panel, as many rows as leave registers for the sums of all frames.
  enum { slices = VF_WIDTH >= 16 ? 4 : 2 };
  for (size_t row = 0; row < m->stored_rows; row += 64) {
    size_t f = 0;
    for (; m->stored_rows - row >= 64 && f + dense_frames <= frames; f += dense_frames)
      for (size_t r = 0; r < 64; r += 16 * slices)
        dense_tile(matrix_floats(image, m->weights_offset) + row * columns + r, 64,
                   m->bias_offset ? matrix_floats(image, m->bias_offset) + row + r : NULL, columns,
                   x + f * stride, y + f * stride + row + r, stride, slices,
                   VF_WIDTH >= 16 ? 2 : 1, dense_frames, 0);
    for (; f < frames; f++) dense_panel(m, image, row, x + f * stride, y + f * stride, 0);
  }
}

// MARK: Events

// Columns are looked through in chunks, so that the list of active ones has a fixed place.
enum { events_chunk = 256 };

VINLINE void events_panel(const float *w, const uint16_t *active, size_t count, const float *x,
                          float *y, const int slices) {
  enum { most = 64 / VF_WIDTH };
  const int vectors = slices * 16 / VF_WIDTH;
  const size_t height = (size_t)slices * 16;
  vf sum[2][most];
  for (int v = 0; v < vectors; v++) {
    sum[0][v] = vf_load(y + v * VF_WIDTH);
    sum[1][v] = (vf)0.0f;
  }
  size_t i = 0;
  for (; i + 2 <= count; i += 2)
#pragma clang loop unroll(full)
    for (int p = 0; p < 2; p++) {
      const size_t c = active[i + p];
      const vf activation = (vf)x[c];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++)
        sum[p][v] = vf_fma(vf_load(w + c * height + v * VF_WIDTH), activation, sum[p][v]);
    }
  if (i < count)
    for (int v = 0; v < vectors; v++)
      sum[0][v] =
          vf_fma(vf_load(w + active[i] * height + v * VF_WIDTH), (vf)x[active[i]], sum[0][v]);
  for (int v = 0; v < vectors; v++) vf_store(y + v * VF_WIDTH, sum[0][v] + sum[1][v]);
}

static void NAME(matvec_events)(const sparrow_matrix *m, const uint8_t *image, const float *x,
                                float *y) {
  const size_t columns = m->columns, rows = m->stored_rows;
  const float *weights = matrix_floats(image, m->weights_offset);
  if (m->bias_offset)
    __builtin_memcpy(y, image + m->bias_offset, rows * sizeof(float));
  else
    __builtin_memset(y, 0, rows * sizeof(float));
  for (size_t start = 0; start < columns; start += events_chunk) {
    uint16_t active[events_chunk + VF_WIDTH];
    const size_t width = columns - start < events_chunk ? columns - start : events_chunk;
    const size_t count = active_columns(x + start, width, active);
    for (size_t row = 0; row < rows; row += 64) {
      const size_t slices = rows - row < 64 ? (rows - row) / 16 : 4;
      const float *w = weights + row * columns + start * slices * 16;
      switch (slices) {
        case 1: events_panel(w, active, count, x + start, y + row, 1); break;
        case 2: events_panel(w, active, count, x + start, y + row, 2); break;
        case 3: events_panel(w, active, count, x + start, y + row, 3); break;
        default: events_panel(w, active, count, x + start, y + row, 4); break;
      }
    }
  }
}
