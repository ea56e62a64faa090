// The pointwise part of a step of recurrent cells, once the matrices have been multiplied.
//
// Rows of gates are interleaved by slices: sixteen units' values of the first gate, the same units'
// of the second, and so on, so that one pass in order reads everything that a unit needs. `count`
// is a multiple of 16; units that are padding stay zero.

#pragma once

#include "names.h"

VINLINE size_t gate_at(size_t unit, size_t gate, size_t gates) {
  return (unit / 16 * gates + gate) * 16 + unit % 16;
}

#define EACH_UNIT(i) for (size_t i = 0; i < count; i += VF_WIDTH)
// The sum of both products, of a unit and a gate.
#define SUM(gate, gates) \
  (vf_load(a + gate_at(i, gate, gates)) + vf_load(q + gate_at(i, gate, gates)))

static void NAME(cell_rnn)(size_t count, int32_t rectifies, const float *a, const float *q,
                           float *h, float *y) {
  EACH_UNIT(i) {
    vf sum = SUM(0, 1);
    vf value = rectifies ? vf_max(sum, (vf)0.0f) : vf_tanh(sum);
    vf_store(h + i, value);
    vf_store(y + i, value);
  }
}

static void NAME(cell_lstm)(size_t count, const float *a, const float *q, float *c, float *h,
                            float *y) {
  EACH_UNIT(i) {
    vf in = vf_sigmoid(SUM(0, 4)), forget = vf_sigmoid(SUM(1, 4));
    vf candidate = vf_tanh(SUM(2, 4)), out = vf_sigmoid(SUM(3, 4));
    vf cell = vf_fma(forget, vf_load(c + i), in * candidate);
    vf value = out * vf_tanh(cell);
    vf_store(c + i, cell);
    vf_store(h + i, value);
    vf_store(y + i, value);
  }
}

static void NAME(cell_gru)(size_t count, const float *a, const float *q, float *h, float *y) {
  EACH_UNIT(i) {
    vf reset = vf_sigmoid(SUM(0, 3)), update = vf_sigmoid(SUM(1, 3));
    vf candidate = vf_tanh(vf_fma(reset, vf_load(q + gate_at(i, 2, 3)),
                                  vf_load(a + gate_at(i, 2, 3))));
    vf value = vf_fma(update, vf_load(h + i) - candidate, candidate);
    vf_store(h + i, value);
    vf_store(y + i, value);
  }
}

static void NAME(cell_reset)(size_t count, const float *a, const float *q, const float *h,
                             float *s) {
  EACH_UNIT(i)
    vf_store(s + i, vf_load(h + i) * vf_sigmoid(vf_load(a + gate_at(i, 0, 3))
                                                + vf_load(q + gate_at(i, 0, 2))));
}

static void NAME(cell_candidate)(size_t count, const float *a, const float *q,
                                 const float *candidate, float *h, float *y) {
  EACH_UNIT(i) {
    vf update = vf_sigmoid(vf_load(a + gate_at(i, 1, 3)) + vf_load(q + gate_at(i, 1, 2)));
    vf n = vf_tanh(vf_load(a + gate_at(i, 2, 3)) + vf_load(candidate + i));
    vf value = vf_fma(update, vf_load(h + i) - n, n);
    vf_store(h + i, value);
    vf_store(y + i, value);
  }
}

static void NAME(cell_events)(size_t count, const float *threshold, float *h, float *sent,
                              float *y) {
  EACH_UNIT(i) {
    vf value = vf_load(h + i), least = vf_load(threshold + i);
    vf event = value > least ? value : (vf)0.0f;
    vf_store(sent + i, event);
    vf_store(y + i, event);
    vf_store(h + i, value > least ? value - least : value);
  }
}

#undef EACH_UNIT
#undef SUM
