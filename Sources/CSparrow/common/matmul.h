// General matrix products: C[m x n] (+)= A[m x k] B[k x n] (+ bias of n).
//
// A and B lie either way round (of their strides, one is 1), so a transposed operand is the same
// call. B is packed into panels of two vectors' columns: `depth` rows at a time as the product goes
// on, or whole, once for many products; few rows of A are packed then, too, and otherwise read
// where they lie, one scalar broadcast over a panel. The micro-kernel keeps ROWS x 2 vectors of C
// in registers. Panels are padded with zeros; of a last panel that is at most one vector wide, only
// that vector is multiplied. How C is tiled makes no difference to its sums.
//
// The operands of a product may be rounded to bfloat16, the upper half of a float, as they are
// packed; A is packed then, too. Where the processor multiplies pairs of them, along k, one element
// of what is packed is a pair: below, a unit is an element or a pair.

#pragma once

#include "../include/sparrow_product_kernels.h"
#include "names.h"

enum {
  matmul_depth = 384,            // units of B in a block: a panel (96 KiB at most) stays in L2
  matmul_width = 512,            // columns of B in a block
  matmul_panel = 2 * VF_WIDTH,
  matmul_rows = MATMUL_ROWS,
  matmul_band = 4 * matmul_rows,  // rows of A that a panel serves, one tile after the other
  matmul_band_width = (matmul_band + VF_WIDTH - 1) / VF_WIDTH * VF_WIDTH,
  matmul_depth_width = (matmul_depth + VF_WIDTH - 1) / VF_WIDTH * VF_WIDTH,
};

// What operands are multiplied as, a constant at every call.
enum matmul_form { MATMUL_WHOLE, MATMUL_ROUNDED, MATMUL_PAIRED };

#include "matmul_pack.h"

// `rows` rows of C by `vectors` of one panel, constants at every call. `a_row`, `a_column`: strides
// of A.
VINLINE void matmul_tile(const enum matmul_form form, const int rows, const int vectors,
                         size_t depth, size_t columns, const real *a, const size_t a_row,
                         const size_t a_column, const real *b, real *c, size_t c_row,
                         int accumulate, const real *bias) {
  vf sum[matmul_rows][2];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) sum[i][0] = sum[i][1] = (vf)0.0f;
  for (size_t p = 0; p < depth; p++) {
    vf b0 = vf_load(b + p * matmul_panel);
    vf b1 = vectors > 1 ? vf_load(b + p * matmul_panel + VF_WIDTH) : b0;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      vf scalar = (vf)a[(size_t)i * a_row + p * a_column];
      sum[i][0] = matmul_add(form, scalar, b0, sum[i][0]);
      if (vectors > 1) sum[i][1] = matmul_add(form, scalar, b1, sum[i][1]);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
    for (int v = 0; v < vectors; v++) {
      size_t start = (size_t)v * VF_WIDTH;
      size_t left = columns - start;
      real *to = c + (size_t)i * c_row + start;
      vf value = sum[i][v];
      if (accumulate) value += vf_load_upto(to, left);
      if (bias) value += vf_load_upto(bias + start, left);
      vf_store_upto(to, value, left);
    }
  }
}

// A band of C by one panel.
VINLINE void matmul_band_by_panel(const enum matmul_form form, size_t rows, const int vectors,
                                  size_t depth, size_t columns, const real *a, const size_t a_row,
                                  const size_t a_column, const real *b, real *c, size_t c_row,
                                  int accumulate, const real *bias) {
  size_t first = 0;
#define TILE(n)                                                                                   \
  matmul_tile(form, n, vectors, depth, columns, a + first * a_row, a_row, a_column, b,            \
              c + first * c_row, c_row, accumulate, bias)
  while (first < rows) {
    size_t left = rows - first;
    // Two tiles of 8 read the panel in better time than one of 12 and one of 4.
    if (left >= matmul_rows && !(matmul_rows == 12 && left == 16)) {
      TILE(matmul_rows);
      first += matmul_rows;
    } else if (left >= 8 && matmul_rows > 8) { TILE(matmul_rows > 8 ? 8 : 1); first += 8; }
    else if (left >= 4 && matmul_rows > 4) { TILE(matmul_rows > 4 ? 4 : 1); first += 4; }
    else if (left >= 2) { TILE(2); first += 2; }
    else { TILE(1); first += 1; }
  }
#undef TILE
}

// A band of C by a block of B, whose panels are `b_panel` apart.
VINLINE void matmul_band_by_block(const enum matmul_form form, size_t rows, size_t width,
                                  size_t depth, const real *a, const size_t a_row,
                                  const size_t a_column,
                                  const real *b, size_t b_panel, real *c, size_t c_row,
                                  int accumulate, const real *bias) {
  for (size_t j = 0; j < width; j += matmul_panel, b += b_panel) {
    size_t columns = width - j < matmul_panel ? width - j : matmul_panel;
    const real *panel_bias = bias ? bias + j : NULL;
    if (columns <= VF_WIDTH)
      matmul_band_by_panel(form, rows, 1, depth, columns, a, a_row, a_column, b, c + j, c_row,
                           accumulate, panel_bias);
    else
      matmul_band_by_panel(form, rows, 2, depth, columns, a, a_row, a_column, b, c + j, c_row,
                           accumulate, panel_bias);
  }
}

