// One vocabulary of vectors for every instruction set.
//
// A folder's own `vector.h` says how wide a vector is and then includes this file; the kernels in
// `common/` are written once in this vocabulary and compiled once a folder. A width of one gives
// plain scalar code, so the operators below mean the same thing everywhere. Nothing here needs a
// C library.
//
// Expects: VF_WIDTH (lanes), VF_HAS_FMA (0 or 1), VF_FEW_REGISTERS (1 where registers do not hold
// the sums of 64 rows; none is 0) and, where vectors have more than one lane, the
// shuffles VF_ZIP_LOW, VF_ZIP_HIGH (by element), VF_ZIP4_LOW, VF_ZIP4_HIGH (by four elements),
// VF_UNZIP_EVEN, VF_UNZIP_ODD and VF_REVERSE as lists of lanes.

#pragma once

#include <stddef.h>
#include <stdint.h>

#define VINLINE static inline __attribute__((always_inline))

// No compiler may turn a * b + c into an operation that rounds once: where that is wanted, it says
// so.
#pragma clang fp contract(off)

typedef float real;

#if VF_WIDTH == 1
typedef float vf;
typedef int32_t vi;
typedef uint32_t vu;
typedef float vf_unaligned __attribute__((may_alias));
#else
typedef float vf __attribute__((ext_vector_type(VF_WIDTH)));
typedef int32_t vi __attribute__((ext_vector_type(VF_WIDTH)));
typedef uint32_t vu __attribute__((ext_vector_type(VF_WIDTH)));
typedef vf vf_unaligned __attribute__((aligned(4), may_alias));
#endif

#if VF_WIDTH > 1
VINLINE vf vf_zip_low(vf a, vf b) { return __builtin_shufflevector(a, b, VF_ZIP_LOW); }
VINLINE vf vf_zip_high(vf a, vf b) { return __builtin_shufflevector(a, b, VF_ZIP_HIGH); }
VINLINE vf vf_zip4_low(vf a, vf b) { return __builtin_shufflevector(a, b, VF_ZIP4_LOW); }
VINLINE vf vf_zip4_high(vf a, vf b) { return __builtin_shufflevector(a, b, VF_ZIP4_HIGH); }
VINLINE vf vf_unzip_even(vf a, vf b) { return __builtin_shufflevector(a, b, VF_UNZIP_EVEN); }
VINLINE vf vf_unzip_odd(vf a, vf b) { return __builtin_shufflevector(a, b, VF_UNZIP_ODD); }
VINLINE vf vf_reverse(vf a) { return __builtin_shufflevector(a, a, VF_REVERSE); }
#endif

