// The pointwise part of a step of recurrent cells in integers; Documentation/FixedPoint.md says
// what each one computes.
//
// `a` and `q` are sums of products with the input and with the state, rows of gates interleaved by
// slices as in common/cells.h, and each row's shift brings it to the exponent of the tables'
// arguments. `h` has the exponent 30. `count` is a multiple of 16; units that are padding stay
// zero.

#pragma once

#include "integer.h"

enum { cell_slice = 16 };

#define EACH_SLICE(i) for (size_t i = 0; i < count; i += cell_slice)
#define EACH_UNIT(j) EACH_OF(j, cell_slice)

// x / 2^shift as shift_round, or x 2^-shift where the shift is negative.
VINLINE int32_t shift_either(int32_t x, int32_t shift) {
  const int32_t left = shift < 0 ? -shift : 0, right = shift < 0 ? 0 : shift;
  return shift_round((int32_t)((uint32_t)x << left), right);
}

// As shift_round, of any x: the half is the last bit that is shifted out.
VINLINE int32_t shift_round_any(int32_t x, int32_t shift) {
  const int32_t last = shift > 0 ? shift - 1 : 0, one = shift > 0;
  return (x >> shift) + ((x >> last) & one);
}

// x y / 2^15, of which 32 bits hold the result.
VINLINE int32_t gated(int32_t x, int32_t y) {
  return (int32_t)((uint64_t)((int64_t)x * y + (1 << 14)) >> 15);
}

VINLINE int32_t sum_of_rows(int32_t a, int32_t a_shift, int32_t q, int32_t q_shift) {
  return (int32_t)((uint32_t)shift_either(a, a_shift) + (uint32_t)shift_either(q, q_shift));
}

// Arguments of the functions of `rows` rows.
VINLINE void gate_arguments(size_t rows, const int32_t *a, const int32_t *a_shifts,
                            const int32_t *q, const int32_t *q_shifts, int32_t *z) {
  EACH_OF(j, rows) z[j] = clip(sum_of_rows(a[j], a_shifts[j], q[j], q_shifts[j]), INT16_MAX);
}

// h = (1 - z) n + z h
VINLINE int32_t mixed(int32_t update, int32_t candidate, int32_t h) {
  return (int32_t)((uint32_t)((1 << 15) - update) * (uint32_t)candidate +
                   (uint32_t)gated(update, h));
}

// y = clip(h / 2^shift). What is only one above the limit is the 1 of a function, and does not
// count.
static uint32_t NAME(integer_cell_read)(size_t count, const int32_t *restrict h, int32_t shift,
                                        int32_t limit, int16_t *restrict y) {
  uint32_t clipped = 0;
  EACH(i) {
    const int32_t value = shift_round_any(h[i], shift);
    const int32_t kept = clip(value, limit);
    clipped += (uint32_t)(value - kept + 1) > 2;
    y[i] = (int16_t)kept;
  }
  return clipped;
}

static void NAME(integer_cell_rnn)(size_t count, const sparrow_integer_cell *cell,
                                   int32_t rectifies, const int32_t *restrict a,
                                   const int32_t *restrict q, int32_t *restrict h) {
  const int32_t *shifts = cell->shifts, *q_shifts = shifts + count;
  if (rectifies) {
    EACH(i) h[i] = rectified(sum_of_rows(a[i], shifts[i], q[i], q_shifts[i]), 1);
    return;
  }
  EACH_SLICE(i) {
    int32_t z[cell_slice];
    gate_arguments(cell_slice, a + i, shifts + i, q + i, q_shifts + i, z);
    function_lookup(cell_slice, cell->tanh, z, z);
    EACH_UNIT(j) h[i + j] = z[j] * (1 << 15);
  }
}

static uint32_t NAME(integer_cell_lstm)(size_t count, const sparrow_integer_cell *cell,
                                        const int32_t *restrict a, const int32_t *restrict q,
                                        int32_t *restrict c, int32_t *restrict h) {
  const int32_t *shifts = cell->shifts, *q_shifts = shifts + 4 * count;
  uint32_t clipped = 0;
  EACH_SLICE(i) {
    int32_t v[4 * cell_slice], bent[cell_slice];
    const int32_t *in = v, *forget = v + cell_slice, *candidate = v + 2 * cell_slice,
                  *out = v + 3 * cell_slice;
    gate_arguments(4 * cell_slice, a + 4 * i, shifts + 4 * i, q + 4 * i, q_shifts + 4 * i, v);
    function_lookup(2 * cell_slice, cell->sigmoid, v, v);
    function_lookup(cell_slice, cell->tanh, candidate, v + 2 * cell_slice);
    function_lookup(cell_slice, cell->sigmoid, out, v + 3 * cell_slice);
    EACH_UNIT(j) {
      const int64_t limit = INT32_MAX;
      const int64_t value = shift_round_long((int64_t)forget[j] * c[i + j], 15) +
                            shift_round(in[j] * candidate[j], cell->product_shift);
      const int64_t low = value < -limit ? -limit : value;
      const int64_t kept = low > limit ? limit : low;
      clipped += kept != value;
      c[i + j] = (int32_t)kept;
      bent[j] = clip(shift_round_any((int32_t)kept, cell->argument_shift), INT16_MAX);
    }
    function_lookup(cell_slice, cell->tanh, bent, bent);
    EACH_UNIT(j) h[i + j] = out[j] * bent[j];
  }
  return clipped;
}

