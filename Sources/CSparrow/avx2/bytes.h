// Vectors of bytes, and tables that values are looked up in.

#pragma once

#include "../include/sparrow_instruction_set.h"

enum { LOOKUP_NARROW_I8 = SPARROW_AVX2_NARROW_I8 };

typedef __m256i vb;

VINLINE vb vb_load(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)p); }
VINLINE vb vb_fill(uint8_t value) { return _mm256_set1_epi8((char)value); }
VINLINE vb vb_xor(vb a, vb b) { return _mm256_xor_si256(a, b); }
// Four bytes, again and again.
VINLINE vb vb_broadcast(const uint8_t *p) {
  int32_t bytes;
  __builtin_memcpy(&bytes, p, sizeof bytes);
  return _mm256_set1_epi32(bytes);
}
// Within 16 bytes: zips of bytes and of pairs.
VINLINE vb vb_unpack8_low(vb a, vb b) { return _mm256_unpacklo_epi8(a, b); }
VINLINE vb vb_unpack8_high(vb a, vb b) { return _mm256_unpackhi_epi8(a, b); }
VINLINE vb vb_unpack16_low(vb a, vb b) { return _mm256_unpacklo_epi16(a, b); }
VINLINE vb vb_unpack16_high(vb a, vb b) { return _mm256_unpackhi_epi16(a, b); }

// Adds to each lane the products of its four unsigned and four signed bytes. The instruction that
// takes bytes saturates at 16 bits, so even and odd bytes are widened first.
VINLINE vu vu_dot(vu sum, vb u, vb s) {
  const __m256i even =
      _mm256_madd_epi16(_mm256_and_si256(u, _mm256_set1_epi16(0xff)),
                        _mm256_srai_epi16(_mm256_slli_epi16(s, 8), 8));
  const __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(u, 8), _mm256_srai_epi16(s, 8));
  return sum + (vu)_mm256_add_epi32(even, odd);
}

// The 16 or 32 bytes from x, each 16 of them in both halves.
typedef struct vb_table {
  __m256i part[2];
} vb_table;

VINLINE vb_table vb_table_load(const uint8_t *x, const int wide) {
  const __m256i first = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)x));
  return (vb_table){
      {first, wide ? _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(x + 16)))
                   : first}};
}

// Indices as shuffles of both parts take them: those that are not within a part have their highest
// bit set, which gives zero.
typedef struct vb_places {
  vb part[2];
} vb_places;

VINLINE vb_places vb_places_of(vb index, const int wide) {
  if (!wide) return (vb_places){{index, index}};
  return (vb_places){{_mm256_add_epi8(index, _mm256_set1_epi8(0x70)),
                      _mm256_sub_epi8(index, _mm256_set1_epi8(0x10))}};
}

VINLINE vb vb_lookup_places(vb_table t, vb_places places, const int wide) {
  const vb first = _mm256_shuffle_epi8(t.part[0], places.part[0]);
  return wide ? _mm256_or_si256(first, _mm256_shuffle_epi8(t.part[1], places.part[1])) : first;
}

VINLINE vb vb_lookup(vb_table t, vb index, const int wide) {
  return vb_lookup_places(t, vb_places_of(index, wide), wide);
}

// Sums of pairs of products of 16-bit activations and bytes, in the order that zips leave them in.
#define HAS_VU_PAIRS
typedef struct vu_pairs {
  __m256i low, high;
} vu_pairs;

VINLINE vu_pairs vu_pairs_zero(void) {
  const __m256i zero = _mm256_setzero_si256();
  return (vu_pairs){zero, zero};
}

// `low`, `high`: sixteen activations each.
VINLINE vu_pairs vu_pairs_add(vu_pairs s, vb low, vb high, const uint8_t *weights) {
  const vb w = vb_load(weights);
  const __m256i low_weights = _mm256_srai_epi16(_mm256_unpacklo_epi8(w, w), 8);
  const __m256i high_weights = _mm256_srai_epi16(_mm256_unpackhi_epi8(w, w), 8);
  return (vu_pairs){_mm256_add_epi32(s.low, _mm256_madd_epi16(low, low_weights)),
                    _mm256_add_epi32(s.high, _mm256_madd_epi16(high, high_weights))};
}

// Each sum is a row's.
VINLINE void vu_pairs_in_order(vu_pairs s, vu rows[2]) {
  rows[0] = (vu)_mm256_permute2x128_si256(s.low, s.high, 0x20);
  rows[1] = (vu)_mm256_permute2x128_si256(s.low, s.high, 0x31);
}

// Two sums side by side are a row's.
VINLINE vu vu_pairs_rows(vu_pairs s) { return (vu)_mm256_hadd_epi32(s.low, s.high); }

#include "../common/float_table.h"

VINLINE vf vf_lookup(vf_table t, const uint8_t *i, const int wide) {
  (void)wide;
  return (vf)_mm256_setr_ps(t.x[i[0]], t.x[i[1]], t.x[i[2]], t.x[i[3]], t.x[i[4]], t.x[i[5]],
                            t.x[i[6]], t.x[i[7]]);
}

// Sums whose halves hold rows 16 l + 4 k ... for vector k, from and to 32 rows in order.
VINLINE void vu_load_quads(const int32_t *y, vu sum[4]) {
  for (int k = 0; k < 4; k++)
    sum[k] = (vu)_mm256_loadu2_m128i((const __m128i *)(y + 16 + 4 * k),
                                     (const __m128i *)(y + 4 * k));
}

VINLINE void vu_store_quads(int32_t *y, const vu sum[4]) {
  for (int k = 0; k < 4; k++)
    _mm256_storeu2_m128i((__m128i *)(y + 16 + 4 * k), (__m128i *)(y + 4 * k), (__m256i)sum[k]);
}
