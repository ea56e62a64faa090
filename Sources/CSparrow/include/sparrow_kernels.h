// What a step of a network is made of.
//
// Buffers of a step are padded with zeros to a multiple of 16 floats; "count" below is such a
// multiple. Nothing is aligned beyond four bytes, nothing allocates.

#ifndef SPARROW_KERNELS_H
#define SPARROW_KERNELS_H

#include <stddef.h>
#include <stdint.h>
#include "sparrow_instruction_set.h"
#include "sparrow_plan.h"

// The tables of a Fourier transform of `length` real samples: a power of two, at least
// `sparrow_shortest_transform`.
typedef struct sparrow_transform {
  size_t length;

  // By stage: w, w^2, w^3, each length/8 real parts, then imaginary.
  const float *_Nonnull twiddles;
  const float *_Nonnull unpack;    // e^(-2 pi i k / length), length/2 real parts, then imaginary
} sparrow_transform;

enum { sparrow_shortest_transform = 128 };

// A change of sample rate. Outputs lie a step of `whole + rest / steps` samples apart.
typedef struct sparrow_resampling {
  size_t taps;                    // of a filter; a multiple of 8
  size_t width;                   // the first taps, which are not all zero
  size_t whole, rest, steps;
  const float *_Nonnull filters;  // `taps` for each fraction of 1 / steps
} sparrow_resampling;

typedef void (*sparrow_matvec_f32)(const sparrow_matrix *_Nonnull m, const uint8_t *_Nonnull image,
                                   const float *_Nonnull x, float *_Nonnull y);
typedef void (*sparrow_matmul_f32)(const sparrow_matrix *_Nonnull m, const uint8_t *_Nonnull image,
                                   size_t frames, size_t stride, const float *_Nonnull x,
                                   float *_Nonnull y);
typedef void (*sparrow_matvec_i8)(const sparrow_matrix *_Nonnull m, const uint8_t *_Nonnull image,
                                  const uint8_t *_Nonnull low, const uint8_t *_Nullable high,
                                  int32_t *_Nonnull y);

// The common arguments of the pointwise steps of a recurrent cell in integers.
typedef struct sparrow_integer_cell {
  const int32_t *_Nonnull sigmoid, *_Nonnull tanh;  // tables
  // Of each row, as the sums are interleaved: those of a, then those of q, then, where the reset
  // comes first, those of the candidate. Negative ones go to the left.
  const int32_t *_Nonnull shifts;
  int32_t read_shift;      // from h to what is read of it
  int32_t product_shift;   // of an LSTM's i g, to its c
  int32_t argument_shift;  // of an LSTM's c, to the argument of tanh
  int32_t limit;           // of what is read
} sparrow_integer_cell;

