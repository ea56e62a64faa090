// A step in integers of many streams; include/sparrow_lane_kernels.h says how they lie, and
// integer.h and Documentation/FixedPoint.md what each function computes. A row has one weight,
// shift or factor for all lanes, so that what is done for one stream is done for a vector of them.

#pragma once

#include "../include/sparrow_lane_kernels.h"
#include "integer.h"
#include "names.h"

enum { most_lanes = 32 };

#define EACH_LANE(i) EACH_OF(i, lanes)

// Calls a function whose number of lanes is known where it is compiled.
#define FOR_LANES(function, ...)  \
  if (lanes == most_lanes)        \
    function(__VA_ARGS__, 32);    \
  else                            \
    function(__VA_ARGS__, 16)

// MARK: Products

// Sums of a row's pairs that do not wait for each other: where adding a product takes some cycles,
// a processor adds to the other ones meanwhile.
#ifndef LANE_CHAINS
#define LANE_CHAINS 1
#endif

#ifndef HAS_LANE_SUMS

// The sums of 16 lanes.
typedef struct lane_sums {
  uint32_t sum[16];
} lane_sums;

VINLINE lane_sums lane_sums_of(int32_t bias) {
  lane_sums s;
  for (int i = 0; i < 16; i++) s.sum[i] = (uint32_t)bias;
  return s;
}

// Adds the products of two rows with their weights.
VINLINE lane_sums lane_sums_add(lane_sums s, const int16_t *a, const int16_t *b,
                                const int16_t *weights) {
  for (int i = 0; i < 16; i++)
    s.sum[i] += (uint32_t)(a[i] * weights[0]) + (uint32_t)(b[i] * weights[1]);
  return s;
}

VINLINE lane_sums lane_sums_sum(lane_sums a, lane_sums b) {
  for (int i = 0; i < 16; i++) a.sum[i] += b.sum[i];
  return a;
}

VINLINE void lane_sums_store(int32_t *y, lane_sums s) { __builtin_memcpy(y, s.sum, sizeof s); }

#endif

// The product in sums of `width` lanes, whose functions begin with `sums`.
#define LANE_PRODUCT(name, sums, width)                                                          \
  VINLINE void name(const sparrow_lane_matrix *m, size_t first, size_t rows, const int16_t *x,   \
                    int32_t *y, const size_t lanes) {                                            \
    const size_t parts = lanes / (width);                                                        \
    size_t pair = first ? m->ends[first - 1] : 0;                                                \
    for (size_t row = first; row < first + rows; row++, y += lanes) {                            \
      sums chains[LANE_CHAINS][most_lanes / (width)];                                            \
      for (size_t chain = 0; chain < LANE_CHAINS; chain++)                                       \
        for (size_t part = 0; part < parts; part++)                                              \
          chains[chain][part] = sums##_of(chain ? 0 : m->bias[row]);                             \
      const size_t end = m->ends[row];                                                           \
      for (; pair + LANE_CHAINS <= end; pair += LANE_CHAINS)                                     \
        _Pragma("clang loop unroll(full)") for (size_t chain = 0; chain < LANE_CHAINS; chain++)  \
          LANE_PAIR(sums, width, m->pairs + pair + chain, chains[chain]);                        \
      for (; pair < end; pair++) LANE_PAIR(sums, width, m->pairs + pair, chains[0]);             \
      for (size_t part = 0; part < parts; part++) {                                              \
        sums sum = chains[0][part];                                                              \
        for (size_t chain = 1; chain < LANE_CHAINS; chain++)                                     \
          sum = sums##_sum(sum, chains[chain][part]);                                            \
        sums##_store(y + (width) * part, sum);                                                   \
      }                                                                                          \
    }                                                                                            \
  }

#define LANE_PAIR(sums, width, pair, to)                                                         \
  do {                                                                                           \
    const sparrow_lane_pair *p = pair;                                                           \
    const int16_t *a = x + p->columns[0] * lanes, *b = x + p->columns[1] * lanes;                \
    _Pragma("clang loop unroll(full)") for (size_t part = 0; part < parts; part++)               \
      (to)[part] = sums##_add((to)[part], a + (width) * part, b + (width) * part, p->weights);   \
  } while (0)

LANE_PRODUCT(lane_product, lane_sums, 16)
#ifdef HAS_WIDE_LANE_SUMS
LANE_PRODUCT(wide_lane_product, wide_lane_sums, 32)
#endif

#undef LANE_PRODUCT
#undef LANE_PAIR

static void NAME(lane_product)(const sparrow_lane_matrix *m, size_t first, size_t rows,
                               size_t lanes, const int16_t *x, int32_t *y) {
#ifdef HAS_WIDE_LANE_SUMS
  if (lanes == 32)
    wide_lane_product(m, first, rows, x, y, 32);
  else
    lane_product(m, first, rows, x, y, 16);
#else
  FOR_LANES(lane_product, m, first, rows, x, y);
#endif
}

