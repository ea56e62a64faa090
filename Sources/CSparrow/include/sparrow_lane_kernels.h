// The kernels of a step of many streams. Streams lie in lanes: a value of a step is a row of
// `lanes` numbers side by side, one a stream. `lanes` is 16 or 32; rows are `lanes` numbers apart.
//
// Where nothing differs from row to row, the kernels of one stream do: with `lanes` times as many
// values.

#ifndef SPARROW_LANE_KERNELS_H
#define SPARROW_LANE_KERNELS_H

#include <stddef.h>
#include <stdint.h>
#include "sparrow_instruction_set.h"
#include "sparrow_kernels.h"
#include "sparrow_plan.h"

// Two weights of a row; one of them may be zero.
typedef struct sparrow_lane_pair {
  uint16_t columns[2];
  int16_t weights[2];
} sparrow_lane_pair;

// The non-zero weights of a matrix of bytes, row after row.
typedef struct sparrow_lane_matrix {
  const sparrow_lane_pair *_Nonnull pairs;
  const uint32_t *_Nonnull ends;  // pairs up to the end of each row
  const int32_t *_Nonnull bias;   // a value a row
} sparrow_lane_matrix;

// Networks in fixed point; see common/lanes.h. `rows`: any number.
typedef struct sparrow_lane_kernels {
  // y = W x + bias of `rows` rows from `first` on, modulo 2^32.
  void (*_Nonnull product)(const sparrow_lane_matrix *_Nonnull m, size_t first, size_t rows,
                           size_t lanes, const int16_t *_Nonnull x, int32_t *_Nonnull y);
  void (*_Nonnull requantize)(size_t rows, size_t lanes, const int32_t *_Nonnull x,
                              const int32_t *_Nonnull shifts, int32_t limit, int32_t rectifies,
                              int16_t *_Nonnull y);
  void (*_Nonnull requantize_add)(size_t rows, size_t lanes, const int32_t *_Nonnull x,
                                  const int32_t *_Nonnull shifts, const int32_t *_Nonnull d,
                                  const int16_t *_Nonnull u, int32_t shift, int32_t limit,
                                  int16_t *_Nonnull y);

  // `rows` complex states of a layer that has `states` of them: the imaginary parts of a, f and x
  // lie so many rows after the real ones, and those of w `rows`. Streams of lanes where `steps` is
  // 0 keep their state; elsewhere it is -1.
  void (*_Nonnull recurrence)(size_t rows, size_t lanes, size_t states,
                              const int32_t *_Nonnull a, int32_t shift,
                              const int32_t *_Nonnull f, const int32_t *_Nonnull shifts,
                              const int32_t *_Nonnull w, const int32_t *_Nonnull steps,
                              int32_t *_Nonnull x);
  // What C reads of them.
  void (*_Nonnull read)(size_t rows, size_t lanes, size_t states, const int32_t *_Nonnull x,
                        int32_t shift, int32_t limit, int32_t rectifies, int16_t *_Nonnull y);
  void (*_Nonnull function)(size_t rows, size_t lanes, const int32_t *_Nonnull table,
                            const int32_t *_Nonnull x, const int32_t *_Nonnull shifts,
                            int32_t shift, int32_t limit, int16_t *_Nonnull y);
  void (*_Nonnull gate)(size_t rows, size_t lanes, const int32_t *_Nonnull table,
                        const int32_t *_Nonnull x, int32_t left, const int32_t *_Nonnull shifts,
                        int32_t shift, int32_t limit, int16_t *_Nonnull y);

  // Cells of `units` units, a multiple of 16: those of one stream are in sparrow_kernels.h. `a` and
  // `q` are the products with the input and with the state.
  void (*_Nonnull cell_rnn)(size_t units, size_t lanes, const sparrow_integer_cell *_Nonnull cell,
                            int32_t rectifies, const int32_t *_Nonnull a,
                            const int32_t *_Nonnull q, const int32_t *_Nonnull steps,
                            int32_t *_Nonnull h);
  void (*_Nonnull cell_lstm)(size_t units, size_t lanes, const sparrow_integer_cell *_Nonnull cell,
                             const int32_t *_Nonnull a, const int32_t *_Nonnull q,
                             const int32_t *_Nonnull steps, int32_t *_Nonnull c,
                             int32_t *_Nonnull h);
  void (*_Nonnull cell_gru)(size_t units, size_t lanes, const sparrow_integer_cell *_Nonnull cell,
                            const int32_t *_Nonnull a, const int32_t *_Nonnull q,
                            const int32_t *_Nonnull steps, int32_t *_Nonnull h);
  void (*_Nonnull cell_reset)(size_t units, size_t lanes, const sparrow_integer_cell *_Nonnull cell,
                              const int32_t *_Nonnull a, const int32_t *_Nonnull q,
                              const int32_t *_Nonnull h, int16_t *_Nonnull s);
  void (*_Nonnull cell_candidate)(size_t units, size_t lanes,
                                  const sparrow_integer_cell *_Nonnull cell,
                                  const int32_t *_Nonnull a, const int32_t *_Nonnull q,
                                  const int32_t *_Nonnull steps, int32_t *_Nonnull h);
  void (*_Nonnull cell_events)(size_t units, size_t lanes, const int32_t *_Nonnull thresholds,
                               const int32_t *_Nonnull steps, int32_t *_Nonnull h,
                               int32_t *_Nonnull sent);

  // Frames of `count` activations, a multiple of 8, that begin `stride` activations after one
  // another: into lanes, and out of them.
  void (*_Nonnull from_frames)(size_t count, size_t lanes, const int16_t *_Nonnull frames,
                               size_t stride, int16_t *_Nonnull y);
  void (*_Nonnull to_frames)(size_t count, size_t lanes, const int16_t *_Nonnull x,
                             int16_t *_Nonnull frames, size_t stride);
} sparrow_lane_kernels;

// The table of an instruction set that is supported.
const sparrow_lane_kernels *_Nonnull sparrow_lane_kernels_for(sparrow_instruction_set isa);

#endif
