// The non-zeros of each column; columns of zero activations are skipped. What is left of a product
// is the non-zero weights that meet non-zero activations, and nothing else.
//
// Storage in floats: compressed sparse columns. `weights`, column after column; `starts`, the row
// of each; `ends`, weights up to a column's end. Sums lie in y, which the first-level cache holds:
// a weight is added where it belongs. Rows of a column all differ, so that eight are on their way
// at a time.
//
// Storage in bytes: columns are cut into panels of 64 rows. `indices`, a mask of 64 bits for each
// panel of each column, says which rows have a weight; `weights`, column after column, each offset
// by 128 as events are, then `sparrow_columns_overhang` more that may be read; `ends` as above. A
// mask spreads the next weights of a column over the panel's rows, and four columns are multiplied
// at a time, as events are.

#pragma once

#include "../include/sparrow_plan.h"
#include "dense.h"
#include "dense_integer.h"
#include "matrix.h"
#include "names.h"

VINLINE void columns_add(const float *w, const uint16_t *rows, size_t count, float x, float *y) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    uint64_t places[2];
    __builtin_memcpy(places, rows + i, sizeof places);
    float *to[8];
    float sum[8];
#pragma clang loop unroll(full)
    for (int k = 0; k < 8; k++) {
      to[k] = y + (places[k / 4] >> (16 * (k % 4)) & 0xffff);
      sum[k] = *to[k] + x * w[i + k];
    }
#pragma clang loop unroll(full)
    for (int k = 0; k < 8; k++) *to[k] = sum[k];
  }
  for (; i < count; i++) y[rows[i]] += x * w[i];
}

static void NAME(matvec_columns)(const sparrow_matrix *m, const uint8_t *image, const float *x,
                                 float *y) {
  const size_t columns = m->columns;
  const float *weights = matrix_floats(image, m->weights_offset);
  const uint16_t *rows = (const uint16_t *)(image + m->starts_offset);
  const uint32_t *ends = (const uint32_t *)(image + m->ends_offset);
  if (m->bias_offset)
    __builtin_memcpy(y, image + m->bias_offset, m->stored_rows * sizeof(float));
  else
    __builtin_memset(y, 0, m->stored_rows * sizeof(float));
  for (size_t start = 0; start < columns; start += events_chunk) {
    uint16_t active[events_chunk + VF_WIDTH];
    const size_t width = columns - start < events_chunk ? columns - start : events_chunk;
    const size_t count = active_columns(x + start, width, active);
    for (size_t i = 0; i < count; i++) {
      const size_t c = start + active[i];
      const size_t first = c ? ends[c - 1] : 0;
      columns_add(weights + first, rows + first, ends[c] - first, x[c], y);
    }
  }
}

// MARK: Bytes

// What is left of a column: the masks of its panels from the one at hand on, and its weights.
typedef struct column_rest {
  const uint8_t *masks, *weights;
} column_rest;

VINLINE uint64_t column_mask(column_rest *column) {
  uint64_t mask;
  __builtin_memcpy(&mask, column->masks, sizeof mask);
  column->masks += sizeof mask;
  return mask;
}

#ifdef HAS_VB_SPREAD

// Adds the panel's rows of four columns, activations being those of `a` from i on. Sums lie in the
// order that putting columns side by side leaves rows in, and still have the weights' offset in
// them.
VINLINE void columns_panel_i8(column_rest column[4], const active_bytes *a, size_t i, int32_t *y,
                              const int planes) {
  const vb offset = vb_fill(0x80);
  vb c[4], weights[4];
#pragma clang loop unroll(full)
  for (int k = 0; k < 4; k++) {
    const uint64_t mask = column_mask(column + k);
    c[k] = vb_spread(offset, mask, column[k].weights);
    column[k].weights += __builtin_popcountll(mask);
  }
  side_by_side(c, weights);
  const vb top = vb_broadcast((const uint8_t *)a->high + i);
  const vb bottom = vb_broadcast(a->low + i);
#pragma clang loop unroll(full)
  for (int k = 0; k < 4; k++) {
    vu sum = vu_load(y + 16 * k);
    if (planes == 2) {
      sum += vu_dot((vu)0, weights[k], top) << 8;
      sum = vu_dot(sum, bottom, vb_xor(weights[k], offset));
    } else {
      sum = vu_dot(sum, weights[k], top);
    }
    vu_store(y + 16 * k, sum);
  }
}

VINLINE void columns_begin(int32_t *y) {
  vu sum[4];
  vu_load_quads(y, sum);
  for (int k = 0; k < 4; k++) vu_store(y + 16 * k, sum[k]);
}

