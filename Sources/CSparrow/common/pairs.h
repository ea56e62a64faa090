// Products of 16-bit activations and bytes where an instruction multiplies pairs of 16-bit numbers:
// an activation's two bytes are put together first, without their offset. So a matrix's bias takes
// nothing away; InstructionSet.activationOffset says so to those who pack it.

#pragma once

#include "names.h"

#ifdef HAS_VU_PAIRS

// The table of the high bytes, without the activations' offset.
VINLINE vb_table vb_table_signed(vb_table t) {
  const vb offset = vb_fill(0x80);
  return (vb_table){{vb_xor(t.part[0], offset), vb_xor(t.part[1], offset)}};
}

// Four activations, again and again.
VINLINE vb vb_broadcast_words(const uint8_t *low, const uint8_t *high) {
  return vb_unpack8_low(vb_broadcast(low), vb_xor(vb_broadcast(high), vb_fill(0x80)));
}

// Of a panel in which each row has two weights side by side.
VINLINE void vu_pairs_store(vu_pairs s, const int32_t *bias, int32_t *y) {
  vu rows[2];
  vu_pairs_in_order(s, rows);
  for (int k = 0; k < 2; k++)
    vu_store(y + k * VF_WIDTH, bias ? rows[k] + vu_load(bias + k * VF_WIDTH) : rows[k]);
}

// 16 rows that have four weights side by side each.
VINLINE void vu_pairs_store_slice(const vu_pairs *sum, const int32_t *bias, int32_t *y) {
  for (int v = 0; v < 16 / VF_WIDTH; v++) {
    const vu rows = vu_pairs_rows(sum[v]);
    vu_store(y + v * VF_WIDTH, bias ? rows + vu_load(bias + v * VF_WIDTH) : rows);
  }
}

#endif

// Rows of a lookup's panel in bytes, and the weights of a row that its step takes at most.
#ifdef HAS_VU_PAIRS
VINLINE size_t lookup_rows(const int planes) { return planes == 2 ? 32 : 64; }
VINLINE size_t lookup_side(const int planes) { return planes == 2 ? 2 : 4; }
#else
VINLINE size_t lookup_rows(const int planes) { return (void)planes, 64; }
VINLINE size_t lookup_side(const int planes) { return (void)planes, 4; }
#endif