// Networks in fixed point.
typedef struct sparrow_integer_kernels {
  // y = W x + bias by format in integers, modulo 2^32; see the files of the formats in common/.
  // `image`: what the matrix's offsets count from. `y`: `stored_rows`. Activations come as planes
  // of bytes (see common/planes.h), and `sparrow_lookup_overhang` more bytes may be read but count
  // for nothing, except in columns: `high` is null for 8-bit ones. Null where a build leaves a
  // format out.
  sparrow_matvec_i8 _Nullable integer_matvec[sparrow_matrix_format_count];

  // The planes of activations; any count.
  void (*_Nonnull planes_i8)(size_t count, const int8_t *_Nonnull x, uint8_t *_Nonnull low);
  void (*_Nonnull planes_i16)(size_t count, const int16_t *_Nonnull x, uint8_t *_Nonnull low,
                              uint8_t *_Nonnull high);

  // The plane of 8-bit activations that lie in 16-bit integers; any count.
  void (*_Nonnull planes_narrow)(size_t count, const int16_t *_Nonnull x, uint8_t *_Nonnull low);

  // The steps of a layer in integers; see common/integer.h.
  uint32_t (*_Nonnull requantize)(size_t count, const int32_t *_Nonnull x,
                                  const int32_t *_Nonnull shifts, int32_t limit,
                                  int32_t rectifies, int16_t *_Nonnull y);
  uint32_t (*_Nonnull requantize_add)(size_t count, const int32_t *_Nonnull x,
                                      const int32_t *_Nonnull shifts, const int32_t *_Nonnull d,
                                      const int16_t *_Nonnull u, int32_t shift, int32_t limit,
                                      int16_t *_Nonnull y);
  uint32_t (*_Nonnull integer_recurrence)(size_t count, const int32_t *_Nonnull a, int32_t shift,
                                          const int32_t *_Nonnull f,
                                          const int32_t *_Nonnull shifts,
                                          const int32_t *_Nonnull w, int32_t *_Nonnull x);
  uint32_t (*_Nonnull integer_read)(size_t count, const int32_t *_Nonnull x, int32_t shift,
                                    int32_t limit, int32_t rectifies, int16_t *_Nonnull y);
  uint32_t (*_Nonnull integer_add)(size_t count, const int16_t *_Nonnull x, int32_t x_left,
                                   int32_t y_left, int32_t right, int32_t limit,
                                   int32_t rectifies, int16_t *_Nonnull y);
  void (*_Nonnull integer_relu)(size_t count, int16_t *_Nonnull x);
  void (*_Nonnull integer_widen)(size_t count, const int16_t *_Nonnull x, int32_t left,
                                 int32_t *_Nonnull y);
  void (*_Nonnull integer_function)(size_t count, const int32_t *_Nonnull table,
                                    const int32_t *_Nonnull x, const int32_t *_Nonnull shifts,
                                    int32_t shift, int32_t limit, int16_t *_Nonnull y);
  uint32_t (*_Nonnull integer_gate)(size_t count, const int32_t *_Nonnull table,
                                    const int32_t *_Nonnull x, int32_t left,
                                    const int32_t *_Nonnull shifts, int32_t shift, int32_t limit,
                                    int16_t *_Nonnull y);

  // Layer normalisation; see common/layer_normalization.h. y may be x.
  uint32_t (*_Nonnull integer_layer_normalize)(size_t count, size_t own, int32_t centers,
                                               uint64_t epsilon, const int32_t *_Nonnull scale,
                                               const int32_t *_Nonnull shift, int32_t left,
                                               int32_t right, int32_t limit,
                                               const int16_t *_Nonnull x, int16_t *_Nonnull y);

  // Recurrent cells, a product having made the sums a of the input and q of the state, gates
  // interleaved; see common/cells_integer.h.
  uint32_t (*_Nonnull integer_cell_read)(size_t count, const int32_t *_Nonnull h, int32_t shift,
                                         int32_t limit, int16_t *_Nonnull y);
  void (*_Nonnull integer_cell_rnn)(size_t count, const sparrow_integer_cell *_Nonnull cell,
                                    int32_t rectifies, const int32_t *_Nonnull a,
                                    const int32_t *_Nonnull q, int32_t *_Nonnull h);
  uint32_t (*_Nonnull integer_cell_lstm)(size_t count, const sparrow_integer_cell *_Nonnull cell,
                                         const int32_t *_Nonnull a, const int32_t *_Nonnull q,
                                         int32_t *_Nonnull c, int32_t *_Nonnull h);
  void (*_Nonnull integer_cell_gru)(size_t count, const sparrow_integer_cell *_Nonnull cell,
                                    const int32_t *_Nonnull a, const int32_t *_Nonnull q,
                                    int32_t *_Nonnull h);

  // s = r h, where q has two gates; then h, where the candidate's sums follow those of q.
  uint32_t (*_Nonnull integer_cell_reset)(size_t count, const sparrow_integer_cell *_Nonnull cell,
                                          const int32_t *_Nonnull a, const int32_t *_Nonnull q,
                                          const int32_t *_Nonnull h, int16_t *_Nonnull s);
  void (*_Nonnull integer_cell_candidate)(size_t count, const sparrow_integer_cell *_Nonnull cell,
                                          const int32_t *_Nonnull a, const int32_t *_Nonnull q,
                                          int32_t *_Nonnull h);

  // sent = h where it exceeds its threshold and 0 elsewhere; what was sent takes the threshold from
  // h.
  void (*_Nonnull integer_cell_events)(size_t count, const int32_t *_Nonnull threshold,
                                       int32_t *_Nonnull h, int32_t *_Nonnull sent);
  uint64_t (*_Nonnull count_active_i16)(size_t count, const int16_t *_Nonnull x,
                                        const uint32_t *_Nonnull counts, uint64_t *_Nonnull sum);
  uint32_t (*_Nonnull quantize)(size_t count, const float *_Nonnull x, float scale, int32_t limit,
                                int16_t *_Nonnull y);
  void (*_Nonnull dequantize)(size_t count, const int16_t *_Nonnull x, float step,
                              float *_Nonnull y);
} sparrow_integer_kernels;