// Takes away what the offset of the weights has added: 128 times `activations`, their sum.
VINLINE void columns_end(int32_t *y, uint32_t activations) {
  vu sum[4];
  for (int k = 0; k < 4; k++) sum[k] = vu_load(y + 16 * k) - (vu)(128 * activations);
  vu_store_quads(y, sum);
}

// Adds the columns of four activations to all panels: four at a time.
VINLINE void columns_quad_i8(column_rest column[4], const active_bytes *a, size_t i, size_t whole,
                             int32_t *y, int32_t *last, const int planes) {
  for (size_t panel = 0; panel < whole; panel++)
    columns_panel_i8(column, a, i, y + 64 * panel, planes);
  if (last) columns_panel_i8(column, a, i, last, planes);
}

#else

VINLINE void columns_add_weight(int32_t *y, int32_t weight, int32_t activation) {
  *y = (int32_t)((uint32_t)*y + (uint32_t)((weight - 128) * activation));
}

VINLINE void columns_panel_i8(column_rest *column, int32_t activation, int32_t *y) {
#if defined(__arm__)
  // Two halves of 32 bits, from the highest bit on, which takes an instruction to find.
  for (int half = 0; half < 2; half++, y += 32, column->masks += 4) {
    uint32_t mask;
    __builtin_memcpy(&mask, column->masks, sizeof mask);
    mask = __builtin_bitreverse32(mask);
    while (mask) {
      const int row = __builtin_clz(mask);
      mask &= ~(0x80000000u >> row);
      columns_add_weight(y + row, *column->weights++, activation);
    }
  }
#else
  for (uint64_t mask = column_mask(column); mask; mask &= mask - 1)
    columns_add_weight(y + __builtin_ctzll(mask), *column->weights++, activation);
#endif
}

// The same one by one: a sum is in no register for longer than a weight takes.
VINLINE void columns_quad_i8(column_rest column[4], const active_bytes *a, size_t i, size_t whole,
                             int32_t *y, int32_t *last, const int planes) {
  for (int k = 0; k < 4; k++) {
    const int32_t activation =
        planes == 2 ? a->high[i + k] * 256 + a->low[i + k] : a->high[i + k];
    if (activation == 0) continue;
    column_rest rest = column[k];
    for (size_t panel = 0; panel < whole; panel++)
      columns_panel_i8(&rest, activation, y + 64 * panel);
    if (last) columns_panel_i8(&rest, activation, last);
  }
}

VINLINE void columns_begin(int32_t *y) { (void)y; }
VINLINE void columns_end(int32_t *y, uint32_t activations) { (void)y, (void)activations; }

#endif

VINLINE void columns_i8(const sparrow_matrix *m, const uint8_t *image, const uint8_t *low,
                        const uint8_t *high, int32_t *y, const int planes) {
  const size_t columns = m->columns, rows = m->stored_rows, panels = (rows + 63) / 64;
  const size_t whole = rows / 64;
  const uint32_t *ends = (const uint32_t *)(image + m->ends_offset);
  if (m->bias_offset)
    __builtin_memcpy(y, image + m->bias_offset, rows * sizeof *y);
  else
    __builtin_memset(y, 0, rows * sizeof *y);
  // The sums of a last panel that y has only a part of.
  int32_t last[64] = {0};
  for (size_t row = 64 * whole; row < rows; row++) last[row % 64] = y[row];
  for (size_t panel = 0; panel < whole; panel++) columns_begin(y + 64 * panel);
  columns_begin(last);
  uint32_t activations = 0;
  for (size_t start = 0; start < columns; start += events_chunk) {
    active_bytes active;
    const size_t width = columns - start < events_chunk ? columns - start : events_chunk;
    collect_active(&active, low + start, planes == 2 ? high + start : NULL, width, planes);
    activations += (uint32_t)active.sum << (planes == 2 ? 8 : 0);
    for (size_t i = 0; i < active.count; i += 4) {
      column_rest column[4];
      for (int k = 0; k < 4; k++) {
        const size_t c = start + active.columns[i + k];
        column[k].masks = image + m->indices_offset + c * panels * 8;
        column[k].weights = image + m->weights_offset + (c ? ends[c - 1] : 0);
      }
      columns_quad_i8(column, &active, i, whole, y, whole < panels ? last : NULL, planes);
    }
  }
  for (size_t panel = 0; panel < whole; panel++) columns_end(y + 64 * panel, activations);
  columns_end(last, activations);
  for (size_t row = 64 * whole; row < rows; row++) y[row] = last[row % 64];
}

static void NAME(integer_matvec_columns)(const sparrow_matrix *m, const uint8_t *image,
                                         const uint8_t *low, const uint8_t *high, int32_t *y) {
  if (high)
    columns_i8(m, image, low, high, y, 2);
  else
    columns_i8(m, image, low, NULL, y, 1);
}
