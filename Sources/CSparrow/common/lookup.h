// The non-zeros of each row, wherever they are: activations are looked up in registers.
//
// A panel of up to 64 rows goes through its columns in steps. A step sees a window of the
// activations, which registers hold, and takes from each row its next non-zeros that lie in the
// window: one in floats, up to four in bytes. Where 16-bit activations are multiplied in pairs
// (pairs.h), panels have up to 32 rows, and a step takes up to two. Rows may be ahead of each other
// by as much as the window is wide, so that a row that has more of its weights to the left does not
// hold up the others; a row that has none left in the window takes weights of zero.
//
// A panel takes as many steps as its longest row needs, so the longest ones keep a part of their
// weights only; the others lie in `rest_rows` rows of their own, in panels after those of the
// matrix, whose sums are added to the rows that are said after the starts of windows.
//
// Storage, by step and in it by slice of 16 rows: `indices`, the place in the window of each
// weight, and `weights`; in bytes those of a row lie side by side. `starts`: the window's first
// column.

#pragma once

#include <stdbool.h>

#include "../include/sparrow_plan.h"
#include "matrix.h"
#include "names.h"
#include "pairs.h"

// Slices of the panel from `row` on. Rows of what the longest ones don't hold begin panels of
// their own.
VINLINE size_t lookup_slice_count(const sparrow_matrix *m, size_t row, size_t height) {
  const size_t end = row < m->stored_rows ? m->stored_rows : m->stored_rows + m->rest_rows;
  return (end - row < height ? end - row : height) / 16;
}

// The rows to which the sums of those from `row` on are added.
VINLINE const uint16_t *lookup_targets(const sparrow_matrix *m, const uint8_t *image,
                                       size_t row) {
  return (const uint16_t *)(image + m->starts_offset) + m->steps + (row - m->stored_rows);
}

VINLINE void lookup_panel(const uint16_t *starts, size_t steps, const uint8_t *indices,
                          const float *weights, const float *bias, const float *x, float *y,
                          const int slices, const int wide) {
  const int vectors = slices * 16 / VF_WIDTH;
  vf sum[64 / VF_WIDTH];
  for (int v = 0; v < vectors; v++) sum[v] = bias ? vf_load(bias + v * VF_WIDTH) : (vf)0.0f;
  for (size_t s = 0; s < steps; s++) {
    const vf_table table = vf_table_load(x + starts[s], wide);
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      sum[v] = vf_fma(vf_load(weights + v * VF_WIDTH),
                      vf_lookup(table, indices + v * VF_WIDTH, wide), sum[v]);
    indices += slices * 16;
    weights += slices * 16;
  }
  for (int v = 0; v < vectors; v++) vf_store(y + v * VF_WIDTH, sum[v]);
}

VINLINE void lookup(const sparrow_matrix *m, const uint8_t *image, const float *x, float *y,
                    const int wide) {
  const uint16_t *starts = (const uint16_t *)(image + m->starts_offset);
  const uint32_t *ends = (const uint32_t *)(image + m->ends_offset);
  const uint8_t *indices = image + m->indices_offset;
  const float *w = matrix_floats(image, m->weights_offset);
  size_t first = 0;
  for (size_t row = 0, slices; row < m->stored_rows + m->rest_rows; row += 16 * slices) {
    const bool is_rest = row >= m->stored_rows;
    const float *b =
        m->bias_offset && !is_rest ? matrix_floats(image, m->bias_offset) + row : NULL;
    const size_t steps = *ends++ - first;
    const uint16_t *s = starts + first;
    float rest[64];
    float *to = is_rest ? rest : y + row;
    slices = lookup_slice_count(m, row, 64);
    switch (slices) {
      case 1: lookup_panel(s, steps, indices, w, b, x, to, 1, wide); break;
      case 2: lookup_panel(s, steps, indices, w, b, x, to, 2, wide); break;
      case 3: lookup_panel(s, steps, indices, w, b, x, to, 3, wide); break;
      default: lookup_panel(s, steps, indices, w, b, x, to, 4, wide); break;
    }
    if (is_rest) {
      const uint16_t *targets = lookup_targets(m, image, row);
      for (size_t i = 0; i < 16 * slices; i++) y[targets[i]] += rest[i];
    }
    first += steps;
    indices += steps * slices * 16;
    w += steps * slices * 16;
  }
}

static void NAME(matvec_lookup)(const sparrow_matrix *m, const uint8_t *image, const float *x,
                                float *y) {
  if (m->window <= LOOKUP_NARROW_F32)
    lookup(m, image, x, y, 0);
  else
    lookup(m, image, x, y, 1);
}

// MARK: Bytes

// `slices` of a panel whose steps take `height` bytes.
VINLINE void lookup_panel_i8(const uint16_t *starts, size_t steps, const uint8_t *indices,
                             const uint8_t *weights, size_t height, const int32_t *bias,
                             const uint8_t *low, const uint8_t *high, int32_t *y,
                             const int slices, const int planes, const int wide) {
  enum { bytes = 4 * VF_WIDTH };
  const int vectors = slices * 16 / VF_WIDTH;
  vu sum[2][64 / VF_WIDTH];
  for (int v = 0; v < vectors; v++) {
    sum[0][v] = bias ? vu_load(bias + v * VF_WIDTH) : (vu)0;
    sum[1][v] = (vu)0;
  }
  for (size_t s = 0; s < steps; s++) {
    const vb_table low_table = vb_table_load(low + starts[s], wide);
    const vb_table high_table =
        planes == 2 ? vb_table_load(high + starts[s], wide) : low_table;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const vb index = vb_load(indices + v * bytes);
      const vb w = vb_load(weights + v * bytes);
      sum[0][v] = vu_dot(sum[0][v], vb_lookup(low_table, index, wide), w);
      if (planes == 2) sum[1][v] = vu_dot(sum[1][v], vb_lookup(high_table, index, wide), w);
    }
    indices += height;
    weights += height;
  }
  for (int v = 0; v < vectors; v++)
    vu_store(y + v * VF_WIDTH, planes == 2 ? sum[0][v] + (sum[1][v] << 8) : sum[0][v]);
}

