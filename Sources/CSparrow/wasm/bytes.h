// Vectors of bytes, and tables that values are looked up in.

#pragma once

#include "../include/sparrow_instruction_set.h"

enum { LOOKUP_NARROW_I8 = SPARROW_WASM_NARROW_I8 };

typedef v128_t vb;

VINLINE vb vb_load(const uint8_t *p) { return wasm_v128_load(p); }
VINLINE vb vb_fill(uint8_t value) { return wasm_u8x16_splat(value); }
VINLINE vb vb_xor(vb a, vb b) { return wasm_v128_xor(a, b); }
// Four bytes, again and again.
VINLINE vb vb_broadcast(const uint8_t *p) { return wasm_v128_load32_splat(p); }
// Zips of bytes and of pairs.
VINLINE vb vb_unpack8_low(vb a, vb b) {
  return wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
VINLINE vb vb_unpack8_high(vb a, vb b) {
  return wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
VINLINE vb vb_unpack16_low(vb a, vb b) {
  return wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
VINLINE vb vb_unpack16_high(vb a, vb b) {
  return wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

// Adds to each lane the products of its four unsigned and four signed bytes: those of even bytes,
// then those of odd ones, by shifts within pairs, as shuffles take two processors' instructions.
VINLINE vu vu_dot(vu sum, vb u, vb s) {
  const v128_t even = wasm_i32x4_dot_i16x8(wasm_v128_and(u, wasm_i16x8_const_splat(0xff)),
                                           wasm_i16x8_shr(wasm_i16x8_shl(s, 8), 8));
  const v128_t odd = wasm_i32x4_dot_i16x8(wasm_u16x8_shr(u, 8), wasm_i16x8_shr(s, 8));
  return sum + (vu)even + (vu)odd;
}

// The 32 bytes from x.
typedef struct vb_table {
  v128_t part[2];
} vb_table;

VINLINE vb_table vb_table_load(const uint8_t *x, const int wide) {
  return (vb_table){{wasm_v128_load(x), wide ? wasm_v128_load(x + 16) : wasm_v128_load(x)}};
}

// Indices as swizzles of both parts take them: one that a part does not reach gives zero.
typedef struct vb_places {
  vb part[2];
} vb_places;

VINLINE vb_places vb_places_of(vb index, const int wide) {
  return (vb_places){
      {index, wide ? wasm_i8x16_sub(index, wasm_u8x16_const_splat(16)) : index}};
}

VINLINE vb vb_lookup_places(vb_table t, vb_places places, const int wide) {
  const vb first = wasm_i8x16_swizzle(t.part[0], places.part[0]);
  return wide ? wasm_v128_or(first, wasm_i8x16_swizzle(t.part[1], places.part[1])) : first;
}

VINLINE vb vb_lookup(vb_table t, vb index, const int wide) {
  return vb_lookup_places(t, vb_places_of(index, wide), wide);
}

// Sums of pairs of products of 16-bit activations and bytes.
#define HAS_VU_PAIRS
typedef struct vu_pairs {
  v128_t low, high;
} vu_pairs;

VINLINE vu_pairs vu_pairs_zero(void) {
  const v128_t zero = wasm_i32x4_const_splat(0);
  return (vu_pairs){zero, zero};
}

// `low`, `high`: eight activations each.
VINLINE vu_pairs vu_pairs_add(vu_pairs s, vb low, vb high, const uint8_t *weights) {
  const v128_t low_products = wasm_i32x4_dot_i16x8(low, wasm_i16x8_load8x8(weights));
  const v128_t high_products = wasm_i32x4_dot_i16x8(high, wasm_i16x8_load8x8(weights + 8));
  return (vu_pairs){wasm_i32x4_add(s.low, low_products), wasm_i32x4_add(s.high, high_products)};
}

// Each sum is a row's.
VINLINE void vu_pairs_in_order(vu_pairs s, vu rows[2]) {
  rows[0] = (vu)s.low;
  rows[1] = (vu)s.high;
}

// Two sums side by side are a row's.
VINLINE vu vu_pairs_rows(vu_pairs s) {
  return (vu)wasm_i32x4_shuffle(s.low, s.high, 0, 2, 4, 6) +
         (vu)wasm_i32x4_shuffle(s.low, s.high, 1, 3, 5, 7);
}

#include "../common/four_lane_tables.h"
