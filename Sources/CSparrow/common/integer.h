// The steps of a layer in integers. Documentation/FixedPoint.md says what each one computes; the
// plain loops below are that text once more, and compilers make vectors of them.
//
// `count` is a multiple of 16. Activations are 16-bit integers from -limit to limit. Kernels that
// clip return how many values they had to clip.

#pragma once

#include "../include/sparrow_kernels.h"
#include "names.h"

// Vectors of their own width are enough: counts are small multiples of 16, and what a longer stride
// leaves over would be done one by one.
#define EACH(i) EACH_OF(i, count)
#define EACH_OF(i, number) \
  _Pragma("clang loop interleave(disable)") for (size_t i = 0; i < number; i++)

// x / 2^shift, rounded to nearest, ties upwards; sums wrap around modulo 2^32, which packing rules
// out.
VINLINE int32_t shift_round(int32_t x, int32_t shift) {
#if VF_ONE_SHIFT
  // Lanes are shifted by numbers of their own one by one, so only once.
  const int32_t some = x >> (shift > 0 ? shift - 1 : 0);
  return shift > 0 ? (some + 1) >> 1 : some;
#else
  const uint32_t half = (1u << shift) >> 1;
  return (int32_t)((uint32_t)x + half) >> shift;
#endif
}

VINLINE int64_t shift_round_long(int64_t x, int32_t shift) {
  const uint64_t half = (UINT64_C(1) << shift) >> 1;
  return (int64_t)((uint64_t)x + half) >> shift;
}

VINLINE int32_t clip(int32_t x, int32_t limit) {
  const int32_t low = x < -limit ? -limit : x;
  return low > limit ? limit : low;
}

// What a rectifier leaves of x, where there is one.
VINLINE int32_t rectified(int32_t x, int32_t rectifies) { return (rectifies & (x < 0)) ? 0 : x; }

// y = clip(x / 2^shifts), rectified where `rectifies` is 1
static uint32_t NAME(requantize)(size_t count, const int32_t *restrict x,
                                 const int32_t *restrict shifts, int32_t limit,
                                 int32_t rectifies, int16_t *restrict y) {
  uint32_t clipped = 0;
  EACH(i) {
    const int32_t value = rectified(shift_round(x[i], shifts[i]), rectifies);
    const int32_t kept = clip(value, limit);
    clipped += kept != value;
    y[i] = (int16_t)kept;
  }
  return clipped;
}

// y = clip(x / 2^shifts + d u / 2^shift); all shifts are at least 1, so that the sum fits.
static uint32_t NAME(requantize_add)(size_t count, const int32_t *restrict x,
                                     const int32_t *restrict shifts, const int32_t *restrict d,
                                     const int16_t *restrict u, int32_t shift, int32_t limit,
                                     int16_t *restrict y) {
  uint32_t clipped = 0;
  EACH(i) {
    const int32_t value = shift_round(x[i], shifts[i]) + shift_round(d[i] * u[i], shift);
    const int32_t kept = clip(value, limit);
    clipped += kept != value;
    y[i] = (int16_t)kept;
  }
  return clipped;
}

#ifndef HAS_INTEGER_RECURRENCE
// One part of a x / 2^shift + f w / 2^shifts, clipped to what a state holds.
VINLINE int32_t next_state(int64_t ax, int64_t fw, int32_t shift, int32_t fw_shift,
                           uint32_t *clipped) {
  const int64_t limit = INT32_MAX;
  const int64_t value = shift_round_long(ax, shift) + shift_round_long(fw, fw_shift);
  const int64_t low = value < -limit ? -limit : value;
  const int64_t kept = low > limit ? limit : low;
  *clipped += kept != value;
  return (int32_t)kept;
}

