// Tables of floats and quads of rows, where vectors have four lanes.

#pragma once

#include "float_table.h"

VINLINE vf vf_lookup(vf_table t, const uint8_t *i, const int wide) {
  (void)wide;
  return (vf){t.x[i[0]], t.x[i[1]], t.x[i[2]], t.x[i[3]]};
}

// 16 rows, which are in order.
VINLINE void vu_load_quads(const int32_t *y, vu sum[4]) {
  for (int k = 0; k < 4; k++) sum[k] = vu_load(y + 4 * k);
}

VINLINE void vu_store_quads(int32_t *y, const vu sum[4]) {
  for (int k = 0; k < 4; k++) vu_store(y + 4 * k, sum[k]);
}