// `whole`: all of B as `matmul_pack` left it; where it is NULL, blocks of b are packed on the way.
VINLINE void matmul_any(const enum matmul_form form, size_t m, size_t n, size_t k, const real *a,
                        size_t a_row, size_t a_column, const real *b, size_t b_row,
                        size_t b_column, const real *whole, real *c, size_t c_row, int accumulate,
                        const real *bias, real *workspace) {
  if (k == 0) {  // an empty sum: C is the bias, or what it was
    for (size_t i = 0; i < m && !accumulate; i++)
      for (size_t j = 0; j < n; j++) c[i * c_row + j] = bias ? bias[j] : (real)0;
    return;
  }
  const size_t most = form == MATMUL_PAIRED ? 2 * matmul_depth : matmul_depth;
  const size_t block_width = whole ? n : matmul_width;
  real *packed_a = workspace + (whole ? 0 : matmul_depth * (matmul_width + matmul_panel));
  for (size_t j = 0; j < n; j += block_width) {
    size_t width = n - j < block_width ? n - j : block_width;
    for (size_t p = 0; p < k; p += most) {
      size_t depth = k - p < most ? k - p : most;
      size_t units = matmul_units(form, depth);
      const real *block = workspace;
      size_t b_panel = units * matmul_panel;
      if (whole) {
        block = whole + matmul_units(form, p) * matmul_panel;
        b_panel = matmul_units(form, k) * matmul_panel;
      } else {
        matmul_pack_columns(form, width, depth, b + p * b_row + j * b_column, b_row, b_column,
                            workspace);
      }
      int adding = accumulate || p > 0;
      const real *block_bias = p == 0 && bias ? bias + j : NULL;
      for (size_t i = 0; i < m; i += matmul_band) {
        size_t rows = m - i < matmul_band ? m - i : matmul_band;
        const real *band = a + i * a_row + p * a_column;
        real *to = c + i * c_row + j;
#define BAND(values, row, column)                                                                 \
  matmul_band_by_block(form, rows, width, units, values, row, column, block, b_panel, to, c_row,  \
                       adding, block_bias)
        // A's unit stride, on either side, is a constant that the compiler sees.
        if (form != MATMUL_WHOLE || whole) {
          matmul_pack_rows(form, rows, depth, band, a_row, a_column, packed_a);
          if (a_column == 1) BAND(packed_a, matmul_depth_width, 1);
          else BAND(packed_a, 1, matmul_band_width);
        } else if (a_column == 1) {
          BAND(band, a_row, 1);
        } else {
          BAND(band, 1, a_column);
        }
#undef BAND
      }
    }
  }
}

// Elements of workspace that a product needs, whatever its shape and form.
static size_t NAME(matmul_workspace)(void) {
  return (size_t)matmul_depth * (matmul_width + matmul_panel) +
         (size_t)matmul_depth_width * matmul_band_width;
}

// The functions of a table, for one form.
#define MATMUL_FUNCTIONS(form, name)                                                              \
  static __attribute__((noinline)) void NAME(matmul_any_##name)(                                  \
      size_t m, size_t n, size_t k, const real *a, size_t a_row, size_t a_column, const real *b,  \
      size_t b_row, size_t b_column, const real *whole, real *c, size_t c_row, int accumulate,    \
      const real *bias, real *workspace) {                                                        \
    matmul_any(form, m, n, k, a, a_row, a_column, b, b_row, b_column, whole, c, c_row,            \
               accumulate, bias, workspace);                                                      \
  }                                                                                               \
  static void NAME(matmul_##name)(size_t m, size_t n, size_t k, const real *a, size_t a_row,      \
                                  size_t a_column, const real *b, size_t b_row, size_t b_column,  \
                                  real *c, size_t c_row, int accumulate, const real *bias,        \
                                  real *workspace) {                                              \
    NAME(matmul_any_##name)                                                                       \
    (m, n, k, a, a_row, a_column, b, b_row, b_column, NULL, c, c_row, accumulate, bias,           \
     workspace);                                                                                  \
  }                                                                                               \
  static size_t NAME(matmul_packed_size_##name)(size_t n, size_t k) {                             \
    return (n + matmul_panel - 1) / matmul_panel * matmul_panel * matmul_units(form, k);          \
  }                                                                                               \
  static void NAME(matmul_pack_##name)(size_t n, size_t k, const real *b, size_t b_row,           \
                                       size_t b_column, real *packed) {                           \
    matmul_pack_columns(form, n, k, b, b_row, b_column, packed);                                  \
  }                                                                                               \
  static void NAME(matmul_packed_##name)(size_t m, size_t n, size_t k, const real *a,             \
                                         size_t a_row, size_t a_column, const real *packed,       \
                                         real *c, size_t c_row, int accumulate,                   \
                                         const real *bias, real *workspace) {                     \
    NAME(matmul_any_##name)                                                                       \
    (m, n, k, a, a_row, a_column, packed, 0, 0, packed, c, c_row, accumulate, bias, workspace);   \
  }                                                                                               \
  const SPARROW_PRODUCTS NAME(products_##name) = {                                                \
      .workspace = NAME(matmul_workspace),                                                        \
      .multiply = NAME(matmul_##name),                                                            \
      .packed_size = NAME(matmul_packed_size_##name),                                             \
      .pack = NAME(matmul_pack_##name),                                                           \
      .multiply_packed = NAME(matmul_packed_##name),                                              \
  };