// Sums of integers are made modulo 2^32.
VINLINE vu vu_load(const int32_t *p) {
  vu v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
VINLINE void vu_store(int32_t *p, vu v) { __builtin_memcpy(p, &v, sizeof v); }

VINLINE vf vf_load(const float *p) { return *(const vf_unaligned *)p; }
VINLINE void vf_store(float *p, vf v) { *(vf_unaligned *)p = v; }

// a * b + c, rounded once where the processor has the instruction.
VINLINE vf vf_fma(vf a, vf b, vf c) {
#if VF_HAS_FMA
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;  // as vf_multiply_add
#endif
}

// a * b + c, rounded twice: the same bits on every processor.
VINLINE vf vf_multiply_add(vf a, vf b, vf c) { return a * b + c; }

VINLINE vf vf_max(vf a, vf b) { return a > b ? a : b; }
VINLINE vf vf_min(vf a, vf b) { return a < b ? a : b; }
VINLINE vf vf_sqrt(vf a) { return __builtin_elementwise_sqrt(a); }

VINLINE vi vf_bits(vf v) {
  vi bits;
  __builtin_memcpy(&bits, &v, sizeof bits);
  return bits;
}

VINLINE vf vf_from_bits(vi bits) {
  vf v;
  __builtin_memcpy(&v, &bits, sizeof v);
  return v;
}

#if VF_WIDTH == 1
VINLINE vi vf_to_int(vf v) { return (vi)v; }
VINLINE vf vf_from_int(vi v) { return (vf)v; }
VINLINE float vf_sum(vf v) { return v; }
#else
VINLINE vi vf_to_int(vf v) { return __builtin_convertvector(v, vi); }
VINLINE vf vf_from_int(vi v) { return __builtin_convertvector(v, vf); }
VINLINE float vf_sum(vf v) {
  float lanes[VF_WIDTH];
  __builtin_memcpy(lanes, &v, sizeof lanes);
  for (int half = VF_WIDTH / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
  return lanes[0];
}
#endif

// The first `count` lanes (0 < count < VF_WIDTH); the rest is zero and not read.
VINLINE vf vf_load_first(const float *p, size_t count) {
  vf v = (vf)0.0f;
  __builtin_memcpy(&v, p, count * sizeof(float));
  return v;
}

VINLINE void vf_store_first(float *p, vf v, size_t count) {
  __builtin_memcpy(p, &v, count * sizeof(float));
}

// A whole vector where `left` elements allow it, otherwise the first `left` lanes.
VINLINE vf vf_load_upto(const float *p, size_t left) {
  return left >= VF_WIDTH ? vf_load(p) : vf_load_first(p, left);
}

VINLINE void vf_store_upto(float *p, vf v, size_t left) {
  if (left >= VF_WIDTH) vf_store(p, v);
  else vf_store_first(p, v, left);
}

#if VF_WIDTH == 1
VINLINE void vf_load_pairs(const float *p, vf *even, vf *odd) { *even = p[0]; *odd = p[1]; }
VINLINE void vf_store_pairs(float *p, vf even, vf odd) { p[0] = even; p[1] = odd; }
VINLINE vf vf_load_reversed(const float *p) { return *p; }
#else
// p[0], p[2], ... and p[1], p[3], ... of 2 * VF_WIDTH elements, and back.
VINLINE void vf_load_pairs(const float *p, vf *even, vf *odd) {
  vf a = vf_load(p), b = vf_load(p + VF_WIDTH);
  *even = vf_unzip_even(a, b);
  *odd = vf_unzip_odd(a, b);
}
VINLINE void vf_store_pairs(float *p, vf even, vf odd) {
  vf_store(p, vf_zip_low(even, odd));
  vf_store(p + VF_WIDTH, vf_zip_high(even, odd));
}
// p[0], p[-1], ...: lane i is p[-i].
VINLINE vf vf_load_reversed(const float *p) { return vf_reverse(vf_load(p - (VF_WIDTH - 1))); }
#endif

// Nearest integer, ties to even, for |v| < 2^22.
VINLINE vf vf_round(vf v) {
  const float shift = 12582912.0f;  // 1.5 * 2^23: the sum has no fraction bits left
  vf shifted = v + (vf)shift;
  return shifted - (vf)shift;
}

// The nearest bfloat16, ties to even, as a float: the lower half of its bits is zero.
VINLINE vf vf_bfloat16(vf v) {
  vu bits;
  __builtin_memcpy(&bits, &v, sizeof bits);
  bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
  vf rounded;
  __builtin_memcpy(&rounded, &bits, sizeof rounded);
  return v == v ? rounded : v;
}

// e^v, log v and what is made of them: with multiply-adds as fast as the processor has them, and
// with such as every processor has.
#define VF_NAMED(name) vf_##name
#define VF_MULTIPLY_ADD vf_fma
#include "exponential.h"
#undef VF_NAMED
#undef VF_MULTIPLY_ADD
#define VF_NAMED(name) vf_portable_##name
#define VF_MULTIPLY_ADD vf_multiply_add
#include "exponential.h"
#undef VF_NAMED
#undef VF_MULTIPLY_ADD

VINLINE vf vf_portable_sigmoid(vf v) { return (vf)1.0f / ((vf)1.0f + vf_portable_exp(-v)); }

#include "activations.h"
