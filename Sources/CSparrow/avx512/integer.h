// What compilers make too little of in common/integer.h; see there for what it computes.

#pragma once

#include "../common/names.h"

// Products have 64 bits, of which a register has half as many: states of even and of odd places go
// through one after the other, each where it lies, since spreading them out takes longer than all
// else.

#define HAS_INTEGER_RECURRENCE

// Complex numbers of eight states, in the lower halves of lanes.
typedef struct recurrence_numbers {
  __m512i re, im;
} recurrence_numbers;

VINLINE recurrence_numbers recurrence_load(const int32_t *re, const int32_t *im, const int odd) {
  recurrence_numbers n = {_mm512_loadu_si512(re), _mm512_loadu_si512(im)};
  if (odd) {
    n.re = _mm512_srli_epi64(n.re, 32);
    n.im = _mm512_srli_epi64(n.im, 32);
  }
  return n;
}

VINLINE recurrence_numbers recurrence_product(recurrence_numbers a, recurrence_numbers b) {
  return (recurrence_numbers){
      _mm512_sub_epi64(_mm512_mul_epi32(a.re, b.re), _mm512_mul_epi32(a.im, b.im)),
      _mm512_add_epi64(_mm512_mul_epi32(a.re, b.im), _mm512_mul_epi32(a.im, b.re))};
}

// What a state holds of the value.
VINLINE __m512i recurrence_clip(__m512i value, __m512i *clipped) {
  const __m512i kept = _mm512_min_epi64(
      _mm512_max_epi64(value, _mm512_set1_epi64(-INT32_MAX)), _mm512_set1_epi64(INT32_MAX));
  *clipped = _mm512_mask_sub_epi64(*clipped, _mm512_cmpneq_epi64_mask(kept, value), *clipped,
                                   _mm512_set1_epi64(-1));
  return kept;
}

static uint32_t NAME(integer_recurrence)(size_t count, const int32_t *a, int32_t shift,
                                         const int32_t *f, const int32_t *shifts,
                                         const int32_t *w, int32_t *x) {
  const __m512i one = _mm512_set1_epi64(1);
  const __m128i right = _mm_cvtsi32_si128(shift);
  const __m512i half = _mm512_srli_epi64(_mm512_sll_epi64(one, right), 1);
  __m512i clipped = _mm512_setzero_si512();
  for (size_t i = 0; i < count; i += 16) {
    __m512i re[2], im[2];
#pragma clang loop unroll(full)
    for (int odd = 0; odd < 2; odd++) {
      const __m512i loaded = _mm512_loadu_si512(shifts + i);
      const __m512i s = odd ? _mm512_srli_epi64(loaded, 32)
                            : _mm512_and_si512(loaded, _mm512_set1_epi64(UINT32_MAX));
      const __m512i halves = _mm512_srli_epi64(_mm512_sllv_epi64(one, s), 1);
      const recurrence_numbers ax = recurrence_product(
          recurrence_load(a + i, a + count + i, odd), recurrence_load(x + i, x + count + i, odd));
      const recurrence_numbers fw = recurrence_product(
          recurrence_load(f + i, f + count + i, odd), recurrence_load(w + i, w + count + i, odd));
      re[odd] = recurrence_clip(
          _mm512_add_epi64(_mm512_sra_epi64(_mm512_add_epi64(ax.re, half), right),
                           _mm512_srav_epi64(_mm512_add_epi64(fw.re, halves), s)),
          &clipped);
      im[odd] = recurrence_clip(
          _mm512_add_epi64(_mm512_sra_epi64(_mm512_add_epi64(ax.im, half), right),
                           _mm512_srav_epi64(_mm512_add_epi64(fw.im, halves), s)),
          &clipped);
    }
    _mm512_storeu_si512(x + i,
                        _mm512_mask_blend_epi32(0xaaaa, re[0], _mm512_slli_epi64(re[1], 32)));
    _mm512_storeu_si512(x + count + i,
                        _mm512_mask_blend_epi32(0xaaaa, im[0], _mm512_slli_epi64(im[1], 32)));
  }
  return (uint32_t)_mm512_reduce_add_epi64(clipped);
}
