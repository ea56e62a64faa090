// Pointwise steps of a layer. `count` is a multiple of 16 (buffers of the runtime are padded).

#pragma once

#include "../include/sparrow_kernels.h"
#include "names.h"
#include "softmax.h"

#define EACH_VECTOR(i) for (size_t i = 0; i < count; i += VF_WIDTH)

static void NAME(relu)(size_t count, float *x) {
  EACH_VECTOR(i) vf_store(x + i, vf_max(vf_load(x + i), (vf)0.0f));
}

static void NAME(gelu)(size_t count, float *x) {
  EACH_VECTOR(i) vf_store(x + i, vf_gelu(vf_load(x + i)));
}

static void NAME(sigmoid)(size_t count, float *x) {
  EACH_VECTOR(i) vf_store(x + i, vf_sigmoid(vf_load(x + i)));
}

static void NAME(tanh)(size_t count, float *x) {
  EACH_VECTOR(i) vf_store(x + i, vf_tanh(vf_load(x + i)));
}

static void NAME(gate)(size_t count, const float *gate, float *x) {
  EACH_VECTOR(i) vf_store(x + i, vf_load(x + i) * vf_sigmoid(vf_load(gate + i)));
}

static void NAME(add)(size_t count, const float *x, float *y) {
  EACH_VECTOR(i) vf_store(y + i, vf_load(x + i) + vf_load(y + i));
}

static void NAME(multiply_add)(size_t count, const float *a, const float *x, float *y) {
  EACH_VECTOR(i) vf_store(y + i, vf_fma(vf_load(a + i), vf_load(x + i), vf_load(y + i)));
}

static void NAME(affine)(size_t count, const float *scale, const float *shift, const float *x,
                         float *y) {
  EACH_VECTOR(i)
    vf_store(y + i, vf_fma(vf_load(scale + i), vf_load(x + i), vf_load(shift + i)));
}

// The rectifier of a complex state keeps the whole number where its real part is positive.
static void NAME(complex_relu)(size_t count, const float *x, float *y) {
  const float *x_re = x, *x_im = x + count;
  EACH_VECTOR(i) {
    vf re = vf_load(x_re + i), im = vf_load(x_im + i);
    vf_store(y + i, re > (vf)0.0f ? re : (vf)0.0f);
    vf_store(y + count + i, re > (vf)0.0f ? im : (vf)0.0f);
  }
}

// x = a x + f w, all complex and stored as `count` real parts, then `count` imaginary parts.
static void NAME(recurrence)(size_t count, const float *a, const float *f, const float *w,
                             float *x) {
  EACH_VECTOR(i) {
    vf a_re = vf_load(a + i), a_im = vf_load(a + count + i);
    vf f_re = vf_load(f + i), f_im = vf_load(f + count + i);
    vf w_re = vf_load(w + i), w_im = vf_load(w + count + i);
    vf x_re = vf_load(x + i), x_im = vf_load(x + count + i);
    vf re = vf_fma(a_re, x_re, f_re * w_re) - vf_fma(a_im, x_im, f_im * w_im);
    vf im = vf_fma(a_re, x_im, f_re * w_im) + vf_fma(a_im, x_re, f_im * w_re);
    vf_store(x + i, re);
    vf_store(x + count + i, im);
  }
}

#undef EACH_VECTOR

static uint64_t NAME(count_active)(size_t count, const float *x, const uint32_t *counts,
                                   uint64_t *sum) {
  uint64_t active = 0;
  for (size_t start = 0; start < count; start += 1 << 12) {  // a block's sum fits 32 bits
    const size_t end = count - start < 1 << 12 ? count : start + (1 << 12);
    uint32_t block_active = 0, block_sum = 0;
    for (size_t i = start; i < end; i++) {
      block_active += x[i] != 0.0f;
      block_sum += x[i] != 0.0f ? counts[i] : 0;
    }
    active += block_active;
    *sum += block_sum;
  }
  return active;
}

// log of the sum of e^x, any count of at least one.
static float NAME(log_sum_exp)(size_t count, const float *x) {
  const float largest = largest_of(count, x);
  vf sum = (vf)0.0f;
  size_t whole = count / VF_WIDTH * VF_WIDTH;
  for (size_t i = 0; i < whole; i += VF_WIDTH) sum += vf_exp(vf_load(x + i) - (vf)largest);
  if (whole < count) {
    float lanes[VF_WIDTH];
    vf_store(lanes, vf_exp(vf_load_upto(x + whole, count - whole) - (vf)largest));
    sum += vf_load_upto(lanes, count - whole);
  }
  return largest + logarithm(vf_sum(sum));
}