// Networks in single precision.
typedef struct sparrow_float_kernels {
  // y = W x + bias by format, where the matrix's arithmetic is SPARROW_F32; see the files of the
  // formats in common/. `image`: what the matrix's offsets count from. `x`: `columns` values, and
  // `sparrow_lookup_overhang` more that may be read but count for nothing. `y`: `stored_rows`.
  sparrow_matvec_f32 _Nonnull matvec[sparrow_matrix_format_count];

  // y = W x + bias in the dense format where the arithmetic is SPARROW_BF16.
  sparrow_matvec_f32 _Nonnull matvec_dense_bfloat16;

  // Both dense ones for several frames, whose x are `stride` floats apart, as their y are. Each
  // frame's y has the bits that it has alone.
  sparrow_matmul_f32 _Nonnull matmul_dense, matmul_dense_bfloat16;

  // The planes of floats that are rounded to -limit...limit, and their scale; see
  // common/rounding.h.
  float (*_Nonnull round_activations)(size_t count, int32_t limit, const float *_Nonnull x,
                                      uint8_t *_Nonnull low, uint8_t *_Nonnull high);

  // y = scale scales sums + bias; y may lie where the sums do.
  void (*_Nonnull scale_sums)(size_t count, const int32_t *_Nonnull sums, float scale,
                              const float *_Nonnull scales, const float *_Nonnull bias,
                              float *_Nonnull y);

  // In place.
  void (*_Nonnull relu)(size_t count, float *_Nonnull x);
  void (*_Nonnull gelu)(size_t count, float *_Nonnull x);
  void (*_Nonnull sigmoid)(size_t count, float *_Nonnull x);
  void (*_Nonnull tanh)(size_t count, float *_Nonnull x);

  // x *= sigmoid(gate)
  void (*_Nonnull gate)(size_t count, const float *_Nonnull gate, float *_Nonnull x);

  // y += x
  void (*_Nonnull add)(size_t count, const float *_Nonnull x, float *_Nonnull y);

  // y += a x
  void (*_Nonnull multiply_add)(size_t count, const float *_Nonnull a, const float *_Nonnull x,
                                float *_Nonnull y);

  // y = scale x + shift; y may be x.
  void (*_Nonnull affine)(size_t count, const float *_Nonnull scale, const float *_Nonnull shift,
                          const float *_Nonnull x, float *_Nonnull y);

  // Layer normalisation over the first `own` of `count` values; see common/layer_normalization.h. y
  // may be x.
  void (*_Nonnull layer_normalize)(size_t count, size_t own, int32_t centers, float epsilon,
                                   const float *_Nonnull scale, const float *_Nonnull shift,
                                   const float *_Nonnull x, float *_Nonnull y);

  // How many x[i] are not zero; adds to `sum` the counts[i], each below 2^20, of those. Any count.
  uint64_t (*_Nonnull count_active)(size_t count, const float *_Nonnull x,
                                    const uint32_t *_Nonnull counts, uint64_t *_Nonnull sum);

  // Complex vectors: `count` real parts, then `count` imaginary parts.
  void (*_Nonnull complex_relu)(size_t count, const float *_Nonnull x, float *_Nonnull y);

  // x = a x + f w
  void (*_Nonnull recurrence)(size_t count, const float *_Nonnull a, const float *_Nonnull f,
                              const float *_Nonnull w, float *_Nonnull x);

  // The pointwise part of a step of recurrent cells, a product having made a = W x + b and
  // q = R h + c, gates interleaved; see common/cells.h. `y` gets what the layer gives.
  void (*_Nonnull cell_rnn)(size_t count, int32_t rectifies, const float *_Nonnull a,
                            const float *_Nonnull q, float *_Nonnull h, float *_Nonnull y);
  void (*_Nonnull cell_lstm)(size_t count, const float *_Nonnull a, const float *_Nonnull q,
                             float *_Nonnull c, float *_Nonnull h, float *_Nonnull y);
  void (*_Nonnull cell_gru)(size_t count, const float *_Nonnull a, const float *_Nonnull q,
                            float *_Nonnull h, float *_Nonnull y);

  // s = r h, where q has two gates; then h, where the candidate's product is made.
  void (*_Nonnull cell_reset)(size_t count, const float *_Nonnull a, const float *_Nonnull q,
                              const float *_Nonnull h, float *_Nonnull s);
  void (*_Nonnull cell_candidate)(size_t count, const float *_Nonnull a, const float *_Nonnull q,
                                  const float *_Nonnull candidate, float *_Nonnull h,
                                  float *_Nonnull y);

  // y, sent = h where it exceeds its threshold and 0 elsewhere; what was sent takes the threshold
  // from h.
  void (*_Nonnull cell_events)(size_t count, const float *_Nonnull threshold, float *_Nonnull h,
                               float *_Nonnull sent, float *_Nonnull y);

  // log of the sum of e^x; any count of at least one.
  float (*_Nonnull log_sum_exp)(size_t count, const float *_Nonnull x);

  // The sum of x h, the same bits on every processor; see common/filter.h. A multiple of 8.
  float (*_Nonnull filter)(size_t taps, const float *_Nonnull x, const float *_Nonnull h);

  // y = the same at all places from `offset + fraction / steps` on whose `width` samples are among
  // the `count` of x, with `taps` more that may be read. Returns how many, and leaves the next
  // place.
  size_t (*_Nonnull resample)(const sparrow_resampling *_Nonnull r, const float *_Nonnull x,
                              size_t count, size_t *_Nonnull offset, size_t *_Nonnull fraction,
                              float *_Nonnull y);
} sparrow_float_kernels;

