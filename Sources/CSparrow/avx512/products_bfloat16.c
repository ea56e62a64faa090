// Products of pairs of bfloat16, for the processors that have AVX-512's instructions for them.
#if defined(__x86_64__)
#define SPARROW_PRODUCTS sparrow_products_f32
#define MATMUL_ROWS 12
#define MORE_FEATURES ",avx512bf16"
#define SPARROW_ISA avx512_bfloat16
#include "vector.h"
#include "../include/sparrow_product_kernels.h"
#include "../common/names.h"

// A vector of pairs is kept as one of floats. Of each pair the first is the lower half.
#define VF_HAS_BFLOAT16_PAIRS

// sum + a0 b0 + a1 b1
VINLINE vf vf_add_pairs(vf a, vf b, vf sum) {
  return (vf)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
}

VINLINE vf vf_pairs_in_sequence(vf first, vf second) {
  return (vf)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
}

// Pairs of a lane of the first vector and the same lane of the second.
VINLINE vf vf_pairs_of_two(vf first, vf second) {
  const __m512i order = _mm512_add_epi32(
      _mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                         _mm512_set1_epi32(0x10001)),
      _mm512_set1_epi32(0x100000));
  return (vf)_mm512_permutexvar_epi16(order, (__m512i)vf_pairs_in_sequence(first, second));
}

#include "../common/matmul.h"
MATMUL_FUNCTIONS(MATMUL_PAIRED, paired)
#pragma clang attribute pop
#endif
