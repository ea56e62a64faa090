// Pointwise and column-wise passes of training, over matrices of `rows` x `columns` whose rows are
// contiguous. Per-column operands have `columns` elements and serve every row.

#pragma once

#include "../include/sparrow_training_kernels.h"
#include "names.h"
#include "softmax.h"

#define EACH(i) for (size_t i = 0; i < count; i += VF_WIDTH)
#define LOAD(p) vf_load_upto((p) + i, count - i)
#define STORE(p, v) vf_store_upto((p) + i, (v), count - i)

static void NAME(train_add)(size_t count, const real *x, real *y) {
  EACH(i) STORE(y, LOAD(x) + LOAD(y));
}

static void NAME(train_relu)(size_t count, const real *x, real *y) {
  EACH(i) STORE(y, vf_max(LOAD(x), (vf)0.0f));
}

// dx = dy where the output was positive.
static void NAME(train_relu_backward)(size_t count, const real *y, const real *dy, real *dx) {
  EACH(i) {
    vf slope = LOAD(dy);
    STORE(dx, LOAD(y) > (vf)0.0f ? slope : (vf)0.0f);
  }
}

static void NAME(train_gelu)(size_t count, const real *x, real *y) {
  EACH(i) STORE(y, vf_gelu(LOAD(x)));
}

static void NAME(train_gelu_backward)(size_t count, const real *x, const real *dy, real *dx) {
  EACH(i) STORE(dx, LOAD(dy) * vf_gelu_slope(LOAD(x)));
}

static void NAME(train_sigmoid)(size_t count, const real *x, real *y) {
  EACH(i) STORE(y, vf_sigmoid(LOAD(x)));
}

// y = x * sigmoid(g)
static void NAME(train_gate)(size_t count, const real *x, const real *g, real *y) {
  EACH(i) STORE(y, LOAD(x) * vf_sigmoid(LOAD(g)));
}

// From dy, the gradients of both operands of `train_gate`.
static void NAME(train_gate_backward)(size_t count, const real *x, const real *g, const real *dy,
                                      real *dx, real *dg) {
  EACH(i) {
    vf s = vf_sigmoid(LOAD(g)), slope = LOAD(dy), value = LOAD(x);
    STORE(dx, slope * s);
    STORE(dg, slope * value * s * ((vf)1.0f - s));
  }
}

static double NAME(train_sum_of_squares)(size_t count, const real *x) {
  double total = 0;
  for (size_t start = 0; start < count; start += 4096) {
    size_t end = count - start < 4096 ? count : start + 4096;
    vf sum = (vf)0.0f;
    for (size_t i = start; i < end; i += VF_WIDTH) {
      vf v = vf_load_upto(x + i, end - i);
      sum = vf_fma(v, v, sum);
    }
    total += vf_sum(sum);
  }
  return total;
}

// One step of Adam with decoupled weight decay (Loshchilov and Hutter 2019).
static void NAME(train_adam)(size_t count, const sparrow_adam *o, const real *gradient, real *m,
                             real *v, real *weight) {
  const vf keep1 = (vf)(real)o->beta1, keep2 = (vf)(real)o->beta2;
  const vf take1 = (vf)(real)(1 - o->beta1), take2 = (vf)(real)(1 - o->beta2);
  const vf scale = (vf)(real)o->gradient_scale, epsilon = (vf)(real)o->epsilon;
  const vf step = (vf)(real)(o->rate / (1 - o->beta1_power));
  const vf unbias = (vf)(real)(1 / (1 - o->beta2_power));
  const vf shrink = (vf)(real)(1 - o->rate * o->weight_decay);
  EACH(i) {
    vf g = LOAD(gradient) * scale;
    vf first = vf_fma(keep1, LOAD(m), take1 * g);
    vf second = vf_fma(keep2, LOAD(v), take2 * g * g);
    STORE(m, first);
    STORE(v, second);
    STORE(weight, LOAD(weight) * shrink - step * first / (vf_sqrt(second * unbias) + epsilon));
  }
}

// w = shrink w - rate g: a step of gradient descent.
static void NAME(train_descend)(size_t count, double rate, double shrink, const real *gradient,
                                real *weight) {
  const vf step = (vf)(real)rate, keep = (vf)(real)shrink;
  EACH(i) STORE(weight, LOAD(weight) * keep - step * LOAD(gradient));
}

// y += share (x - y)
static void NAME(train_approach)(size_t count, double share, const real *x, real *y) {
  const vf part = (vf)(real)share;
  EACH(i) {
    vf v = LOAD(y);
    STORE(y, vf_fma(part, LOAD(x) - v, v));
  }
}

#undef EACH
#undef LOAD
#undef STORE

// y = scale x + shift; a NULL `scale` is one, a NULL `shift` is zero. y may be x.
static void NAME(train_affine)(size_t rows, size_t columns, const real *x, const real *scale,
                               const real *shift, real *y) {
  for (size_t r = 0; r < rows; r++, x += columns, y += columns)
    for (size_t i = 0; i < columns; i += VF_WIDTH) {
      size_t left = columns - i;
      vf v = vf_load_upto(x + i, left);
      if (scale) v *= vf_load_upto(scale + i, left);
      if (shift) v += vf_load_upto(shift + i, left);
      vf_store_upto(y + i, v, left);
    }
}

