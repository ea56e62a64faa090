// The formats of dense.h in bytes; see there for how they are stored.

#pragma once

#include "../include/sparrow_plan.h"
#include "dense.h"
#include "matrix.h"
#include "names.h"
#include "pairs.h"

// `slices` of a panel whose four columns take `height` bytes.
VINLINE void dense_panel_i8(const uint8_t *w, size_t height, const int32_t *bias, size_t columns,
                            const uint8_t *low, const uint8_t *high, int32_t *y, const int slices,
                            const int planes, const int phases, const int ahead) {
  enum { bytes = 4 * VF_WIDTH, most = 64 / VF_WIDTH > 4 ? 64 / VF_WIDTH : 4 };
  const int vectors = slices * 16 / VF_WIDTH;
  vu sum[2][4][most];  // by plane, by phase
  for (int p = 0; p < phases; p++)
    for (int v = 0; v < vectors; v++) {
      sum[0][p][v] = p == 0 && bias ? vu_load(bias + v * VF_WIDTH) : (vu)0;
      sum[1][p][v] = (vu)0;
    }
  size_t c = 0;
  for (; c + 4 * phases <= columns; c += 4 * phases) {
#pragma clang loop unroll(full)
    for (int p = 0; p < phases; p++) {
      const vb a = vb_broadcast(low + c + 4 * p);
      const vb b = planes == 2 ? vb_broadcast(high + c + 4 * p) : a;
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        const vb weights = vb_load(w + v * bytes);
        if (ahead && v * bytes % 64 == 0) __builtin_prefetch(w + v * bytes + 4096);
        sum[0][p][v] = vu_dot(sum[0][p][v], a, weights);
        if (planes == 2) sum[1][p][v] = vu_dot(sum[1][p][v], b, weights);
      }
      w += height;
    }
  }
  for (; c < columns; c += 4) {
    const vb a = vb_broadcast(low + c);
    const vb b = planes == 2 ? vb_broadcast(high + c) : a;
    for (int v = 0; v < vectors; v++) {
      const vb weights = vb_load(w + v * bytes);
      sum[0][0][v] = vu_dot(sum[0][0][v], a, weights);
      if (planes == 2) sum[1][0][v] = vu_dot(sum[1][0][v], b, weights);
    }
    w += height;
  }
  for (int v = 0; v < vectors; v++) {
    for (int p = 1; p < phases; p++) {
      sum[0][0][v] += sum[0][p][v];
      sum[1][0][v] += sum[1][p][v];
    }
    vu_store(y + v * VF_WIDTH, planes == 2 ? sum[0][0][v] + (sum[1][0][v] << 8) : sum[0][0][v]);
  }
}

#ifdef HAS_VU_PAIRS

// A slice with two planes, whose bytes are put together before they are multiplied.
VINLINE void dense_slice_i16(const uint8_t *w, size_t height, const int32_t *bias, size_t columns,
                             const uint8_t *low, const uint8_t *high, int32_t *y,
                             const int ahead) {
  enum { bytes = 4 * VF_WIDTH, vectors = 16 / VF_WIDTH };
  vu_pairs sum[vectors];
  for (int v = 0; v < vectors; v++) sum[v] = vu_pairs_zero();
  for (size_t c = 0; c < columns; c += 4, w += height) {
    const vb words = vb_broadcast_words(low + c, high + c);
    if (ahead) __builtin_prefetch(w + 4096);
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[v] = vu_pairs_add(sum[v], words, words, w + v * bytes);
  }
  vu_pairs_store_slice(sum, bias, y);
}

#endif

