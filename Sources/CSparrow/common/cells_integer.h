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
#define EACH_PLACE(j) EACH_OF(j, cell_slice)

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

// The sums of 16 places at one gate, with their shifts: 16 units of a stream, each with shifts of
// its own, or a unit of 16 streams, which have the same.
typedef struct cell_sums {
  const int32_t *a, *a_shifts, *q, *q_shifts;
} cell_sums;

// Whether places have shifts of their own; known where the functions below are compiled.
typedef enum cell_places { places_are_streams, places_are_units } cell_places;

VINLINE int32_t own_sum(cell_sums s, size_t place, const cell_places places) {
  return shift_either(s.a[place], s.a_shifts[place * places]);
}

VINLINE int32_t recurrent_sum(cell_sums s, size_t place, const cell_places places) {
  return shift_either(s.q[place], s.q_shifts[place * places]);
}

VINLINE int32_t sum_of_both(cell_sums s, size_t place, const cell_places places) {
  return (int32_t)((uint32_t)own_sum(s, place, places) +
                   (uint32_t)recurrent_sum(s, place, places));
}

// Arguments of a function.
VINLINE void gate_arguments(cell_sums s, int32_t *z, const cell_places places) {
  EACH_PLACE(j) z[j] = clip(sum_of_both(s, j, places), INT16_MAX);
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

// MARK: 16 places

// `h`, `c` and `s`: of the places. `sums`: of the gates, in order.

VINLINE void rnn_places(const sparrow_integer_cell *cell, int32_t rectifies, cell_sums sums,
                        int32_t *restrict h, const cell_places places) {
  if (rectifies) {
    EACH_PLACE(j) h[j] = rectified(sum_of_both(sums, j, places), 1);
    return;
  }
  int32_t z[cell_slice];
  gate_arguments(sums, z, places);
  function_lookup(cell_slice, cell->tanh, z, z);
  EACH_PLACE(j) h[j] = z[j] * (1 << 15);
}

VINLINE uint32_t lstm_places(const sparrow_integer_cell *cell, const cell_sums sums[4],
                             int32_t *restrict c, int32_t *restrict h, const cell_places places) {
  int32_t v[4 * cell_slice], bent[cell_slice];
  const int32_t *in = v, *forget = v + cell_slice, *candidate = v + 2 * cell_slice,
                *out = v + 3 * cell_slice;
  for (size_t gate = 0; gate < 4; gate++) gate_arguments(sums[gate], v + gate * cell_slice, places);
  function_lookup(2 * cell_slice, cell->sigmoid, v, v);
  function_lookup(cell_slice, cell->tanh, candidate, v + 2 * cell_slice);
  function_lookup(cell_slice, cell->sigmoid, out, v + 3 * cell_slice);
  uint32_t clipped = 0;
  EACH_PLACE(j) {
    const int64_t limit = INT32_MAX;
    const int64_t value = shift_round_long((int64_t)forget[j] * c[j], 15) +
                          shift_round(in[j] * candidate[j], cell->product_shift);
    const int64_t low = value < -limit ? -limit : value;
    const int64_t kept = low > limit ? limit : low;
    clipped += kept != value;
    c[j] = (int32_t)kept;
    bent[j] = clip(shift_round_any((int32_t)kept, cell->argument_shift), INT16_MAX);
  }
  function_lookup(cell_slice, cell->tanh, bent, bent);
  EACH_PLACE(j) h[j] = out[j] * bent[j];
  return clipped;
}

VINLINE void gru_places(const sparrow_integer_cell *cell, const cell_sums sums[3],
                        int32_t *restrict h, const cell_places places) {
  int32_t v[3 * cell_slice];
  for (size_t gate = 0; gate < 2; gate++) gate_arguments(sums[gate], v + gate * cell_slice, places);
  function_lookup(2 * cell_slice, cell->sigmoid, v, v);
  const int32_t *update = v + cell_slice;
  int32_t *candidate = v + 2 * cell_slice;
  EACH_PLACE(j) {
    const int32_t other = gated(v[j], recurrent_sum(sums[2], j, places));
    candidate[j] =
        clip((int32_t)((uint32_t)own_sum(sums[2], j, places) + (uint32_t)other), INT16_MAX);
  }
  function_lookup(cell_slice, cell->tanh, candidate, candidate);
  EACH_PLACE(j) h[j] = mixed(update[j], candidate[j], h[j]);
}

// s = clip(r h), as y is read of h.
VINLINE uint32_t reset_places(const sparrow_integer_cell *cell, cell_sums sums,
                              const int32_t *restrict h, int16_t *restrict s,
                              const cell_places places) {
  int32_t z[cell_slice];
  gate_arguments(sums, z, places);
  function_lookup(cell_slice, cell->sigmoid, z, z);
  uint32_t clipped = 0;
  EACH_PLACE(j) {
    const int32_t value = (int32_t)shift_round_long((int64_t)z[j] * h[j], cell->read_shift + 15);
    const int32_t kept = clip(value, cell->limit);
    clipped += (uint32_t)(value - kept + 1) > 2;
    s[j] = (int16_t)kept;
  }
  return clipped;
}

// `sums`: of the update gate and of the candidate.
VINLINE void candidate_places(const sparrow_integer_cell *cell, const cell_sums sums[2],
                              int32_t *restrict h, const cell_places places) {
  int32_t v[2 * cell_slice];
  for (size_t gate = 0; gate < 2; gate++) gate_arguments(sums[gate], v + gate * cell_slice, places);
  function_lookup(cell_slice, cell->sigmoid, v, v);
  function_lookup(cell_slice, cell->tanh, v + cell_slice, v + cell_slice);
  EACH_PLACE(j) h[j] = mixed(v[j], v[cell_slice + j], h[j]);
}

// MARK: Units of a stream

// Sums of a matrix's rows, those of its gates interleaved by slices, and the rows' shifts.
typedef struct cell_rows {
  const int32_t *sums, *shifts;
  size_t gates;
} cell_rows;

VINLINE size_t cell_row(cell_rows rows, size_t gate, size_t unit) {
  const size_t place = unit % cell_slice;
  return rows.gates * (unit - place) + gate * cell_slice + place;
}

// The sums at a gate of 16 places from a unit on, or from a lane of it on: rows have `lanes` sums.
VINLINE cell_sums sums_at(cell_rows a, size_t gate, cell_rows q, size_t q_gate, size_t unit,
                          size_t lanes, size_t lane) {
  const size_t own = cell_row(a, gate, unit), other = cell_row(q, q_gate, unit);
  return (cell_sums){a.sums + own * lanes + lane, a.shifts + own, q.sums + other * lanes + lane,
                     q.shifts + other};
}

// The same at all gates.
VINLINE void sums_of_gates(cell_rows a, cell_rows q, size_t unit, size_t lanes, size_t lane,
                           cell_sums *sums) {
#pragma clang loop unroll(full)
  for (size_t gate = 0; gate < a.gates; gate++)
    sums[gate] = sums_at(a, gate, q, gate, unit, lanes, lane);
}

static void NAME(integer_cell_rnn)(size_t count, const sparrow_integer_cell *cell,
                                   int32_t rectifies, const int32_t *restrict a,
                                   const int32_t *restrict q, int32_t *restrict h) {
  const cell_rows own = {a, cell->shifts, 1}, other = {q, cell->shifts + count, 1};
  EACH_SLICE(i)
    rnn_places(cell, rectifies, sums_at(own, 0, other, 0, i, 1, 0), h + i, places_are_units);
}

static uint32_t NAME(integer_cell_lstm)(size_t count, const sparrow_integer_cell *cell,
                                        const int32_t *restrict a, const int32_t *restrict q,
                                        int32_t *restrict c, int32_t *restrict h) {
  const cell_rows own = {a, cell->shifts, 4}, other = {q, cell->shifts + 4 * count, 4};
  uint32_t clipped = 0;
  EACH_SLICE(i) {
    cell_sums sums[4];
    sums_of_gates(own, other, i, 1, 0, sums);
    clipped += lstm_places(cell, sums, c + i, h + i, places_are_units);
  }
  return clipped;
}

static void NAME(integer_cell_gru)(size_t count, const sparrow_integer_cell *cell,
                                   const int32_t *restrict a, const int32_t *restrict q,
                                   int32_t *restrict h) {
  const cell_rows own = {a, cell->shifts, 3}, other = {q, cell->shifts + 3 * count, 3};
  EACH_SLICE(i) {
    cell_sums sums[3];
    sums_of_gates(own, other, i, 1, 0, sums);
    gru_places(cell, sums, h + i, places_are_units);
  }
}

static uint32_t NAME(integer_cell_reset)(size_t count, const sparrow_integer_cell *cell,
                                         const int32_t *restrict a, const int32_t *restrict q,
                                         const int32_t *restrict h, int16_t *restrict s) {
  const cell_rows own = {a, cell->shifts, 3}, other = {q, cell->shifts + 3 * count, 2};
  uint32_t clipped = 0;
  EACH_SLICE(i)
    clipped += reset_places(cell, sums_at(own, 0, other, 0, i, 1, 0), h + i, s + i,
                            places_are_units);
  return clipped;
}

static void NAME(integer_cell_candidate)(size_t count, const sparrow_integer_cell *cell,
                                         const int32_t *restrict a, const int32_t *restrict q,
                                         int32_t *restrict h) {
  const cell_rows own = {a, cell->shifts, 3}, other = {q, cell->shifts + 3 * count, 2};
  const cell_rows candidate = {q + 2 * count, cell->shifts + 5 * count, 1};
  EACH_SLICE(i) {
    const cell_sums sums[2] = {sums_at(own, 1, other, 1, i, 1, 0),
                               sums_at(own, 2, candidate, 0, i, 1, 0)};
    candidate_places(cell, sums, h + i, places_are_units);
  }
}

// A unit's state after its event, and the event.
VINLINE void event_of_unit(int32_t value, int32_t least, int32_t *kept, int32_t *sent) {
  *sent = value > least ? value : 0;
  *kept = value > least ? (int32_t)((uint32_t)value - (uint32_t)least) : value;
}

static void NAME(integer_cell_events)(size_t count, const int32_t *restrict threshold,
                                      int32_t *restrict h, int32_t *restrict sent) {
  EACH(i) event_of_unit(h[i], threshold[i], h + i, sent + i);
}

#undef EACH_SLICE
#undef EACH_PLACE
