// Recurrent cells in training: rows of `units` values, and rows of gates of `gates * units`, a gate
// after the other. `a` holds the input's products and comes out as the gates; `q` holds the
// recurrent products. The backward passes take what the forward passes left, and write the
// gradients by a and q.

#pragma once

#include "names.h"

#define EACH_UNIT(i) for (size_t i = 0; i < units; i += VF_WIDTH)
#define LOAD(p) vf_load_upto((p) + i, units - i)
#define STORE(p, v) vf_store_upto((p) + i, (v), units - i)
#define GATE(p, g) ((p) + (g) * units)

static void NAME(train_rnn)(size_t rows, size_t units, int rectifies, const real *a, const real *q,
                            real *h) {
  for (size_t r = 0; r < rows; r++, a += units, q += units, h += units)
    EACH_UNIT(i) {
      vf sum = LOAD(a) + LOAD(q);
      STORE(h, rectifies ? vf_max(sum, (vf)0.0f) : vf_tanh(sum));
    }
}

// da = dh f'(a + q), by which dq is the same.
static void NAME(train_rnn_backward)(size_t rows, size_t units, int rectifies, const real *h,
                                     const real *dh, real *da) {
  for (size_t r = 0; r < rows; r++, h += units, dh += units, da += units)
    EACH_UNIT(i) {
      vf value = LOAD(h), slope = LOAD(dh);
      if (rectifies) STORE(da, value > (vf)0.0f ? slope : (vf)0.0f);
      else STORE(da, slope * ((vf)1.0f - value * value));
    }
}

static void NAME(train_lstm)(size_t rows, size_t units, real *a, const real *q, const real *before,
                             real *c, real *h) {
  for (size_t r = 0; r < rows; r++, a += 4 * units, q += 4 * units, before += units, c += units,
              h += units)
    EACH_UNIT(i) {
      vf in = vf_sigmoid(LOAD(GATE(a, 0)) + LOAD(GATE(q, 0)));
      vf forget = vf_sigmoid(LOAD(GATE(a, 1)) + LOAD(GATE(q, 1)));
      vf candidate = vf_tanh(LOAD(GATE(a, 2)) + LOAD(GATE(q, 2)));
      vf out = vf_sigmoid(LOAD(GATE(a, 3)) + LOAD(GATE(q, 3)));
      vf cell = vf_fma(forget, LOAD(before), in * candidate);
      STORE(GATE(a, 0), in);
      STORE(GATE(a, 1), forget);
      STORE(GATE(a, 2), candidate);
      STORE(GATE(a, 3), out);
      STORE(c, cell);
      STORE(h, out * vf_tanh(cell));
    }
}

// dc: of this step's c by later steps; comes out as that of the c before.
static void NAME(train_lstm_backward)(size_t rows, size_t units, const real *gates,
                                      const real *before, const real *c, const real *dh, real *dc,
                                      real *da) {
  for (size_t r = 0; r < rows; r++, gates += 4 * units, before += units, c += units, dh += units,
              dc += units, da += 4 * units)
    EACH_UNIT(i) {
      vf in = LOAD(GATE(gates, 0)), forget = LOAD(GATE(gates, 1));
      vf candidate = LOAD(GATE(gates, 2)), out = LOAD(GATE(gates, 3));
      vf bent = vf_tanh(LOAD(c)), slope = LOAD(dh);
      vf cell = LOAD(dc) + slope * out * ((vf)1.0f - bent * bent);
      STORE(GATE(da, 0), cell * candidate * in * ((vf)1.0f - in));
      STORE(GATE(da, 1), cell * LOAD(before) * forget * ((vf)1.0f - forget));
      STORE(GATE(da, 2), cell * in * ((vf)1.0f - candidate * candidate));
      STORE(GATE(da, 3), slope * bent * out * ((vf)1.0f - out));
      STORE(dc, cell * forget);
    }
}

static void NAME(train_gru)(size_t rows, size_t units, real *a, const real *q, const real *before,
                            real *h) {
  for (size_t r = 0; r < rows; r++, a += 3 * units, q += 3 * units, before += units, h += units)
    EACH_UNIT(i) {
      vf reset = vf_sigmoid(LOAD(GATE(a, 0)) + LOAD(GATE(q, 0)));
      vf update = vf_sigmoid(LOAD(GATE(a, 1)) + LOAD(GATE(q, 1)));
      vf n = vf_tanh(vf_fma(reset, LOAD(GATE(q, 2)), LOAD(GATE(a, 2))));
      STORE(GATE(a, 0), reset);
      STORE(GATE(a, 1), update);
      STORE(GATE(a, 2), n);
      STORE(h, vf_fma(update, LOAD(before) - n, n));
    }
}

