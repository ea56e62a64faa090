// Products of many streams' activations; see common/lanes.h.

#pragma once

#include "../common/vector.h"

#define HAS_LANE_SUMS
#define LANE_CHAINS 2

// Adds the products of pairs of 16-bit numbers to 32-bit sums.
#ifndef LANE_PAIRS_ADD
#define LANE_PAIRS_ADD(sums, x, w) _mm256_add_epi32(sums, _mm256_madd_epi16(x, w))
#endif

// The sums of 16 lanes, in the order in which zips of rows leave them: 0 to 3 and 8 to 11, and the
// others.
typedef struct lane_sums {
  __m256i low, high;
} lane_sums;

VINLINE lane_sums lane_sums_of(int32_t bias) {
  return (lane_sums){_mm256_set1_epi32(bias), _mm256_set1_epi32(bias)};
}

// Adds the products of two rows with their weights.
VINLINE lane_sums lane_sums_add(lane_sums s, const int16_t *a, const int16_t *b,
                                const int16_t *weights) {
  const __m256i rows[2] = {_mm256_loadu_si256((const __m256i *)a),
                           _mm256_loadu_si256((const __m256i *)b)};
  int32_t pair;
  __builtin_memcpy(&pair, weights, sizeof pair);
  const __m256i w = _mm256_set1_epi32(pair);
  s.low = LANE_PAIRS_ADD(s.low, _mm256_unpacklo_epi16(rows[0], rows[1]), w);
  s.high = LANE_PAIRS_ADD(s.high, _mm256_unpackhi_epi16(rows[0], rows[1]), w);
  return s;
}

VINLINE lane_sums lane_sums_sum(lane_sums a, lane_sums b) {
  return (lane_sums){_mm256_add_epi32(a.low, b.low), _mm256_add_epi32(a.high, b.high)};
}

VINLINE void lane_sums_store(int32_t *y, lane_sums s) {
  _mm256_storeu_si256((__m256i *)y, _mm256_permute2x128_si256(s.low, s.high, 0x20));
  _mm256_storeu_si256((__m256i *)(y + 8), _mm256_permute2x128_si256(s.low, s.high, 0x31));
}
