// The linear recurrence over whole sequences, forward and backward.
//
//   x_t = a x_{t-1} + f w_t        a, f, w, x complex, elementwise over `states`
//
// A row holds the states of one clip at one step: `states` real parts, then `states` imaginary
// parts. Row (step t, clip b) starts at t * step_stride + b * 2 * states.

#pragma once

#include "../include/sparrow_training_kernels.h"
#include "names.h"

#define ROW(s, t, b) ((t) * (s)->step_stride + (b) * 2 * (s)->states)

// `carry`: [clips][2 * states], the state before the first step; left as the last state.
static void NAME(scan_forward)(const sparrow_scan *s, const real *a, const real *f, const real *w,
                               real *x, real *carry) {
  const size_t n = s->states;
  for (size_t t = 0; t < s->steps; t++) {
    for (size_t clip = 0; clip < s->clips; clip++) {
      const size_t row = ROW(s, t, clip);
      const real *w_re = w + row, *w_im = w_re + n;
      real *x_re = x + row, *x_im = x_re + n;
      real *s_re = carry + clip * 2 * n, *s_im = s_re + n;
      for (size_t i = 0; i < n; i += VF_WIDTH) {
        const size_t left = n - i;
        vf ar = vf_load_upto(a + i, left), ai = vf_load_upto(a + n + i, left);
        vf fr = vf_load_upto(f + i, left), fi = vf_load_upto(f + n + i, left);
        vf wr = vf_load_upto(w_re + i, left), wi = vf_load_upto(w_im + i, left);
        vf sr = vf_load_upto(s_re + i, left), si = vf_load_upto(s_im + i, left);
        vf re = vf_fma(ar, sr, fr * wr) - vf_fma(ai, si, fi * wi);
        vf im = vf_fma(ar, si, fr * wi) + vf_fma(ai, sr, fi * wr);
        vf_store_upto(s_re + i, re, left);
        vf_store_upto(s_im + i, im, left);
        vf_store_upto(x_re + i, re, left);
        vf_store_upto(x_im + i, im, left);
      }
    }
  }
}

// x_t += a^{t+1} carry, for a sequence that was run from a zero state but should have started
// from `carry`; `carry` is left multiplied by a^steps.
static void NAME(scan_carry)(const sparrow_scan *s, const real *a, real *x, real *carry) {
  const size_t n = s->states;
  for (size_t t = 0; t < s->steps; t++) {
    for (size_t clip = 0; clip < s->clips; clip++) {
      real *x_re = x + ROW(s, t, clip), *x_im = x_re + n;
      real *s_re = carry + clip * 2 * n, *s_im = s_re + n;
      for (size_t i = 0; i < n; i += VF_WIDTH) {
        const size_t left = n - i;
        vf ar = vf_load_upto(a + i, left), ai = vf_load_upto(a + n + i, left);
        vf sr = vf_load_upto(s_re + i, left), si = vf_load_upto(s_im + i, left);
        vf re = ar * sr - ai * si, im = ar * si + ai * sr;
        vf_store_upto(s_re + i, re, left);
        vf_store_upto(s_im + i, im, left);
        vf_store_upto(x_re + i, vf_load_upto(x_re + i, left) + re, left);
        vf_store_upto(x_im + i, vf_load_upto(x_im + i, left) + im, left);
      }
    }
  }
}

// Gradients. On entry `g` holds dL/dx_t as it comes from the readout; on return it holds dL/dw_t.
// `adjoint`: [clips][2 * states], dL/dx of the step after the last one, times nothing yet; left as
// the adjoint of the first step's previous state. `a_grad`, `f_grad`: [2 * states], added to.
//
//   l_t = g_t + conj(a) l_{t+1},  dw_t = conj(f) l_t,
//   da += l_t conj(x_{t-1}),      df += l_t conj(w_t)
//
// `first`: [clips][2 * states], the state before the first step (NULL: zero).
static void NAME(scan_backward)(const sparrow_scan *s, const real *a, const real *f,
                                const real *w, const real *x, const real *first, real *g,
                                real *adjoint, real *a_grad, real *f_grad) {
  const size_t n = s->states;
  for (size_t t = s->steps; t-- > 0;) {
    for (size_t clip = 0; clip < s->clips; clip++) {
      const size_t row = ROW(s, t, clip);
      const real *w_re = w + row, *w_im = w_re + n;
      const real *p_re = t > 0 ? x + ROW(s, t - 1, clip)
                         : first ? first + clip * 2 * n
                                 : NULL;
      real *g_re = g + row, *g_im = g_re + n;
      real *l_re = adjoint + clip * 2 * n, *l_im = l_re + n;
      for (size_t i = 0; i < n; i += VF_WIDTH) {
        const size_t left = n - i;
        vf fr = vf_load_upto(f + i, left), fi = vf_load_upto(f + n + i, left);
        vf ar = vf_load_upto(a + i, left), ai = vf_load_upto(a + n + i, left);
        vf lr = vf_load_upto(l_re + i, left) + vf_load_upto(g_re + i, left);
        vf li = vf_load_upto(l_im + i, left) + vf_load_upto(g_im + i, left);
        vf wr = vf_load_upto(w_re + i, left), wi = vf_load_upto(w_im + i, left);
        vf_store_upto(f_grad + i,
                      vf_load_upto(f_grad + i, left) + vf_fma(lr, wr, li * wi), left);
        vf_store_upto(f_grad + n + i,
                      vf_load_upto(f_grad + n + i, left) + (li * wr - lr * wi), left);
        if (p_re) {
          vf pr = vf_load_upto(p_re + i, left), pi = vf_load_upto(p_re + n + i, left);
          vf_store_upto(a_grad + i,
                        vf_load_upto(a_grad + i, left) + vf_fma(lr, pr, li * pi), left);
          vf_store_upto(a_grad + n + i,
                        vf_load_upto(a_grad + n + i, left) + (li * pr - lr * pi), left);
        }
        vf_store_upto(g_re + i, vf_fma(fr, lr, fi * li), left);
        vf_store_upto(g_im + i, fr * li - fi * lr, left);
        vf_store_upto(l_re + i, vf_fma(ar, lr, ai * li), left);
        vf_store_upto(l_im + i, ar * li - ai * lr, left);
      }
    }
  }
}

#undef ROW