// dh: comes out as what reaches the h before past the products.
static void NAME(train_gru_backward)(size_t rows, size_t units, const real *gates, const real *q,
                                     const real *before, real *dh, real *da, real *dq) {
  for (size_t r = 0; r < rows; r++, gates += 3 * units, q += 3 * units, before += units,
              dh += units, da += 3 * units, dq += 3 * units)
    EACH_UNIT(i) {
      vf reset = LOAD(GATE(gates, 0)), update = LOAD(GATE(gates, 1)), n = LOAD(GATE(gates, 2));
      vf slope = LOAD(dh);
      vf dn = slope * ((vf)1.0f - update) * ((vf)1.0f - n * n);
      vf dr = dn * LOAD(GATE(q, 2)) * reset * ((vf)1.0f - reset);
      vf dz = slope * (LOAD(before) - n) * update * ((vf)1.0f - update);
      STORE(GATE(da, 0), dr);
      STORE(GATE(da, 1), dz);
      STORE(GATE(da, 2), dn);
      STORE(GATE(dq, 0), dr);
      STORE(GATE(dq, 1), dz);
      STORE(GATE(dq, 2), dn * reset);
      STORE(dh, slope * update);
    }
}

// Both gates, and s = r h, which the candidate's product is made with; then the candidate and h.
// The third gate of q is the candidate's product.
static void NAME(train_reset)(size_t rows, size_t units, real *a, const real *q, const real *before,
                              real *s) {
  for (size_t r = 0; r < rows; r++, a += 3 * units, q += 3 * units, before += units, s += units)
    EACH_UNIT(i) {
      vf reset = vf_sigmoid(LOAD(GATE(a, 0)) + LOAD(GATE(q, 0)));
      STORE(GATE(a, 0), reset);
      STORE(GATE(a, 1), vf_sigmoid(LOAD(GATE(a, 1)) + LOAD(GATE(q, 1))));
      STORE(s, reset * LOAD(before));
    }
}

static void NAME(train_candidate)(size_t rows, size_t units, real *a, const real *q,
                                  const real *before, real *h) {
  for (size_t r = 0; r < rows; r++, a += 3 * units, q += 3 * units, before += units, h += units)
    EACH_UNIT(i) {
      vf n = vf_tanh(LOAD(GATE(a, 2)) + LOAD(GATE(q, 2)));
      STORE(GATE(a, 2), n);
      STORE(h, vf_fma(LOAD(GATE(a, 1)), LOAD(before) - n, n));
    }
}

// The update gate's and the candidate's gradients, which are those by q too; then, ds being that by
// s, the reset gate's.
static void NAME(train_candidate_backward)(size_t rows, size_t units, const real *gates,
                                           const real *before, real *dh, real *da) {
  for (size_t r = 0; r < rows; r++, gates += 3 * units, before += units, dh += units,
              da += 3 * units)
    EACH_UNIT(i) {
      vf update = LOAD(GATE(gates, 1)), n = LOAD(GATE(gates, 2)), slope = LOAD(dh);
      STORE(GATE(da, 1), slope * (LOAD(before) - n) * update * ((vf)1.0f - update));
      STORE(GATE(da, 2), slope * ((vf)1.0f - update) * ((vf)1.0f - n * n));
      STORE(dh, slope * update);
    }
}

static void NAME(train_reset_backward)(size_t rows, size_t units, const real *gates,
                                       const real *before, const real *ds, real *dh, real *da) {
  for (size_t r = 0; r < rows; r++, gates += 3 * units, before += units, ds += units, dh += units,
              da += 3 * units)
    EACH_UNIT(i) {
      vf reset = LOAD(GATE(gates, 0)), slope = LOAD(ds);
      STORE(GATE(da, 0), slope * LOAD(before) * reset * ((vf)1.0f - reset));
      STORE(dh, LOAD(dh) + slope * reset);
    }
}

// h: the value before, and after the soft reset of those that were sent.
static void NAME(train_events)(size_t rows, size_t units, const real *threshold, real *h, real *y) {
  for (size_t r = 0; r < rows; r++, h += units, y += units)
    EACH_UNIT(i) {
      vf value = LOAD(h), least = LOAD(threshold);
      STORE(y, value > least ? value : (vf)0.0f);
      STORE(h, value > least ? value - least : value);
    }
}

// h: the values before the reset. dh: of those after it; comes out as that of the values before.
// leaks: 1 where the surrogate stands for the derivative of what silent units send, 0 where for
// that of every unit's event. Thresholds are not negative, so what was sent is positive.
// d_threshold: by each row, added to.
static void NAME(train_events_backward)(size_t rows, size_t units, double damping, double support,
                                        int leaks, const real *threshold, const real *y,
                                        const real *h, const real *dy, real *dh,
                                        real *d_threshold) {
  const vf height = (vf)(real)damping, width = (vf)(real)support;
  for (size_t r = 0; r < rows; r++, y += units, h += units, dy += units, dh += units,
              d_threshold += units)
    EACH_UNIT(i) {
      vf sent = LOAD(y), least = LOAD(threshold), output = LOAD(dy), kept = LOAD(dh);
      vf value = LOAD(h);
      vf distance = value - least;
      distance = vf_max(distance, -distance);
      vf slope = height * vf_max((vf)1.0f - width * distance, (vf)0.0f);
      vf leak = sent > (vf)0.0f ? (vf)0.0f : (vf)1.0f;
      slope *= (leaks ? leak : value) * output - least * kept;
      vf passed = sent > (vf)0.0f ? output : (vf)0.0f;
      vf taken = sent > (vf)0.0f ? kept : (vf)0.0f;
      STORE(d_threshold, LOAD(d_threshold) - slope - taken);
      STORE(dh, passed + slope + kept);
    }
}

#undef EACH_UNIT
#undef LOAD
#undef STORE
#undef GATE
