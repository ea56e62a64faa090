// The vocabulary of `common/vector.h` for one double: the training kernels in this precision are
// slow and exact, and exist so that gradients can be compared with finite differences.

#pragma once

#define SPARROW_ISA f64
#define VF_WIDTH 1

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define VINLINE static inline __attribute__((always_inline))

typedef double real;
typedef double vf;

VINLINE vf vf_load(const double *p) { return *p; }
VINLINE void vf_store(double *p, vf v) { *p = v; }
VINLINE vf vf_load_upto(const double *p, size_t left) { return left ? *p : 0; }
VINLINE void vf_store_upto(double *p, vf v, size_t left) {
  if (left) *p = v;
}
VINLINE vf vf_fma(vf a, vf b, vf c) { return a * b + c; }
VINLINE vf vf_max(vf a, vf b) { return a > b ? a : b; }
VINLINE vf vf_sqrt(vf a) { return sqrt(a); }
VINLINE double vf_sum(vf v) { return v; }
VINLINE vf vf_bfloat16(vf v) {  // to as many digits; the exponent keeps its range
  uint64_t bits;
  __builtin_memcpy(&bits, &v, sizeof bits);
  bits = (bits + 0xfffffffffff + (bits >> 45 & 1)) & 0xffffe00000000000;
  vf rounded;
  __builtin_memcpy(&rounded, &bits, sizeof rounded);
  return v == v ? rounded : v;
}
VINLINE vf vf_exp(vf v) { return exp(v); }
VINLINE vf vf_log(vf v) { return log(v); }

#include "../common/activations.h"
