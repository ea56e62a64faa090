// Vectors of bytes as NEON's, whose dot product is an instruction.

#pragma once

#define HAS_VU_DOT

// Adds to each lane the products of its four unsigned and four signed bytes.
VINLINE vu vu_dot(vu sum, uint8x16_t u, uint8x16_t s) {
  return (vu)vusdotq_s32((int32x4_t)sum, u, vreinterpretq_s8_u8(s));
}

#include "../neon/bytes.h"
