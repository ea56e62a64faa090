// The Fourier transform of a real frame, and its inverse.
//
// A frame of n = 2m samples is taken as m complex numbers (even samples real, odd ones imaginary),
// transformed by Stockham's self-sorting radix-4 algorithm, then unpacked. Real and imaginary
// parts live in separate arrays, so the inverse transform is the forward one with the two swapped.
//
// In Stockham's form every stage reads the four quarters of its input side by side; only the
// order in which results are stored depends on the stage, by blocks of `stride` (1, 4, 16, ...).

//
// The same bits on every processor: every operation is elementwise, in one order, and rounds by
// itself.

#pragma once

#include "../include/sparrow_kernels.h"
#include "names.h"

#if VF_WIDTH > 1

// Stores a[0] b[0] c[0] d[0] a[1] ... where an element is a block of `stride` floats.
VINLINE void transform_store_blocks(float *to, vf a, vf b, vf c, vf d, const size_t stride) {
#define ZIP(low, high)                                        \
  vf ac0 = low(a, c), ac1 = high(a, c);                       \
  vf bd0 = low(b, d), bd1 = high(b, d);                       \
  vf_store(to, low(ac0, bd0));                                \
  vf_store(to + VF_WIDTH, high(ac0, bd0));                    \
  vf_store(to + 2 * VF_WIDTH, low(ac1, bd1));                 \
  vf_store(to + 3 * VF_WIDTH, high(ac1, bd1));
  if (stride == 1) {
    ZIP(vf_zip_low, vf_zip_high)
  } else {
    ZIP(vf_zip4_low, vf_zip4_high)
  }
#undef ZIP
}
#endif

VINLINE void transform_store(float *to, size_t j, vf a, vf b, vf c, vf d, const size_t stride) {
#if VF_WIDTH > 1
  if (stride < VF_WIDTH) {
    transform_store_blocks(to + 4 * j, a, b, c, d, stride);
    return;
  }
#endif
  size_t block = j / stride, within = j % stride;
  to += 4 * stride * block + within;
  vf_store(to, a);
  vf_store(to + stride, b);
  vf_store(to + 2 * stride, c);
  vf_store(to + 3 * stride, d);
}

// One radix-4 stage of m points. `w`: the factors of the three rotated outputs, six arrays of m/4;
// NULL in the last stage, where all are one.
VINLINE void transform_stage(size_t m, const float *w, const float *from_re, const float *from_im,
                             float *to_re, float *to_im, const size_t stride) {
  const size_t q = m / 4;
  for (size_t j = 0; j < q; j += VF_WIDTH) {
    vf a_re = vf_load(from_re + j), a_im = vf_load(from_im + j);
    vf b_re = vf_load(from_re + q + j), b_im = vf_load(from_im + q + j);
    vf c_re = vf_load(from_re + 2 * q + j), c_im = vf_load(from_im + 2 * q + j);
    vf d_re = vf_load(from_re + 3 * q + j), d_im = vf_load(from_im + 3 * q + j);
    vf sum0_re = a_re + c_re, sum0_im = a_im + c_im, dif0_re = a_re - c_re, dif0_im = a_im - c_im;
    vf sum1_re = b_re + d_re, sum1_im = b_im + d_im, dif1_re = b_re - d_re, dif1_im = b_im - d_im;
    vf y0_re = sum0_re + sum1_re, y0_im = sum0_im + sum1_im;
    vf y1_re = dif0_re + dif1_im, y1_im = dif0_im - dif1_re;
    vf y2_re = sum0_re - sum1_re, y2_im = sum0_im - sum1_im;
    vf y3_re = dif0_re - dif1_im, y3_im = dif0_im + dif1_re;
    if (w) {
#define ROTATE(y, k)                                                                    \
  vf w##k##_re = vf_load(w + (2 * k - 2) * q + j), w##k##_im = vf_load(w + (2 * k - 1) * q + j); \
  vf r##k##_re = vf_multiply_add(y##_re, w##k##_re, -(y##_im * w##k##_im));                      \
  vf r##k##_im = vf_multiply_add(y##_re, w##k##_im, y##_im * w##k##_re);
      ROTATE(y1, 1)
      ROTATE(y2, 2)
      ROTATE(y3, 3)
#undef ROTATE
      transform_store(to_re, j, y0_re, r1_re, r2_re, r3_re, stride);
      transform_store(to_im, j, y0_im, r1_im, r2_im, r3_im, stride);
    } else {
      transform_store(to_re, j, y0_re, y1_re, y2_re, y3_re, stride);
      transform_store(to_im, j, y0_im, y1_im, y2_im, y3_im, stride);
    }
  }
}