// MARK: Rows

VINLINE void lane_requantize(size_t rows, const int32_t *restrict x,
                             const int32_t *restrict shifts, int32_t limit, int32_t rectifies,
                             int16_t *restrict y, const size_t lanes) {
  for (size_t row = 0; row < rows; row++, x += lanes, y += lanes) {
    const int32_t shift = shifts[row];
    EACH_LANE(i) y[i] = (int16_t)clip(rectified(shift_round(x[i], shift), rectifies), limit);
  }
}

static void NAME(lane_requantize)(size_t rows, size_t lanes, const int32_t *x,
                                  const int32_t *shifts, int32_t limit, int32_t rectifies,
                                  int16_t *y) {
  FOR_LANES(lane_requantize, rows, x, shifts, limit, rectifies, y);
}

VINLINE void lane_requantize_add(size_t rows, const int32_t *restrict x,
                                 const int32_t *restrict shifts, const int32_t *restrict d,
                                 const int16_t *restrict u, int32_t shift, int32_t limit,
                                 int16_t *restrict y, const size_t lanes) {
  for (size_t row = 0; row < rows; row++, x += lanes, u += lanes, y += lanes) {
    const int32_t x_shift = shifts[row], factor = d[row];
    EACH_LANE(i) {
      const int32_t value = shift_round(x[i], x_shift) + shift_round(factor * u[i], shift);
      y[i] = (int16_t)clip(value, limit);
    }
  }
}

static void NAME(lane_requantize_add)(size_t rows, size_t lanes, const int32_t *x,
                                      const int32_t *shifts, const int32_t *d, const int16_t *u,
                                      int32_t shift, int32_t limit, int16_t *y) {
  FOR_LANES(lane_requantize_add, rows, x, shifts, d, u, shift, limit, y);
}

// MARK: States

// A complex factor of a row.
typedef struct lane_factor {
  int64_t re, im;
} lane_factor;

// x / 2^shift, rounded to nearest, ties upwards, plus 2^(63 - shift): no negative number is
// shifted, for which many processors have no instruction. |x| is below 2^62.
VINLINE uint64_t shift_round_raised(int64_t x, int32_t shift) {
  const uint64_t raise = (UINT64_C(1) << 63) + ((UINT64_C(1) << shift) >> 1);
  return ((uint64_t)x + raise) >> shift;
}

// The state of the sum of two such numbers: within 32 bits.
VINLINE int32_t lane_state(uint64_t ax, uint64_t fw, uint64_t raised) {
  const int64_t limit = INT32_MAX;
  const int64_t value = (int64_t)(ax + fw - raised);
  const int64_t low = value < -limit ? -limit : value;
  return (int32_t)(low > limit ? limit : low);
}

VINLINE void lane_recurrence(size_t rows, size_t states, const int32_t *restrict a, int32_t shift,
                             const int32_t *restrict f, const int32_t *restrict shifts,
                             const int32_t *restrict w, const int32_t *restrict steps,
                             int32_t *restrict x, const size_t lanes) {
  const int32_t *w_im = w + rows * lanes;
  int32_t *x_im = x + states * lanes;
  for (size_t row = 0; row < rows; row++) {
    const lane_factor p = {a[row], a[states + row]}, q = {f[row], f[states + row]};
    const int32_t f_shift = shifts[row];
    const uint64_t raised = (UINT64_C(1) << 63 >> shift) + (UINT64_C(1) << 63 >> f_shift);
    EACH_LANE(i) {
      const int64_t re = x[i], im = x_im[i], v_re = w[i], v_im = w_im[i];
      const int32_t next_re = lane_state(
          shift_round_raised(p.re * re - p.im * im, shift),
          shift_round_raised(q.re * v_re - q.im * v_im, f_shift), raised);
      const int32_t next_im = lane_state(
          shift_round_raised(p.re * im + p.im * re, shift),
          shift_round_raised(q.re * v_im + q.im * v_re, f_shift), raised);
      x[i] = steps[i] ? next_re : x[i];
      x_im[i] = steps[i] ? next_im : x_im[i];
    }
    w += lanes;
    w_im += lanes;
    x += lanes;
    x_im += lanes;
  }
}

static void NAME(lane_recurrence)(size_t rows, size_t lanes, size_t states, const int32_t *a,
                                  int32_t shift, const int32_t *f, const int32_t *shifts,
                                  const int32_t *w, const int32_t *steps, int32_t *x) {
  FOR_LANES(lane_recurrence, rows, states, a, shift, f, shifts, w, steps, x);
}

