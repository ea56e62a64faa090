// What training is made of, in single precision per instruction set, and in double precision for
// checking gradients. Matrices are row-major with contiguous rows; any count and shape will do.

#ifndef SPARROW_TRAINING_KERNELS_H
#define SPARROW_TRAINING_KERNELS_H

#include <stddef.h>
#include <stdint.h>
#include "sparrow_instruction_set.h"
#include "sparrow_product_kernels.h"

// How complex sequences lie in memory: row (step, clip) starts at step * step_stride +
// clip * 2 * states, and holds `states` real parts, then `states` imaginary parts.
typedef struct sparrow_scan {
  size_t states, clips, steps, step_stride;
} sparrow_scan;

typedef struct sparrow_adam {
  double rate, weight_decay, beta1, beta2, epsilon;
  double beta1_power, beta2_power;  // beta1^t and beta2^t at step t, counted from 1
  double gradient_scale;            // what clipping multiplies gradients by
} sparrow_adam;

#define SPARROW_TRAINING_KERNELS(real, name_)                                                     \
  typedef struct sparrow_training_kernels_##name_ {                                               \
    /* x_t = a x_{t-1} + f w_t; see common/scan.h. */                                             \
    void (*_Nonnull scan_forward)(const sparrow_scan *_Nonnull s, const real *_Nonnull a,         \
                                  const real *_Nonnull f, const real *_Nonnull w,                 \
                                  real *_Nonnull x, real *_Nonnull carry);                        \
    void (*_Nonnull scan_carry)(const sparrow_scan *_Nonnull s, const real *_Nonnull a,           \
                                real *_Nonnull x, real *_Nonnull carry);                          \
    void (*_Nonnull scan_backward)(const sparrow_scan *_Nonnull s, const real *_Nonnull a,        \
                                   const real *_Nonnull f, const real *_Nonnull w,                \
                                   const real *_Nonnull x, const real *_Nullable first,           \
                                   real *_Nonnull g, real *_Nonnull adjoint,                      \
                                   real *_Nonnull a_grad, real *_Nonnull f_grad);                 \
    void (*_Nonnull add)(size_t count, const real *_Nonnull x, real *_Nonnull y);                 \
    void (*_Nonnull relu)(size_t count, const real *_Nonnull x, real *_Nonnull y);                \
    void (*_Nonnull relu_backward)(size_t count, const real *_Nonnull y,                          \
                                   const real *_Nonnull dy, real *_Nonnull dx);                   \
    void (*_Nonnull gelu)(size_t count, const real *_Nonnull x, real *_Nonnull y);                \
    void (*_Nonnull gelu_backward)(size_t count, const real *_Nonnull x,                          \
                                   const real *_Nonnull dy, real *_Nonnull dx);                   \
    void (*_Nonnull sigmoid)(size_t count, const real *_Nonnull x, real *_Nonnull y);             \
    void (*_Nonnull gate)(size_t count, const real *_Nonnull x, const real *_Nonnull g,           \
                          real *_Nonnull y);                                                      \
    void (*_Nonnull gate_backward)(size_t count, const real *_Nonnull x, const real *_Nonnull g,  \
                                   const real *_Nonnull dy, real *_Nonnull dx,                    \
                                   real *_Nonnull dg);                                            \
    double (*_Nonnull sum_of_squares)(size_t count, const real *_Nonnull x);                      \
    void (*_Nonnull adam)(size_t count, const sparrow_adam *_Nonnull options,                     \
                          const real *_Nonnull gradient, real *_Nonnull m, real *_Nonnull v,      \
                          real *_Nonnull weight);                                                 \
    void (*_Nonnull descend)(size_t count, double rate, double shrink,                            \
                             const real *_Nonnull gradient, real *_Nonnull weight);               \
    void (*_Nonnull approach)(size_t count, double share, const real *_Nonnull x,                 \
                              real *_Nonnull y);                                                  \
    void (*_Nonnull affine)(size_t rows, size_t columns, const real *_Nonnull x,                  \
                            const real *_Nullable scale, const real *_Nullable shift,             \
                            real *_Nonnull y);                                                    \
    void (*_Nonnull multiply_add)(size_t rows, size_t columns, const real *_Nonnull x,            \
                                  const real *_Nonnull scale, real *_Nonnull y);                  \
    void (*_Nonnull combine)(size_t rows, size_t columns, const real *_Nonnull p,                 \
                             const real *_Nonnull x, const real *_Nonnull q,                      \
                             const real *_Nonnull r, real *_Nonnull y);                           \
    void (*_Nonnull column_sums)(size_t rows, size_t columns, const real *_Nonnull x,             \
                                 const real *_Nullable y, real *_Nonnull sum);                    \
    double (*_Nonnull cross_entropy)(size_t rows, size_t columns,                                 \
                                     const int32_t *_Nonnull targets, double scale,               \
                                     real *_Nonnull logits);                                      \
    void (*_Nonnull complex_relu)(size_t rows, size_t states, const real *_Nonnull x,             \
                                  real *_Nonnull y);                                              \
    void (*_Nonnull complex_relu_backward)(size_t rows, size_t states, const real *_Nonnull x,    \
                                           real *_Nonnull dy);                                    \
    /* Recurrent cells; see common/cells_training.h. */                                           \
    void (*_Nonnull rnn)(size_t rows, size_t units, int rectifies, const real *_Nonnull a,        \
            const real *_Nonnull q, real *_Nonnull h);                                            \
    void (*_Nonnull rnn_backward)(size_t rows, size_t units, int rectifies, const real            \
            *_Nonnull h, const real *_Nonnull dh, real *_Nonnull da);                             \
    void (*_Nonnull lstm)(size_t rows, size_t units, real *_Nonnull a, const real *_Nonnull       \
            q, const real *_Nonnull before, real *_Nonnull c, real *_Nonnull h);                  \
    void (*_Nonnull lstm_backward)(size_t rows, size_t units, const real *_Nonnull gates,         \
            const real *_Nonnull before, const real *_Nonnull c, const real *_Nonnull dh,         \
            real *_Nonnull dc, real *_Nonnull da);                                                \
    void (*_Nonnull gru)(size_t rows, size_t units, real *_Nonnull a, const real *_Nonnull        \
            q, const real *_Nonnull before, real *_Nonnull h);                                    \
    void (*_Nonnull gru_backward)(size_t rows, size_t units, const real *_Nonnull gates,          \
            const real *_Nonnull q, const real *_Nonnull before, real *_Nonnull dh, real          \
            *_Nonnull da, real *_Nonnull dq);                                                     \
    void (*_Nonnull reset)(size_t rows, size_t units, real *_Nonnull a, const real *_Nonnull      \
            q, const real *_Nonnull before, real *_Nonnull s);                                    \
    void (*_Nonnull candidate)(size_t rows, size_t units, real *_Nonnull a, const real            \
            *_Nonnull q, const real *_Nonnull before, real *_Nonnull h);                          \
    void (*_Nonnull candidate_backward)(size_t rows, size_t units, const real *_Nonnull           \
            gates, const real *_Nonnull before, real *_Nonnull dh, real *_Nonnull da);            \
    void (*_Nonnull reset_backward)(size_t rows, size_t units, const real *_Nonnull gates,        \
            const real *_Nonnull before, const real *_Nonnull ds, real *_Nonnull dh, real         \
            *_Nonnull da);                                                                        \
    void (*_Nonnull events)(size_t rows, size_t units, const real *_Nonnull threshold, real       \
            *_Nonnull h, real *_Nonnull y);                                                       \
    void (*_Nonnull events_backward)(size_t rows, size_t units, double damping, double            \
            support, int leaks, const real *_Nonnull threshold, const real *_Nonnull y, const     \
            real *_Nonnull h, const real *_Nonnull dy, real *_Nonnull dh, real *_Nonnull          \
            d_threshold);                                                                         \
  } sparrow_training_kernels_##name_;

SPARROW_TRAINING_KERNELS(float, f32)
SPARROW_TRAINING_KERNELS(double, f64)

const sparrow_training_kernels_f32 *_Nonnull sparrow_training_kernels_f32_for(
    sparrow_instruction_set isa);
const sparrow_training_kernels_f64 *_Nonnull sparrow_training_kernels_f64_for(
    sparrow_instruction_set isa);

#endif