// Sound on its way into and out of networks: the same bits on every processor; see
// common/transform.h.
typedef struct sparrow_signal_kernels {
  // re, im: bins 0...length/2 of window * frame; `work`: length + 16, where `frame` may lie.
  void (*_Nonnull transform_forward)(const sparrow_transform *_Nonnull t,
                                     const float *_Nonnull frame, const float *_Nonnull window,
                                     float *_Nonnull re, float *_Nonnull im,
                                     float *_Nonnull work);

  // frame = window * (length/2) * inverse of re, im, which are used up, and where `frame` may lie;
  // `work`: length.
  void (*_Nonnull transform_inverse)(const sparrow_transform *_Nonnull t,
                                     float *_Nonnull re, float *_Nonnull im,
                                     const float *_Nonnull window, float *_Nonnull frame,
                                     float *_Nonnull work);

  // y = (re^2 + im^2 + floor)^power; any count.
  void (*_Nonnull spectrum_power)(size_t count, const float *_Nonnull re,
                                  const float *_Nonnull im, float floor, float power,
                                  float *_Nonnull y);

  // reference += (rise or fall) (c - reference), y = c / (reference + offset); any count.
  void (*_Nonnull spectrum_follow)(size_t count, const float *_Nonnull c, float rise, float fall,
                                   float offset, float *_Nonnull reference, float *_Nonnull y);

  // x = e^x, within e^±87; any count.
  void (*_Nonnull portable_exp)(size_t count, float *_Nonnull x);

  // x = gain sigmoid(x); any count.
  void (*_Nonnull spectrum_sigmoid)(size_t count, float gain, float *_Nonnull x);

  // re *= mask, im *= mask; any count.
  void (*_Nonnull spectrum_mask)(size_t count, const float *_Nonnull mask, float *_Nonnull re,
                                 float *_Nonnull im);

  // y += x; a multiple of 16.
  void (*_Nonnull add)(size_t count, const float *_Nonnull x, float *_Nonnull y);
} sparrow_signal_kernels;

