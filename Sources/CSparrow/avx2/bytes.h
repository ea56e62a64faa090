// Vectors of bytes, and tables that values are looked up in.

#pragma once

// 128 bytes are eight shuffles.
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

// The 128 bytes from x, each 16 of them in both halves.
typedef struct vb_table {
  __m256i part[8];
} vb_table;

VINLINE vb_table vb_table_load(const uint8_t *x, const int wide) {
  (void)wide;
  vb_table t;
  for (int i = 0; i < 8; i++)
    t.part[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(x + 16 * i)));
  return t;
}

// Bits 0 to 3 of an index choose within 16 bytes; 4, 5 and 6 choose between them.
VINLINE vb vb_lookup(vb_table t, vb index, const int wide) {
  (void)wide;
  const __m256i bit4 = _mm256_slli_epi16(index, 3);
  const __m256i bit5 = _mm256_slli_epi16(index, 2);
  const __m256i bit6 = _mm256_slli_epi16(index, 1);
  __m256i found[8];
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) found[i] = _mm256_shuffle_epi8(t.part[i], index);
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++)
    found[i] = _mm256_blendv_epi8(found[2 * i], found[2 * i + 1], bit4);
  const __m256i low = _mm256_blendv_epi8(found[0], found[1], bit5);
  const __m256i high = _mm256_blendv_epi8(found[2], found[3], bit5);
  return _mm256_blendv_epi8(low, high, bit6);
}

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