// The last stage when m is not a power of four.
VINLINE void transform_last_pair(size_t m, const float *from_re, const float *from_im,
                                 float *to_re, float *to_im) {
  for (size_t j = 0; j < m / 2; j += VF_WIDTH) {
    vf a_re = vf_load(from_re + j), a_im = vf_load(from_im + j);
    vf b_re = vf_load(from_re + m / 2 + j), b_im = vf_load(from_im + m / 2 + j);
    vf_store(to_re + j, a_re + b_re);
    vf_store(to_im + j, a_im + b_im);
    vf_store(to_re + m / 2 + j, a_re - b_re);
    vf_store(to_im + m / 2 + j, a_im - b_im);
  }
}

// Transforms `re`, `im` (m points) in place, by way of `work_re`, `work_im`.
VINLINE void transform_complex(const sparrow_transform *t, float *re, float *im, float *work_re,
                               float *work_im) {
  const size_t m = t->length / 2;
  const float *w = t->twiddles;
  float *from_re = re, *from_im = im, *to_re = work_re, *to_im = work_im;
  size_t stride = 1, left = m;
  while (left >= 4) {
    const float *factors = left > 4 ? w : NULL;
    if (stride == 1) transform_stage(m, factors, from_re, from_im, to_re, to_im, 1);
    else if (stride == 4) transform_stage(m, factors, from_re, from_im, to_re, to_im, 4);
    else transform_stage(m, factors, from_re, from_im, to_re, to_im, stride);
    w += 6 * (m / 4);
    left /= 4;
    stride *= 4;
    float *swap = from_re; from_re = to_re; to_re = swap;
    swap = from_im; from_im = to_im; to_im = swap;
  }
  if (left == 2) {
    transform_last_pair(m, from_re, from_im, to_re, to_im);
    from_re = to_re;
    from_im = to_im;
  }
  if (from_re != re) {
    __builtin_memcpy(re, from_re, m * sizeof(float));
    __builtin_memcpy(im, from_im, m * sizeof(float));
  }
}

// `frame`: n samples, multiplied by `window` (n) on the way in. `re`, `im`: bins 0...n/2.
// `work`: n + 16 floats, where `frame` may lie.
static void NAME(transform_forward)(const sparrow_transform *t, const float *frame,
                                    const float *window, float *re, float *im, float *work) {
  const size_t m = t->length / 2;
  for (size_t k = 0; k < m; k += VF_WIDTH) {
    vf even, odd;
    vf_load_pairs(frame + 2 * k, &even, &odd);
    vf window_even, window_odd;
    vf_load_pairs(window + 2 * k, &window_even, &window_odd);
    vf_store(re + k, even * window_even);
    vf_store(im + k, odd * window_odd);
  }
  transform_complex(t, re, im, work, work + m);
  // X[k] = E[k] + w^k O[k], where E and O come from Z[k] and conj Z[m-k]; Z[m] is Z[0]. Bins k
  // and m-k are read together, so the copy in `work` keeps what is still to be read.
  __builtin_memcpy(work, re, m * sizeof(float));
  __builtin_memcpy(work + m + 8, im, m * sizeof(float));
  const float *z_re = work, *z_im = work + m + 8;
  const float first_re = re[0], first_im = im[0];
  work[m] = first_re;
  work[2 * m + 8] = first_im;
  const float *u_re = t->unpack, *u_im = t->unpack + m;
  for (size_t k = 0; k < m; k += VF_WIDTH) {
    vf a_re = vf_load(z_re + k), a_im = vf_load(z_im + k);
    vf b_re = vf_load_reversed(z_re + m - k), b_im = -vf_load_reversed(z_im + m - k);
    vf even_re = (vf)0.5f * (a_re + b_re), even_im = (vf)0.5f * (a_im + b_im);
    vf odd_re = (vf)0.5f * (a_im - b_im), odd_im = (vf)-0.5f * (a_re - b_re);
    vf w_re = vf_load(u_re + k), w_im = vf_load(u_im + k);
    vf_store(re + k, even_re + vf_multiply_add(w_re, odd_re, -(w_im * odd_im)));
    vf_store(im + k, even_im + vf_multiply_add(w_re, odd_im, w_im * odd_re));
  }
  re[m] = first_re - first_im;
  im[m] = 0.0f;
}