VINLINE void dense_i8(const sparrow_matrix *m, const uint8_t *image, const uint8_t *low,
                      const uint8_t *high, int32_t *y, const int planes, const int ahead) {
  const size_t columns = ((size_t)m->columns + 3) / 4 * 4;
  for (size_t row = 0; row < m->stored_rows; row += 64) {
    const uint8_t *w = image + m->weights_offset + row * columns;
    const int32_t *b = m->bias_offset ? matrix_integers(image, m->bias_offset) + row : NULL;
    int32_t *out = y + row;
    const size_t slices = m->stored_rows - row < 64 ? (m->stored_rows - row) / 16 : 4;
    const size_t height = slices * 64;
#ifdef HAS_VU_PAIRS
    if (planes == 2) {
      for (size_t s = 0; s < slices; s++)
        dense_slice_i16(w + s * 64, height, b ? b + s * 16 : NULL, columns, low, high, out + s * 16,
                        ahead);
      continue;
    }
#endif
#if VF_FEW_REGISTERS
    // More sums than registers would go to memory and back at every step.
    for (size_t s = 0; s < slices; s++)
      dense_panel_i8(w + s * 64, height, b ? b + s * 16 : NULL, columns, low, high, out + s * 16, 1,
                     planes, 1, ahead);
#else
    switch (slices) {
      case 1:
        dense_panel_i8(w, height, b, columns, low, high, out, 1, planes, 4, ahead);
        break;
      case 2:
        dense_panel_i8(w, height, b, columns, low, high, out, 2, planes, 2, ahead);
        break;
      case 3:
        dense_panel_i8(w, height, b, columns, low, high, out, 3, planes, 2, ahead);
        break;
      default:
        dense_panel_i8(w, height, b, columns, low, high, out, 4, planes, VF_WIDTH >= 16 ? 2 : 1,
                       ahead);
    }
#endif
  }
}

static void NAME(integer_matvec_dense)(const sparrow_matrix *m, const uint8_t *image,
                                       const uint8_t *low, const uint8_t *high, int32_t *y) {
  // In the way where weights come from the second-level cache.
  if (fetches_ahead() && m->weight_bytes > 2 << 20) {
    if (high)
      dense_i8(m, image, low, high, y, 2, 1);
    else
      dense_i8(m, image, low, NULL, y, 1, 1);
  } else {
    if (high)
      dense_i8(m, image, low, high, y, 2, 0);
    else
      dense_i8(m, image, low, NULL, y, 1, 0);
  }
}

// MARK: Events
//
// Panels are always 64 rows high. Activations are the signed operand here and weights, offset by
// 128, the unsigned one: columns that are skipped must add nothing. What the offset adds is 128
// times the activations' sum.

typedef struct active_bytes {
  uint8_t low[events_chunk + 16];
  int8_t high[events_chunk + 16];  // with one plane, the activations themselves
  uint16_t columns[events_chunk + 16];
  size_t count;  // a multiple of four: the last ones may be zeros
  int32_t sum;   // of `high`
} active_bytes;

// Gathers the activations that are not zero.
VINLINE void collect_active(active_bytes *a, const uint8_t *low, const uint8_t *high, size_t count,
                            const int planes) {
  size_t n = 0;
  int32_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    const int8_t top = (int8_t)((planes == 2 ? high[i] : low[i]) ^ 0x80);
    const uint8_t bottom = planes == 2 ? low[i] : 0;
    a->low[n] = bottom;
    a->high[n] = top;
    a->columns[n] = (uint16_t)i;
    sum += top;
    n += (top | bottom) != 0;
  }
  for (; n % 4 != 0; n++) {
    a->low[n] = 0;
    a->high[n] = 0;
    a->columns[n] = 0;
  }
  a->count = n;
  a->sum = sum;
}

#if VF_WIDTH == 1

VINLINE void events_panel_i8(const uint8_t *w, const active_bytes *a, int32_t *y,
                             const int planes) {
  for (size_t i = 0; i < a->count; i++) {
    const uint8_t *column = w + (size_t)a->columns[i] * 64;
    const int32_t activation = planes == 2 ? a->high[i] * 256 + a->low[i] : a->high[i];
    for (int row = 0; row < 64; row++)
      y[row] = (int32_t)((uint32_t)y[row] +
                         (uint32_t)(((int32_t)column[row] - 128) * activation));
  }
}