// x = a x + f w, all complex: `count` real parts, then `count` imaginary parts; `shifts` by state.
static uint32_t NAME(integer_recurrence)(size_t count, const int32_t *restrict a, int32_t shift,
                                         const int32_t *restrict f,
                                         const int32_t *restrict shifts,
                                         const int32_t *restrict w, int32_t *restrict x) {
  uint32_t clipped = 0;
  EACH(i) {
    const int64_t a_re = a[i], a_im = a[count + i], f_re = f[i], f_im = f[count + i];
    const int64_t x_re = x[i], x_im = x[count + i], w_re = w[i], w_im = w[count + i];
    x[i] = next_state(a_re * x_re - a_im * x_im, f_re * w_re - f_im * w_im, shift, shifts[i],
                      &clipped);
    x[count + i] = next_state(a_re * x_im + a_im * x_re, f_re * w_im + f_im * w_re, shift,
                              shifts[i], &clipped);
  }
  return clipped;
}
#endif

// What C reads of the states: y = clip(x / 2^shift), or zero where the state is rectified and its
// real part is not positive. The shift is at most 31; x + half of 2^shift would not fit, so the
// half is the last bit that is shifted out.
static uint32_t NAME(integer_read)(size_t count, const int32_t *restrict x, int32_t shift,
                                   int32_t limit, int32_t rectifies, int16_t *restrict y) {
  uint32_t clipped = 0;
  const int32_t last = shift > 0 ? shift - 1 : 0, one = shift > 0;
  EACH(i) {
    const int32_t keeps = -(int32_t)(!rectifies | (x[i] > 0));
    const int32_t x_re = x[i], x_im = x[count + i];
    const int32_t re = ((x_re >> shift) + ((x_re >> last) & one)) & keeps;
    const int32_t im = ((x_im >> shift) + ((x_im >> last) & one)) & keeps;
    const int32_t kept_re = clip(re, limit), kept_im = clip(im, limit);
    clipped += (kept_re != re) + (kept_im != im);
    y[i] = (int16_t)kept_re;
    y[count + i] = (int16_t)kept_im;
  }
  return clipped;
}

// y = clip((x 2^x_left + y 2^y_left) / 2^right), rectified where `rectifies` is 1; lefts are at
// most 14.
static uint32_t NAME(integer_add)(size_t count, const int16_t *restrict x, int32_t x_left,
                                  int32_t y_left, int32_t right, int32_t limit,
                                  int32_t rectifies, int16_t *restrict y) {
  uint32_t clipped = 0;
  EACH(i) {
    const int32_t sum = (int32_t)x[i] * (1 << x_left) + (int32_t)y[i] * (1 << y_left);
    const int32_t value = rectified(shift_round(sum, right), rectifies);
    const int32_t kept = clip(value, limit);
    clipped += kept != value;
    y[i] = (int16_t)kept;
  }
  return clipped;
}

static void NAME(integer_relu)(size_t count, int16_t *x) {
  EACH(i) x[i] = x[i] > 0 ? x[i] : 0;
}

// y = x 2^left
static void NAME(integer_widen)(size_t count, const int16_t *restrict x, int32_t left,
                                int32_t *restrict y) {
  EACH(i) y[i] = (int32_t)x[i] * (1 << left);
}

// A function of x / 2^(shift + 12), from 0 to 1 or from -1 to 1, times 2^15: a table of its values
// at multiples of 1/64 up to 8, and straight lines between them. An entry has the value in its low
// half and what the next one has more in its high half. For negative x the function is
// table[sparrow_function_segments] less its value at -x. Beyond 8 it stays.
VINLINE int32_t function_value(int32_t z, int32_t entry, int32_t complement) {
  const int32_t magnitude = z < 0 ? -z : z;
  const int32_t value =
      (entry & 0xffff) + shift_round((entry >> 16) * (magnitude & 63), 6);
  return z < 0 ? complement - value : value;
}

// Values that a function is looked up for at a time: what is written one by one is read as vectors
// only after some time, which processors want.
enum { function_chunk = 128 };

