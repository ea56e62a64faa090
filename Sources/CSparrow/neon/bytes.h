// Vectors of bytes, and tables that values are looked up in. neon_i8mm has its own dot product.

#pragma once

#include "../include/sparrow_instruction_set.h"

enum { LOOKUP_NARROW_I8 = SPARROW_NEON_WINDOW_I8 };

typedef uint8x16_t vb;

VINLINE vb vb_load(const uint8_t *p) { return vld1q_u8(p); }
VINLINE vb vb_fill(uint8_t value) { return vdupq_n_u8(value); }
VINLINE vb vb_xor(vb a, vb b) { return veorq_u8(a, b); }
// Four bytes, again and again.
VINLINE vb vb_broadcast(const uint8_t *p) {
  uint32_t bytes;
  __builtin_memcpy(&bytes, p, sizeof bytes);
  return vreinterpretq_u8_u32(vdupq_n_u32(bytes));
}
// Zips of bytes and of pairs.
VINLINE vb vb_unpack8_low(vb a, vb b) { return vzip1q_u8(a, b); }
VINLINE vb vb_unpack8_high(vb a, vb b) { return vzip2q_u8(a, b); }
VINLINE vb vb_unpack16_low(vb a, vb b) {
  return vreinterpretq_u8_u16(vzip1q_u16(vreinterpretq_u16_u8(a), vreinterpretq_u16_u8(b)));
}
VINLINE vb vb_unpack16_high(vb a, vb b) {
  return vreinterpretq_u8_u16(vzip2q_u16(vreinterpretq_u16_u8(a), vreinterpretq_u16_u8(b)));
}

#ifndef HAS_VU_DOT
// Adds to each lane the products of its four unsigned and four signed bytes.
VINLINE vu vu_dot(vu sum, vb u, vb s) {
  const int8x16_t weights = vreinterpretq_s8_u8(s);
  const int16x8_t u0 = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(u)));
  const int16x8_t u1 = vreinterpretq_s16_u16(vmovl_high_u8(u));
  const int16x8_t s0 = vmovl_s8(vget_low_s8(weights)), s1 = vmovl_high_s8(weights);
  const int32x4_t p0 = vpaddq_s32(vmull_s16(vget_low_s16(u0), vget_low_s16(s0)),
                                  vmull_high_s16(u0, s0));
  const int32x4_t p1 = vpaddq_s32(vmull_s16(vget_low_s16(u1), vget_low_s16(s1)),
                                  vmull_high_s16(u1, s1));
  return sum + (vu)vpaddq_s32(p0, p1);
}
#endif

// The 128 bytes from x.
typedef struct vb_table {
  uint8x16x4_t part[2];
} vb_table;

VINLINE vb_table vb_table_load(const uint8_t *x, const int wide) {
  (void)wide;
  return (vb_table){{vld1q_u8_x4(x), vld1q_u8_x4(x + 64)}};
}

// An index that a table does not reach gives zero in the first and leaves the byte in the second.
VINLINE vb vb_lookup(vb_table t, vb index, const int wide) {
  (void)wide;
  return vqtbx4q_u8(vqtbl4q_u8(t.part[0], index), t.part[1], vsubq_u8(index, vdupq_n_u8(64)));
}

#include "../common/four_lane_tables.h"