#else

// Four columns side by side, as four vectors of sums take them. Within lanes of 16 bytes this
// leaves rows in the order that vu_load_quads and vu_store_quads undo.
VINLINE void side_by_side(const vb column[4], vb weights[4]) {
  const vb low01 = vb_unpack8_low(column[0], column[1]);
  const vb high01 = vb_unpack8_high(column[0], column[1]);
  const vb low23 = vb_unpack8_low(column[2], column[3]);
  const vb high23 = vb_unpack8_high(column[2], column[3]);
  weights[0] = vb_unpack16_low(low01, low23);
  weights[1] = vb_unpack16_high(low01, low23);
  weights[2] = vb_unpack16_low(high01, high23);
  weights[3] = vb_unpack16_high(high01, high23);
}

// Four columns, four sums at a time.
VINLINE void events_panel_i8(const uint8_t *w, const active_bytes *a, int32_t *y,
                             const int planes) {
  enum { rows = 4 * VF_WIDTH };
  const vb offset = vb_fill(0x80);
  const uint32_t correction = 128u * (uint32_t)a->sum << (planes == 2 ? 8 : 0);
  for (int first = 0; first < 64; first += rows) {
    vu sum[2][4];
    vu_load_quads(y + first, sum[0]);
    for (int k = 0; k < 4; k++) {
      sum[0][k] -= (vu)correction;
      sum[1][k] = (vu)0;
    }
    for (size_t i = 0; i < a->count; i += 4) {
      vb column[4], weights[4];
#pragma clang loop unroll(full)
      for (int k = 0; k < 4; k++)
        column[k] = vb_load(w + (size_t)a->columns[i + k] * 64 + first);
      side_by_side(column, weights);
      const vb top = vb_broadcast((const uint8_t *)a->high + i);
      const vb bottom = vb_broadcast(a->low + i);
#pragma clang loop unroll(full)
      for (int k = 0; k < 4; k++) {
        sum[planes - 1][k] = vu_dot(sum[planes - 1][k], weights[k], top);
        if (planes == 2) sum[0][k] = vu_dot(sum[0][k], bottom, vb_xor(weights[k], offset));
      }
    }
    if (planes == 2)
      for (int k = 0; k < 4; k++) sum[0][k] += sum[1][k] << 8;
    vu_store_quads(y + first, sum[0]);
  }
}

#endif

VINLINE void events_i8(const sparrow_matrix *m, const uint8_t *image, const uint8_t *low,
                       const uint8_t *high, int32_t *y, const int planes) {
  const size_t columns = m->columns, rows = m->stored_rows;
  const uint8_t *w = image + m->weights_offset;
  if (m->bias_offset)
    __builtin_memcpy(y, image + m->bias_offset, rows * sizeof *y);
  else
    __builtin_memset(y, 0, rows * sizeof *y);
  for (size_t start = 0; start < columns; start += events_chunk) {
    active_bytes active;
    const size_t width = columns - start < events_chunk ? columns - start : events_chunk;
    collect_active(&active, low + start, planes == 2 ? high + start : NULL, width, planes);
    for (size_t row = 0; row < rows; row += 64) {
      const uint8_t *panel = w + row * columns + start * 64;
      if (rows - row >= 64) {
        events_panel_i8(panel, &active, y + row, planes);
      } else {
        int32_t part[64] = {0};
        for (size_t i = row; i < rows; i++) part[i - row] = y[i];
        events_panel_i8(panel, &active, part, planes);
        for (size_t i = row; i < rows; i++) y[i] = part[i - row];
      }
    }
  }
}

static void NAME(integer_matvec_events)(const sparrow_matrix *m, const uint8_t *image,
                                        const uint8_t *low, const uint8_t *high, int32_t *y) {
  if (high)
    events_i8(m, image, low, high, y, 2);
  else
    events_i8(m, image, low, NULL, y, 1);
}