// y += scale x
static void NAME(train_multiply_add)(size_t rows, size_t columns, const real *x,
                                     const real *scale, real *y) {
  for (size_t r = 0; r < rows; r++, x += columns, y += columns)
    for (size_t i = 0; i < columns; i += VF_WIDTH) {
      size_t left = columns - i;
      vf v = vf_fma(vf_load_upto(x + i, left), vf_load_upto(scale + i, left),
                    vf_load_upto(y + i, left));
      vf_store_upto(y + i, v, left);
    }
}

// y = p y + q x + r: the backward pass of a normalisation, whose coefficients are per column.
static void NAME(train_combine)(size_t rows, size_t columns, const real *p, const real *x,
                                const real *q, const real *r, real *y) {
  for (size_t row = 0; row < rows; row++, x += columns, y += columns)
    for (size_t i = 0; i < columns; i += VF_WIDTH) {
      size_t left = columns - i;
      vf v = vf_fma(vf_load_upto(x + i, left), vf_load_upto(q + i, left),
                    vf_load_upto(r + i, left));
      v = vf_fma(vf_load_upto(y + i, left), vf_load_upto(p + i, left), v);
      vf_store_upto(y + i, v, left);
    }
}

// sum += column sums of x, or of x * y where y is given. Rows are summed 64 at a time before they
// are added, which keeps the rounding error of a long column small.
static void NAME(train_column_sums)(size_t rows, size_t columns, const real *x, const real *y,
                                    real *sum) {
  for (size_t start = 0; start < rows; start += 64) {
    size_t end = rows - start < 64 ? rows : start + 64;
    for (size_t i = 0; i < columns; i += VF_WIDTH) {
      size_t left = columns - i;
      vf total = (vf)0.0f;
      for (size_t r = start; r < end; r++) {
        vf v = vf_load_upto(x + r * columns + i, left);
        total = y ? vf_fma(v, vf_load_upto(y + r * columns + i, left), total) : total + v;
      }
      vf_store_upto(sum + i, vf_load_upto(sum + i, left) + total, left);
    }
  }
}

// Rows of `2 * states`: the rectifier that keeps a complex number where its real part is positive.
static void NAME(train_complex_relu)(size_t rows, size_t states, const real *x, real *y) {
  for (size_t r = 0; r < rows; r++, x += 2 * states, y += 2 * states)
    for (size_t i = 0; i < states; i += VF_WIDTH) {
      size_t left = states - i;
      vf re = vf_load_upto(x + i, left), im = vf_load_upto(x + states + i, left);
      vf_store_upto(y + i, re > (vf)0.0f ? re : (vf)0.0f, left);
      vf_store_upto(y + states + i, re > (vf)0.0f ? im : (vf)0.0f, left);
    }
}

static void NAME(train_complex_relu_backward)(size_t rows, size_t states, const real *x,
                                              real *dy) {
  for (size_t r = 0; r < rows; r++, x += 2 * states, dy += 2 * states)
    for (size_t i = 0; i < states; i += VF_WIDTH) {
      size_t left = states - i;
      vf re = vf_load_upto(x + i, left);
      vf d_re = vf_load_upto(dy + i, left), d_im = vf_load_upto(dy + states + i, left);
      vf_store_upto(dy + i, re > (vf)0.0f ? d_re : (vf)0.0f, left);
      vf_store_upto(dy + states + i, re > (vf)0.0f ? d_im : (vf)0.0f, left);
    }
}

// Cross-entropy of rows of logits against a target column each, in nats, and in the logits' place
// its gradient, times `scale`. Rows whose target is negative lose nothing. Returns the sum over
// rows.
static double NAME(train_cross_entropy)(size_t rows, size_t columns, const int32_t *targets,
                                        double scale, real *logits) {
  double loss = 0;
  for (size_t r = 0; r < rows; r++, logits += columns) {
    if (targets[r] < 0) {
      for (size_t i = 0; i < columns; i++) logits[i] = 0;
      continue;
    }
    real largest = largest_of(columns, logits);
    real target = logits[targets[r]];
    vf sum = (vf)0.0f;
    for (size_t i = 0; i < columns; i += VF_WIDTH) {
      size_t left = columns - i;
      vf_store_upto(logits + i, vf_exp(vf_load_upto(logits + i, left) - (vf)largest), left);
      sum += vf_load_upto(logits + i, left);  // zero beyond the row
    }
    real total = (real)vf_sum(sum);
    loss += (double)logarithm(total) + ((double)largest - (double)target);
    vf factor = (vf)(real)(scale / (double)total);
    for (size_t i = 0; i < columns; i += VF_WIDTH) {
      size_t left = columns - i;
      vf_store_upto(logits + i, vf_load_upto(logits + i, left) * factor, left);
    }
    logits[targets[r]] -= (real)scale;
  }
  return loss;
}