// Making plans; not needed where they are run.
typedef struct sparrow_packing_kernels {
  // Steps that a lookup takes for each of some panels, where it takes one weight of a row at a
  // time. `counts`, by panel, by quarter of a window, of which there are at least four, and by row:
  // the row's non-zeros there, at most 63.
  void (*_Nonnull lookup_steps)(size_t panels, size_t quarters, const uint8_t *_Nonnull counts,
                                int32_t *_Nonnull steps);
} sparrow_packing_kernels;

static inline void sparrow_multiply(const sparrow_float_kernels *_Nonnull kernels, sparrow_matrix m,
                                    const uint8_t *_Nonnull image, const float *_Nonnull x,
                                    float *_Nonnull y) {
  if (m.arithmetic == SPARROW_BF16)
    kernels->matvec_dense_bfloat16(&m, image, x, y);
  else
    kernels->matvec[m.format](&m, image, x, y);
}

// The same for several frames, x and y of each `stride` floats after those of the one before.
static inline void sparrow_multiply_frames(const sparrow_float_kernels *_Nonnull kernels,
                                           sparrow_matrix m, const uint8_t *_Nonnull image,
                                           size_t frames,
                                           size_t stride, const float *_Nonnull x,
                                           float *_Nonnull y) {
  if (m.format == SPARROW_MATRIX_DENSE) {
    (m.arithmetic == SPARROW_BF16 ? kernels->matmul_dense_bfloat16 : kernels->matmul_dense)(
        &m, image, frames, stride, x, y);
    return;
  }
  for (size_t f = 0; f < frames; f++)
    sparrow_multiply(kernels, m, image, x + f * stride, y + f * stride);
}

static inline void sparrow_multiply_integers(const sparrow_integer_kernels *_Nonnull kernels,
                                             sparrow_matrix m, const uint8_t *_Nonnull image,
                                             const uint8_t *_Nonnull low,
                                             const uint8_t *_Nullable high, int32_t *_Nonnull y) {
  kernels->integer_matvec[m.format](&m, image, low, high, y);
}

// Whether there is a kernel for a format.
static inline bool sparrow_multiplies_integers(const sparrow_integer_kernels *_Nonnull kernels,
                                               uint32_t format) {
  return format < sparrow_matrix_format_count && kernels->integer_matvec[format] != NULL;
}

// The tables of an instruction set that is supported.
const sparrow_integer_kernels *_Nonnull sparrow_integer_kernels_for(sparrow_instruction_set isa);
const sparrow_float_kernels *_Nonnull sparrow_float_kernels_for(sparrow_instruction_set isa);
const sparrow_signal_kernels *_Nonnull sparrow_signal_kernels_for(sparrow_instruction_set isa);
const sparrow_packing_kernels *_Nonnull sparrow_packing_kernels_for(sparrow_instruction_set isa);

#endif
