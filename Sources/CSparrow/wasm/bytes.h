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

// Adds to each lane the products of four bytes of two planes, the second worth 256 times the first,
// and four signed bytes. One sum takes fewer registers than one of each plane.
#define HAS_VU_DOT_PLANES 1
VINLINE vu vu_dot_planes(vu sum, vb low, vb high, vb s) {
  const v128_t mask = wasm_i16x8_const_splat(0xff);
  const v128_t up = wasm_i16x8_shl(s, 8);
  sum += (vu)wasm_i32x4_dot_i16x8(wasm_v128_and(low, mask), wasm_i16x8_shr(up, 8));
  sum += (vu)wasm_i32x4_dot_i16x8(wasm_u16x8_shr(low, 8), wasm_i16x8_shr(s, 8));
  sum += (vu)wasm_i32x4_dot_i16x8(wasm_v128_and(high, mask), up);
  return sum + (vu)wasm_i32x4_dot_i16x8(wasm_u16x8_shr(high, 8), wasm_v128_andnot(s, mask));
}

// The 32 bytes from x.
typedef struct vb_table {
  v128_t part[2];
} vb_table;

VINLINE vb_table vb_table_load(const uint8_t *x, const int wide) {
  return (vb_table){{wasm_v128_load(x), wide ? wasm_v128_load(x + 16) : wasm_v128_load(x)}};
}

// An index that a table does not reach gives zero.
VINLINE vb vb_lookup(vb_table t, vb index, const int wide) {
  const v128_t first = wasm_i8x16_swizzle(t.part[0], index);
  if (!wide) return first;
  const v128_t rest = wasm_i8x16_sub(index, wasm_u8x16_const_splat(16));
  return wasm_v128_or(first, wasm_i8x16_swizzle(t.part[1], rest));
}

#include "../common/four_lane_tables.h"
