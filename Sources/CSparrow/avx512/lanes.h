// Products of 16 streams' activations as on AVX2, with an instruction that multiplies and adds, and
// of 32 streams' in vectors twice as wide.

#pragma once

#define LANE_PAIRS_ADD(sums, x, w) _mm256_dpwssd_epi32(sums, x, w)

#include "../avx2/lanes.h"

#define HAS_WIDE_LANE_SUMS

// The sums of 32 lanes, in the order in which zips of rows leave them.
typedef struct wide_lane_sums {
  __m512i low, high;
} wide_lane_sums;

VINLINE wide_lane_sums wide_lane_sums_of(int32_t bias) {
  return (wide_lane_sums){_mm512_set1_epi32(bias), _mm512_set1_epi32(bias)};
}

VINLINE wide_lane_sums wide_lane_sums_add(wide_lane_sums s, const int16_t *a, const int16_t *b,
                                          const int16_t *weights) {
  const __m512i rows[2] = {_mm512_loadu_si512(a), _mm512_loadu_si512(b)};
  int32_t pair;
  __builtin_memcpy(&pair, weights, sizeof pair);
  const __m512i w = _mm512_set1_epi32(pair);
  s.low = _mm512_dpwssd_epi32(s.low, _mm512_unpacklo_epi16(rows[0], rows[1]), w);
  s.high = _mm512_dpwssd_epi32(s.high, _mm512_unpackhi_epi16(rows[0], rows[1]), w);
  return s;
}

VINLINE wide_lane_sums wide_lane_sums_sum(wide_lane_sums a, wide_lane_sums b) {
  return (wide_lane_sums){_mm512_add_epi32(a.low, b.low), _mm512_add_epi32(a.high, b.high)};
}

VINLINE void wide_lane_sums_store(int32_t *y, wide_lane_sums s) {
  const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
  const __m512i second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  _mm512_storeu_si512(y, _mm512_permutex2var_epi64(s.low, first, s.high));
  _mm512_storeu_si512(y + 16, _mm512_permutex2var_epi64(s.low, second, s.high));
}
