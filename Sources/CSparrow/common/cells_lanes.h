// The pointwise part of a step of recurrent cells in integers, of many streams: what
// cells_integer.h computes, a unit of 16 streams at a time. Sums lie as there, each row with a
// value a lane. Streams of lanes where `steps` is 0 keep their state; elsewhere it is -1.

#pragma once

#include "cells_integer.h"

#define EACH_SIXTEEN(unit, lane)              \
  for (size_t unit = 0; unit < units; unit++) \
    for (size_t lane = 0; lane < lanes; lane += cell_slice)
#define EACH_STREAM(j) EACH_OF(j, cell_slice)

VINLINE void copy_streams(const int32_t *restrict from, int32_t *restrict to) {
  EACH_STREAM(j) to[j] = from[j];
}

// The next values of the streams that take a step.
VINLINE void keep_next(const int32_t *restrict next, const int32_t *restrict steps,
                       int32_t *restrict x) {
  EACH_STREAM(j) x[j] = steps[j] ? next[j] : x[j];
}

static void NAME(lane_rnn)(size_t units, size_t lanes, const sparrow_integer_cell *cell,
                           int32_t rectifies, const int32_t *a, const int32_t *q,
                           const int32_t *steps, int32_t *h) {
  const cell_rows own = {a, cell->shifts, 1}, other = {q, cell->shifts + units, 1};
  EACH_SIXTEEN(unit, lane) {
    int32_t next[cell_slice];
    rnn_places(cell, rectifies, sums_at(own, 0, other, 0, unit, lanes, lane), next,
               places_are_streams);
    keep_next(next, steps + lane, h + unit * lanes + lane);
  }
}

static void NAME(lane_lstm)(size_t units, size_t lanes, const sparrow_integer_cell *cell,
                            const int32_t *a, const int32_t *q, const int32_t *steps, int32_t *c,
                            int32_t *h) {
  const cell_rows own = {a, cell->shifts, 4}, other = {q, cell->shifts + 4 * units, 4};
  EACH_SIXTEEN(unit, lane) {
    cell_sums sums[4];
    int32_t next[cell_slice], next_c[cell_slice];
    const size_t first = unit * lanes + lane;
    sums_of_gates(own, other, unit, lanes, lane, sums);
    copy_streams(c + first, next_c);
    lstm_places(cell, sums, next_c, next, places_are_streams);
    keep_next(next_c, steps + lane, c + first);
    keep_next(next, steps + lane, h + first);
  }
}

static void NAME(lane_gru)(size_t units, size_t lanes, const sparrow_integer_cell *cell,
                           const int32_t *a, const int32_t *q, const int32_t *steps, int32_t *h) {
  const cell_rows own = {a, cell->shifts, 3}, other = {q, cell->shifts + 3 * units, 3};
  EACH_SIXTEEN(unit, lane) {
    cell_sums sums[3];
    int32_t next[cell_slice];
    const size_t first = unit * lanes + lane;
    sums_of_gates(own, other, unit, lanes, lane, sums);
    copy_streams(h + first, next);
    gru_places(cell, sums, next, places_are_streams);
    keep_next(next, steps + lane, h + first);
  }
}

static void NAME(lane_reset)(size_t units, size_t lanes, const sparrow_integer_cell *cell,
                             const int32_t *a, const int32_t *q, const int32_t *h, int16_t *s) {
  const cell_rows own = {a, cell->shifts, 3}, other = {q, cell->shifts + 3 * units, 2};
  EACH_SIXTEEN(unit, lane) {
    const size_t first = unit * lanes + lane;
    reset_places(cell, sums_at(own, 0, other, 0, unit, lanes, lane), h + first, s + first,
                 places_are_streams);
  }
}

static void NAME(lane_candidate)(size_t units, size_t lanes, const sparrow_integer_cell *cell,
                                 const int32_t *a, const int32_t *q, const int32_t *steps,
                                 int32_t *h) {
  const cell_rows own = {a, cell->shifts, 3}, other = {q, cell->shifts + 3 * units, 2};
  const cell_rows candidate = {q + 2 * units * lanes, cell->shifts + 5 * units, 1};
  EACH_SIXTEEN(unit, lane) {
    const cell_sums sums[2] = {sums_at(own, 1, other, 1, unit, lanes, lane),
                               sums_at(own, 2, candidate, 0, unit, lanes, lane)};
    int32_t next[cell_slice];
    const size_t first = unit * lanes + lane;
    copy_streams(h + first, next);
    candidate_places(cell, sums, next, places_are_streams);
    keep_next(next, steps + lane, h + first);
  }
}

static void NAME(lane_events)(size_t units, size_t lanes, const int32_t *thresholds,
                              const int32_t *steps, int32_t *h, int32_t *sent) {
  EACH_SIXTEEN(unit, lane) {
    const size_t first = unit * lanes + lane;
    const int32_t least = thresholds[unit];
    int32_t next[cell_slice], next_sent[cell_slice];
    EACH_STREAM(j) event_of_unit(h[first + j], least, next + j, next_sent + j);
    keep_next(next, steps + lane, h + first);
    keep_next(next_sent, steps + lane, sent + first);
  }
}

#undef EACH_SIXTEEN
#undef EACH_STREAM