static void NAME(integer_cell_gru)(size_t count, const sparrow_integer_cell *cell,
                                   const int32_t *restrict a, const int32_t *restrict q,
                                   int32_t *restrict h) {
  const int32_t *shifts = cell->shifts, *q_shifts = shifts + 3 * count;
  EACH_SLICE(i) {
    int32_t v[3 * cell_slice];
    const size_t row = 3 * i, n = 3 * i + 2 * cell_slice;
    gate_arguments(2 * cell_slice, a + row, shifts + row, q + row, q_shifts + row, v);
    function_lookup(2 * cell_slice, cell->sigmoid, v, v);
    const int32_t *update = v + cell_slice;
    int32_t *candidate = v + 2 * cell_slice;
    EACH_UNIT(j) {
      const int32_t own = shift_either(a[n + j], shifts[n + j]);
      const int32_t other = gated(v[j], shift_either(q[n + j], q_shifts[n + j]));
      candidate[j] = clip((int32_t)((uint32_t)own + (uint32_t)other), INT16_MAX);
    }
    function_lookup(cell_slice, cell->tanh, candidate, candidate);
    EACH_UNIT(j) h[i + j] = mixed(update[j], candidate[j], h[i + j]);
  }
}

// s = clip(r h), as y is read of h.
static uint32_t NAME(integer_cell_reset)(size_t count, const sparrow_integer_cell *cell,
                                         const int32_t *restrict a, const int32_t *restrict q,
                                         const int32_t *restrict h, int16_t *restrict s) {
  const int32_t *shifts = cell->shifts, *q_shifts = shifts + 3 * count;
  uint32_t clipped = 0;
  EACH_SLICE(i) {
    int32_t z[cell_slice];
    gate_arguments(cell_slice, a + 3 * i, shifts + 3 * i, q + 2 * i, q_shifts + 2 * i, z);
    function_lookup(cell_slice, cell->sigmoid, z, z);
    EACH_UNIT(j) {
      const int32_t value =
          (int32_t)shift_round_long((int64_t)z[j] * h[i + j], cell->read_shift + 15);
      const int32_t kept = clip(value, cell->limit);
      clipped += (uint32_t)(value - kept + 1) > 2;
      s[i + j] = (int16_t)kept;
    }
  }
  return clipped;
}

static void NAME(integer_cell_candidate)(size_t count, const sparrow_integer_cell *cell,
                                         const int32_t *restrict a, const int32_t *restrict q,
                                         int32_t *restrict h) {
  const int32_t *shifts = cell->shifts, *q_shifts = shifts + 3 * count;
  const int32_t *sums = q + 2 * count, *sum_shifts = shifts + 5 * count;
  EACH_SLICE(i) {
    int32_t v[2 * cell_slice];
    const size_t z = 3 * i + cell_slice, n = 3 * i + 2 * cell_slice, own = 2 * i + cell_slice;
    gate_arguments(cell_slice, a + z, shifts + z, q + own, q_shifts + own, v);
    gate_arguments(cell_slice, a + n, shifts + n, sums + i, sum_shifts + i, v + cell_slice);
    function_lookup(cell_slice, cell->sigmoid, v, v);
    function_lookup(cell_slice, cell->tanh, v + cell_slice, v + cell_slice);
    EACH_UNIT(j) h[i + j] = mixed(v[j], v[cell_slice + j], h[i + j]);
  }
}

static void NAME(integer_cell_events)(size_t count, const int32_t *restrict threshold,
                                      int32_t *restrict h, int32_t *restrict sent) {
  EACH(i) {
    const int32_t value = h[i], least = threshold[i];
    sent[i] = value > least ? value : 0;
    h[i] = value > least ? (int32_t)((uint32_t)value - (uint32_t)least) : value;
  }
}

#undef EACH_SLICE
#undef EACH_UNIT
