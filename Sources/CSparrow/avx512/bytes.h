// Vectors of bytes, and tables that values are looked up in.

#pragma once

#include "../include/sparrow_instruction_set.h"

// Fewer registers take fewer instructions; in more, rows may be further apart.
#define WIDEST_LOOKUP 2
enum {
  LOOKUP_NARROW_F32 = SPARROW_AVX512_NARROW_F32,
  LOOKUP_NARROW_I8 = SPARROW_AVX512_NARROW_I8,
  LOOKUP_WIDE_I8 = SPARROW_AVX512_WIDE_I8,
};

typedef __m512i vb;

VINLINE vb vb_load(const uint8_t *p) { return _mm512_loadu_si512(p); }
VINLINE vb vb_fill(uint8_t value) { return _mm512_set1_epi8((char)value); }
VINLINE vb vb_xor(vb a, vb b) { return _mm512_xor_si512(a, b); }
// Four bytes, again and again.
VINLINE vb vb_broadcast(const uint8_t *p) {
  int32_t bytes;
  __builtin_memcpy(&bytes, p, sizeof bytes);
  return _mm512_set1_epi32(bytes);
}
// Within 16 bytes: zips of bytes and of pairs.
VINLINE vb vb_unpack8_low(vb a, vb b) { return _mm512_unpacklo_epi8(a, b); }
VINLINE vb vb_unpack8_high(vb a, vb b) { return _mm512_unpackhi_epi8(a, b); }
VINLINE vb vb_unpack16_low(vb a, vb b) { return _mm512_unpacklo_epi16(a, b); }
VINLINE vb vb_unpack16_high(vb a, vb b) { return _mm512_unpackhi_epi16(a, b); }

// Adds to each lane the products of its four unsigned and four signed bytes.
VINLINE vu vu_dot(vu sum, vb u, vb s) {
  return (vu)_mm512_dpbusd_epi32((__m512i)sum, u, s);
}

// The next bytes from p where the mask says so, in order, and `fill` elsewhere. May read 64 bytes.
#define HAS_VB_SPREAD
VINLINE vb vb_spread(vb fill, uint64_t mask, const uint8_t *p) {
  return _mm512_mask_expand_epi8(fill, mask, _mm512_loadu_si512(p));
}

// The 64, 128 or 256 bytes from x.
typedef struct vb_table {
  __m512i part[4];
} vb_table;

VINLINE vb_table vb_table_load(const uint8_t *x, const int wide) {
  vb_table t = {{_mm512_loadu_si512(x)}};
  if (wide) t.part[1] = _mm512_loadu_si512(x + 64);
  if (wide == WIDEST_LOOKUP) {
    t.part[2] = _mm512_loadu_si512(x + 128);
    t.part[3] = _mm512_loadu_si512(x + 192);
  }
  return t;
}

VINLINE vb vb_lookup(vb_table t, vb index, const int wide) {
  // One operation on Intel's processors, where looking through two registers takes three.
  if (!wide) return _mm512_permutexvar_epi8(index, t.part[0]);
  const __m512i first = _mm512_permutex2var_epi8(t.part[0], index, t.part[1]);
  if (wide != WIDEST_LOOKUP) return first;
  const __m512i second = _mm512_permutex2var_epi8(t.part[2], index, t.part[3]);
  return _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), first, second);
}

// The 32 or 64 floats from x.
typedef struct vf_table {
  __m512 part[4];
} vf_table;

VINLINE vf_table vf_table_load(const float *x, const int wide) {
  vf_table t = {{_mm512_loadu_ps(x), _mm512_loadu_ps(x + 16)}};
  if (wide) {
    t.part[2] = _mm512_loadu_ps(x + 32);
    t.part[3] = _mm512_loadu_ps(x + 48);
  }
  return t;
}

VINLINE vf vf_lookup(vf_table t, const uint8_t *indices, const int wide) {
  const __m512i index = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)indices));
  const __m512 first = _mm512_permutex2var_ps(t.part[0], index, t.part[1]);
  if (!wide) return (vf)first;
  const __m512 second = _mm512_permutex2var_ps(t.part[2], index, t.part[3]);
  return (vf)_mm512_mask_blend_ps(_mm512_test_epi32_mask(index, _mm512_set1_epi32(32)), first,
                                  second);
}

// Sums whose lanes of 16 bytes hold rows 16 l + 4 k ... for vector k, from and to 64 rows in order.
VINLINE void vu_load_quads(const int32_t *y, vu sum[4]) {
  for (int k = 0; k < 4; k++) {
    __m512i v = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(y + 4 * k)));
    v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(y + 16 + 4 * k)), 1);
    v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(y + 32 + 4 * k)), 2);
    sum[k] = (vu)_mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(y + 48 + 4 * k)), 3);
  }
}

VINLINE void vu_store_quads(int32_t *y, const vu sum[4]) {
  for (int k = 0; k < 4; k++) {
    _mm_storeu_si128((__m128i *)(y + 4 * k), _mm512_extracti32x4_epi32((__m512i)sum[k], 0));
    _mm_storeu_si128((__m128i *)(y + 16 + 4 * k), _mm512_extracti32x4_epi32((__m512i)sum[k], 1));
    _mm_storeu_si128((__m128i *)(y + 32 + 4 * k), _mm512_extracti32x4_epi32((__m512i)sum[k], 2));
    _mm_storeu_si128((__m128i *)(y + 48 + 4 * k), _mm512_extracti32x4_epi32((__m512i)sum[k], 3));
  }
}

// As in common/matrix.h.
#define HAS_ACTIVE_COLUMNS
VINLINE size_t active_columns(const float *x, size_t count, uint16_t *active) {
  size_t n = 0;
  __m512i index = _mm512_cvtepu8_epi32(
      _mm_set_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
  for (size_t i = 0; i < count; i += 16) {
    const __mmask16 inside = count - i < 16 ? (__mmask16)((1u << (count - i)) - 1) : 0xffff;
    const __mmask16 found = _mm512_mask_cmp_ps_mask(inside, _mm512_loadu_ps(x + i),
                                                    _mm512_setzero_ps(), _CMP_NEQ_UQ);
    _mm256_storeu_si256((__m256i *)(active + n),
                        _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(found, index)));
    n += (size_t)__builtin_popcount(found);
    index = _mm512_add_epi32(index, _mm512_set1_epi32(16));
  }
  return n;
}
