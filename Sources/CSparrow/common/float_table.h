// The table of floats where no register holds one: values are picked up from memory one by one,
// from as far as an index reaches.

#pragma once

enum { LOOKUP_NARROW_F32 = SPARROW_OTHER_WINDOW_F32 };

typedef struct vf_table {
  const float *x;
} vf_table;

VINLINE vf_table vf_table_load(const float *x, const int wide) {
  (void)wide;
  return (vf_table){x};
}