#ifdef HAS_VU_PAIRS

// Panels of 32 rows and two planes, whose bytes are put together before they are multiplied; a
// step takes up to two weights of a row.
VINLINE void lookup_panel_i16(const uint16_t *starts, size_t steps, const uint8_t *indices,
                              const uint8_t *weights, const int32_t *bias, const uint8_t *low,
                              const uint8_t *high, int32_t *y, const int slices,
                              const int wide) {
  enum { bytes = 4 * VF_WIDTH, rows = 2 * VF_WIDTH };
  const int vectors = slices * 16 / rows;
  vu_pairs sum[32 / rows];
  for (int v = 0; v < vectors; v++) sum[v] = vu_pairs_zero();
  for (size_t s = 0; s < steps; s++) {
    const vb_table low_table = vb_table_load(low + starts[s], wide);
    const vb_table high_table = vb_table_signed(vb_table_load(high + starts[s], wide));
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const vb_places places = vb_places_of(vb_load(indices + v * bytes), wide);
      const vb bottom = vb_lookup_places(low_table, places, wide);
      const vb top = vb_lookup_places(high_table, places, wide);
      sum[v] = vu_pairs_add(sum[v], vb_unpack8_low(bottom, top), vb_unpack8_high(bottom, top),
                            weights + v * bytes);
    }
    indices += vectors * bytes;
    weights += vectors * bytes;
  }
  for (int v = 0; v < vectors; v++)
    vu_pairs_store(sum[v], bias ? bias + v * rows : NULL, y + v * rows);
}

#endif

// All slices of a panel.
VINLINE void lookup_slices_i8(const uint16_t *starts, size_t steps, const uint8_t *indices,
                              const uint8_t *weights, size_t slices, const int32_t *bias,
                              const uint8_t *low, const uint8_t *high, int32_t *y,
                              const int planes, const int wide) {
#ifdef HAS_VU_PAIRS
  if (planes == 2) {
    if (slices == 2)
      lookup_panel_i16(starts, steps, indices, weights, bias, low, high, y, 2, wide);
    else
      lookup_panel_i16(starts, steps, indices, weights, bias, low, high, y, 1, wide);
    return;
  }
#endif
  const size_t height = slices * 64;
#define PANEL(first, count)                                                                  \
  lookup_panel_i8(starts, steps, indices + (first) * 64, weights + (first) * 64, height,     \
                  bias ? bias + (first) * 16 : NULL, low, high, y + (first) * 16, count, planes, \
                  wide)
#if VF_FEW_REGISTERS
  // More sums than registers would go to memory and back at every step.
  size_t i = 0;
  for (; VF_WIDTH > 1 && i + 2 <= slices; i += 2) PANEL(i, 2);
  for (; i < slices; i++) PANEL(i, 1);
#else
  switch (slices) {
    case 1: PANEL(0, 1); break;
    case 2: PANEL(0, 2); break;
    case 3: PANEL(0, 3); break;
    default: PANEL(0, 4); break;
  }
#endif
#undef PANEL
}

VINLINE void lookup_i8(const sparrow_matrix *m, const uint8_t *image, const uint8_t *low,
                       const uint8_t *high, int32_t *y, const int planes, const int wide) {
  const uint16_t *starts = (const uint16_t *)(image + m->starts_offset);
  const uint32_t *ends = (const uint32_t *)(image + m->ends_offset);
  const uint8_t *indices = image + m->indices_offset;
  const uint8_t *w = image + m->weights_offset;
  const size_t height = lookup_rows(planes), slice = 16 * lookup_side(planes);
  size_t first = 0;
  for (size_t row = 0, slices; row < m->stored_rows + m->rest_rows; row += 16 * slices) {
    const bool is_rest = row >= m->stored_rows;
    const int32_t *b =
        m->bias_offset && !is_rest ? matrix_integers(image, m->bias_offset) + row : NULL;
    const size_t steps = *ends++ - first;
    int32_t rest[64];
    slices = lookup_slice_count(m, row, height);
    lookup_slices_i8(starts + first, steps, indices, w, slices, b, low, high,
                     is_rest ? rest : y + row, planes, wide);
    if (is_rest) {
      const uint16_t *targets = lookup_targets(m, image, row);
      for (size_t i = 0; i < 16 * slices; i++) {
        int32_t *sum = y + targets[i];
        *sum = (int32_t)((uint32_t)*sum + (uint32_t)rest[i]);
      }
    }
    first += steps;
    indices += steps * slices * slice;
    w += steps * slices * slice;
  }
}

static void NAME(integer_matvec_lookup)(const sparrow_matrix *m, const uint8_t *image,
                                        const uint8_t *low, const uint8_t *high, int32_t *y) {
#define LOOKUP(wide)                              \
  do {                                            \
    if (high)                                     \
      lookup_i8(m, image, low, high, y, 2, wide); \
    else                                          \
      lookup_i8(m, image, low, NULL, y, 1, wide); \
  } while (0)
  if (m->window <= LOOKUP_NARROW_I8)
    LOOKUP(0);
#ifdef WIDEST_LOOKUP
  else if (m->window > LOOKUP_WIDE_I8)
    LOOKUP(WIDEST_LOOKUP);
#endif
  else
    LOOKUP(1);
#undef LOOKUP
}