// Values of the function at `count` arguments; at most a chunk. In place or not.
VINLINE void function_lookup(size_t count, const int32_t *table, const int32_t *z,
                             int32_t *values) {
  int32_t segments[function_chunk], entries[function_chunk];
  EACH(i) segments[i] = (z[i] < 0 ? -z[i] : z[i]) >> 6;
  // Loaded one by one: faster than the processors' instructions for it.
#pragma clang loop vectorize(disable) unroll_count(16)
  for (size_t i = 0; i < count; i++) entries[i] = table[segments[i]];
  EACH(i) values[i] = function_value(z[i], entries[i], table[sparrow_function_segments]);
}

// Values of the function at `count` x 2^left, each with its shift; a multiple of 16 and at most a
// chunk.
VINLINE void function_values(size_t count, const int32_t *table, const int32_t *x, int32_t left,
                             const int32_t *shifts, int32_t *values) {
  int32_t z[function_chunk];
  EACH(i) z[i] = clip(shift_round((int32_t)((uint32_t)x[i] << left), shifts[i]), INT16_MAX);
  function_lookup(count, table, z, values);
}

VINLINE size_t function_part(size_t count, size_t first) {
  return count - first < function_chunk ? count - first : function_chunk;
}

// y = clip(function(x) / 2^shift). A value of 1 is clipped as one may expect, and does not count.
static void NAME(integer_function)(size_t count, const int32_t *restrict table,
                                   const int32_t *restrict x, const int32_t *restrict shifts,
                                   int32_t shift, int32_t limit, int16_t *restrict y) {
  for (size_t first = 0; first < count; first += function_chunk) {
    int32_t values[function_chunk];
    const size_t part = function_part(count, first);
    function_values(part, table, x + first, 0, shifts + first, values);
    EACH_OF(i, part) y[first + i] = (int16_t)clip(shift_round(values[i], shift), limit);
  }
}

// y = clip(y function(x 2^left) / 2^shift)
static uint32_t NAME(integer_gate)(size_t count, const int32_t *restrict table,
                                   const int32_t *restrict x, int32_t left,
                                   const int32_t *restrict shifts, int32_t shift, int32_t limit,
                                   int16_t *restrict y) {
  uint32_t clipped = 0;
  for (size_t first = 0; first < count; first += function_chunk) {
    int32_t factors[function_chunk];
    const size_t part = function_part(count, first);
    function_values(part, table, x + first, left, shifts + first, factors);
    EACH_OF(i, part) {
      const int32_t value = shift_round(y[first + i] * factors[i], shift);
      const int32_t kept = clip(value, limit);
      clipped += kept != value;
      y[first + i] = (int16_t)kept;
    }
  }
  return clipped;
}

static uint64_t NAME(count_active_i16)(size_t count, const int16_t *restrict x,
                                       const uint32_t *restrict counts, uint64_t *sum) {
  uint32_t active = 0, total = 0;
  EACH(i) {
    active += x[i] != 0;
    total += x[i] != 0 ? counts[i] : 0;
  }
  *sum += total;
  return active;
}

// y = clip(scale x), rounded to nearest, ties to even; what is not a number becomes zero. Any
// count.
static uint32_t NAME(quantize)(size_t count, const float *restrict x, float scale, int32_t limit,
                               int16_t *restrict y) {
  uint32_t clipped = 0;
  const float most = (float)limit;
  EACH(i) {
    const float scaled = x[i] * scale;
    const float number = scaled == scaled ? scaled : 0.0f;
    const float low = number < -most ? -most : number;
    const float kept = low > most ? most : low;
    clipped += kept != scaled;
    // Added to 1.5 * 2^23, a number is rounded to a whole one.
    y[i] = (int16_t)(int32_t)((kept + 12582912.0f) - 12582912.0f);
  }
  return clipped;
}

// y = step x. Any count.
static void NAME(dequantize)(size_t count, const int16_t *restrict x, float step,
                             float *restrict y) {
  EACH(i) y[i] = (float)x[i] * step;
}
