// The vectors of bytes of the other instruction sets, for one row: four bytes.

#pragma once

#include "../include/sparrow_instruction_set.h"

enum { LOOKUP_NARROW_I8 = SPARROW_SCALAR_WINDOW_I8 };

typedef struct vb {
  uint8_t byte[4];
} vb;

VINLINE vb vb_load(const uint8_t *p) { return (vb){{p[0], p[1], p[2], p[3]}}; }
VINLINE vb vb_broadcast(const uint8_t *p) { return vb_load(p); }

// Adds the products of four unsigned and four signed bytes.
VINLINE vu vu_dot(vu sum, vb u, vb s) {
  for (int i = 0; i < 4; i++) sum += (uint32_t)(u.byte[i] * (int8_t)s.byte[i]);
  return sum;
}

// The 256 bytes from x.
typedef struct vb_table {
  const uint8_t *x;
} vb_table;

VINLINE vb_table vb_table_load(const uint8_t *x, const int wide) {
  (void)wide;
  return (vb_table){x};
}

VINLINE vb vb_lookup(vb_table t, vb index, const int wide) {
  (void)wide;
  return (vb){{t.x[index.byte[0]], t.x[index.byte[1]], t.x[index.byte[2]], t.x[index.byte[3]]}};
}

#include "../common/float_table.h"
VINLINE vf vf_lookup(vf_table t, const uint8_t *indices, const int wide) {
  (void)wide;
  return t.x[*indices];
}