// The inverse, times n/2: `window` (n) carries the scale, and `frame` = window * inverse(re, im).
// The imaginary parts of bins 0 and n/2 are taken as zero. `re` and `im` are used up, and `frame`
// may lie where they do. `work`: n floats.
static void NAME(transform_inverse)(const sparrow_transform *t, float *re, float *im,
                                    const float *window, float *frame, float *work) {
  const size_t m = t->length / 2;
  float *z_re = work, *z_im = work + m;
  const float *u_re = t->unpack, *u_im = t->unpack + m;
  for (size_t k = 0; k < m; k += VF_WIDTH) {
    vf a_re = vf_load(re + k), a_im = vf_load(im + k);
    vf b_re = vf_load_reversed(re + m - k), b_im = -vf_load_reversed(im + m - k);
    vf even_re = (vf)0.5f * (a_re + b_re), even_im = (vf)0.5f * (a_im + b_im);
    vf d_re = (vf)0.5f * (a_re - b_re), d_im = (vf)0.5f * (a_im - b_im);
    vf w_re = vf_load(u_re + k), w_im = -vf_load(u_im + k);
    vf odd_re = vf_multiply_add(w_re, d_re, -(w_im * d_im));
    vf odd_im = vf_multiply_add(w_re, d_im, w_im * d_re);
    vf_store(z_re + k, even_re - odd_im);
    vf_store(z_im + k, even_im + odd_re);
  }
  z_re[0] = 0.5f * (re[0] + re[m]);
  z_im[0] = 0.5f * (re[0] - re[m]);
  transform_complex(t, z_im, z_re, im, re);
  for (size_t k = 0; k < m; k += VF_WIDTH) {
    vf window_even, window_odd;
    vf_load_pairs(window + 2 * k, &window_even, &window_odd);
    vf_store_pairs(frame + 2 * k, vf_load(z_re + k) * window_even,
                   vf_load(z_im + k) * window_odd);
  }
}

// y = (re^2 + im^2 + floor)^power; `power` is half the exponent of the magnitude.
static void NAME(spectrum_power)(size_t count, const float *re, const float *im, float floor,
                                 float power, float *y) {
  for (size_t i = 0; i < count; i += VF_WIDTH) {
    size_t left = count - i;
    vf r = vf_load_upto(re + i, left), m = vf_load_upto(im + i, left);
    vf energy = vf_multiply_add(r, r, vf_multiply_add(m, m, (vf)floor));
    vf_store_upto(y + i, vf_portable_exp(vf_portable_log(energy) * (vf)power), left);
  }
}

// The reference moves `rise` of the way up to c, or `fall` of the way down; y = c / (reference +
// offset).
static void NAME(spectrum_follow)(size_t count, const float *c, float rise, float fall,
                                  float offset, float *reference, float *y) {
  for (size_t i = 0; i < count; i += VF_WIDTH) {
    size_t left = count - i;
    vf value = vf_load_upto(c + i, left), r = vf_load_upto(reference + i, left);
    vf distance = value - r;
    r = vf_multiply_add(distance, distance > (vf)0.0f ? (vf)rise : (vf)fall, r);
    vf_store_upto(reference + i, r, left);
    vf_store_upto(y + i, value / (r + (vf)offset), left);
  }
}

// x = e^x
static void NAME(portable_exp)(size_t count, float *x) {
  for (size_t i = 0; i < count; i += VF_WIDTH) {
    size_t left = count - i;
    vf_store_upto(x + i, vf_portable_exp(vf_load_upto(x + i, left)), left);
  }
}

// x = gain sigmoid(x)
static void NAME(spectrum_sigmoid)(size_t count, float gain, float *x) {
  for (size_t i = 0; i < count; i += VF_WIDTH) {
    size_t left = count - i;
    vf_store_upto(x + i, (vf)gain * vf_portable_sigmoid(vf_load_upto(x + i, left)), left);
  }
}

// re *= mask, im *= mask
static void NAME(spectrum_mask)(size_t count, const float *mask, float *re, float *im) {
  for (size_t i = 0; i < count; i += VF_WIDTH) {
    size_t left = count - i;
    vf gain = vf_load_upto(mask + i, left);
    vf_store_upto(re + i, vf_load_upto(re + i, left) * gain, left);
    vf_store_upto(im + i, vf_load_upto(im + i, left) * gain, left);
  }
}