VINLINE void lane_read(size_t count, const int32_t *restrict x, const int32_t *restrict x_im,
                       int32_t shift, int32_t limit, int32_t rectifies, int16_t *restrict y,
                       int16_t *restrict y_im) {
  const int32_t last = shift > 0 ? shift - 1 : 0, one = shift > 0;
  EACH(i) {
    const int32_t keeps = -(int32_t)(!rectifies | (x[i] > 0));
    const int32_t re = ((x[i] >> shift) + ((x[i] >> last) & one)) & keeps;
    const int32_t im = ((x_im[i] >> shift) + ((x_im[i] >> last) & one)) & keeps;
    y[i] = (int16_t)clip(re, limit);
    y_im[i] = (int16_t)clip(im, limit);
  }
}

static void NAME(lane_read)(size_t rows, size_t lanes, size_t states, const int32_t *x,
                            int32_t shift, int32_t limit, int32_t rectifies, int16_t *y) {
  lane_read(rows * lanes, x, x + states * lanes, shift, limit, rectifies, y, y + states * lanes);
}

// MARK: Functions

// Values of the function at a row's lanes.
VINLINE void lane_function_values(const int32_t *restrict table, const int32_t *restrict x,
                                  int32_t left, int32_t shift, int32_t *restrict values,
                                  const size_t lanes) {
  int32_t z[most_lanes], segments[most_lanes], entries[most_lanes];
  EACH_LANE(i) {
    z[i] = clip(shift_round((int32_t)((uint32_t)x[i] << left), shift), INT16_MAX);
    segments[i] = (z[i] < 0 ? -z[i] : z[i]) >> 6;
  }
#pragma clang loop vectorize(disable) unroll_count(16)
  for (size_t i = 0; i < lanes; i++) entries[i] = table[segments[i]];
  EACH_LANE(i) values[i] = function_value(z[i], entries[i], table[sparrow_function_segments]);
}

VINLINE void lane_function(size_t rows, const int32_t *table, const int32_t *restrict x,
                           const int32_t *shifts, int32_t shift, int32_t limit,
                           int16_t *restrict y, const size_t lanes) {
  for (size_t row = 0; row < rows; row++, x += lanes, y += lanes) {
    int32_t values[most_lanes];
    lane_function_values(table, x, 0, shifts[row], values, lanes);
    EACH_LANE(i) y[i] = (int16_t)clip(shift_round(values[i], shift), limit);
  }
}

static void NAME(lane_function)(size_t rows, size_t lanes, const int32_t *table, const int32_t *x,
                                const int32_t *shifts, int32_t shift, int32_t limit,
                                int16_t *y) {
  FOR_LANES(lane_function, rows, table, x, shifts, shift, limit, y);
}

VINLINE void lane_gate(size_t rows, const int32_t *table, const int32_t *restrict x, int32_t left,
                       const int32_t *shifts, int32_t shift, int32_t limit, int16_t *restrict y,
                       const size_t lanes) {
  for (size_t row = 0; row < rows; row++, x += lanes, y += lanes) {
    int32_t values[most_lanes];
    lane_function_values(table, x, left, shifts[row], values, lanes);
    EACH_LANE(i) y[i] = (int16_t)clip(shift_round(y[i] * values[i], shift), limit);
  }
}

static void NAME(lane_gate)(size_t rows, size_t lanes, const int32_t *table, const int32_t *x,
                            int32_t left, const int32_t *shifts, int32_t shift, int32_t limit,
                            int16_t *y) {
  FOR_LANES(lane_gate, rows, table, x, left, shifts, shift, limit, y);
}

// MARK: Frames

typedef int16_t lane_eight __attribute__((ext_vector_type(8)));

VINLINE lane_eight lane_load_eight(const int16_t *p) {
  lane_eight v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

VINLINE void lane_store_eight(int16_t *p, lane_eight v) { __builtin_memcpy(p, &v, sizeof v); }

// Eight by eight numbers, rows and columns exchanged.
VINLINE void lane_transpose(const int16_t *from, size_t from_stride, int16_t *to,
                            size_t to_stride) {
  lane_eight a[8], b[8];
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) a[i] = lane_load_eight(from + (size_t)i * from_stride);
  // Each round zips the first half of the rows with the second.
#pragma clang loop unroll(full)
  for (int round = 0; round < 3; round++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
      b[2 * i] = __builtin_shufflevector(a[i], a[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
      b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) a[i] = b[i];
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) lane_store_eight(to + (size_t)i * to_stride, a[i]);
}

static void NAME(lane_from_frames)(size_t count, size_t lanes, const int16_t *frames,
                                   size_t stride, int16_t *y) {
  for (size_t i = 0; i < count; i += 8)
    for (size_t lane = 0; lane < lanes; lane += 8)
      lane_transpose(frames + lane * stride + i, stride, y + i * lanes + lane, lanes);
}

static void NAME(lane_to_frames)(size_t count, size_t lanes, const int16_t *x, int16_t *frames,
                                 size_t stride) {
  for (size_t i = 0; i < count; i += 8)
    for (size_t lane = 0; lane < lanes; lane += 8)
      lane_transpose(x + i * lanes + lane, lanes, frames + lane * stride + i, stride);
}

#undef FOR_LANES
#undef EACH_LANE
