// General matrix products: C[m x n] (+)= A[m x k] B[k x n] (+ bias of n).
//
// A and B have a stride in either direction, so a transposed operand is the same call. B is packed
// into panels of two vectors' columns, `depth` rows at a time; A is read where it lies, one scalar
// broadcast over a panel. The micro-kernel keeps ROWS x 2 vectors of C in registers. Panels are padded
// with zeros; of a last panel that is at most one vector wide, only that vector is multiplied.

enum {
  matmul_depth = 384,            // rows of B in a block: a panel (96 KiB at most) stays in L2
  matmul_width = 512,            // columns of B in a block
  matmul_panel = 2 * VF_WIDTH,
  matmul_rows = MATMUL_ROWS,
};

// Elements of workspace that a product needs, whatever its shape.
static size_t NAME(matmul_workspace)(void) {
  return (size_t)matmul_depth * (matmul_width + matmul_panel);
}

VINLINE void matmul_pack(size_t depth, size_t width, const real *b, size_t b_row, size_t b_column,
                         real *packed) {
  for (size_t j = 0; j < width; j += matmul_panel) {
    size_t columns = width - j < matmul_panel ? width - j : matmul_panel;
    if (b_column == 1) {
      for (size_t p = 0; p < depth; p++) {
        const real *row = b + p * b_row + j;
        real *to = packed + p * matmul_panel;
        for (size_t v = 0; v < 2; v++) {
          size_t start = v * VF_WIDTH, left = columns > start ? columns - start : 0;
          vf_store(to + start, left ? vf_load_upto(row + start, left) : (vf)0.0f);
        }
      }
    } else {
      for (size_t c = 0; c < matmul_panel; c++) {
        const real *column = b + (j + c) * b_column;
        for (size_t p = 0; p < depth; p++)
          packed[p * matmul_panel + c] = c < columns ? column[p * b_row] : (real)0;
      }
    }
    packed += depth * matmul_panel;
  }
}

// `rows` rows of C by `vectors` of one panel, constants at every call. `a_row`, `a_column`: strides
// of A.
VINLINE void matmul_tile(const int rows, const int vectors, size_t depth, size_t columns, const real *a,
                         const size_t a_row, const size_t a_column, const real *b, real *c,
                         size_t c_row, int accumulate, const real *bias) {
  vf sum[matmul_rows][2];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) sum[i][0] = sum[i][1] = (vf)0.0f;
  for (size_t p = 0; p < depth; p++) {
    vf b0 = vf_load(b + p * matmul_panel);
    vf b1 = vectors > 1 ? vf_load(b + p * matmul_panel + VF_WIDTH) : b0;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      vf scalar = (vf)a[(size_t)i * a_row + p * a_column];
      sum[i][0] = vf_fma(scalar, b0, sum[i][0]);
      if (vectors > 1) sum[i][1] = vf_fma(scalar, b1, sum[i][1]);
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

// The next rows of C, at most `matmul_rows`, by one panel.
VINLINE void matmul_rows_of_panel(size_t m, const int vectors, size_t depth, size_t columns,
                                  const real *a, const size_t a_row, const size_t a_column,
                                  const real *b, size_t first, real *c, size_t c_row,
                                  int accumulate, const real *bias) {
#define TILE(n)                                                                           \
  matmul_tile(n, vectors, depth, columns, a + first * a_row, a_row, a_column, b,          \
              c + first * c_row, c_row, accumulate, bias)
  if (m - first >= matmul_rows) {
    TILE(matmul_rows);
    return;
  }
  while (first < m) {
    size_t left = m - first;
    if (left >= 8 && matmul_rows > 8) { TILE(matmul_rows > 8 ? 8 : 1); first += 8; }
    else if (left >= 4 && matmul_rows > 4) { TILE(matmul_rows > 4 ? 4 : 1); first += 4; }
    else if (left >= 2) { TILE(2); first += 2; }
    else { TILE(1); first += 1; }
  }
#undef TILE
}

static void NAME(matmul)(size_t m, size_t n, size_t k, const real *a, size_t a_row,
                         size_t a_column, const real *b, size_t b_row, size_t b_column, real *c,
                         size_t c_row, int accumulate, const real *bias, real *workspace) {
  if (k == 0) {  // an empty sum: C is the bias, or what it was
    for (size_t i = 0; i < m && !accumulate; i++)
      for (size_t j = 0; j < n; j++) c[i * c_row + j] = bias ? bias[j] : (real)0;
    return;
  }
  for (size_t j = 0; j < n; j += matmul_width) {
    size_t width = n - j < matmul_width ? n - j : matmul_width;
    for (size_t p = 0; p < k; p += matmul_depth) {
      size_t depth = k - p < matmul_depth ? k - p : matmul_depth;
      matmul_pack(depth, width, b + p * b_row + j * b_column, b_row, b_column, workspace);
      int adding = accumulate || p > 0;
      const real *block_bias = p == 0 && bias ? bias + j : NULL;
      for (size_t i = 0; i < m; i += matmul_rows) {
        const real *panel = workspace;
        for (size_t column = 0; column < width; column += matmul_panel) {
          size_t columns = width - column < matmul_panel ? width - column : matmul_panel;
          const real *block_a = a + p * a_column;
          real *block_c = c + j + column;
          const real *tile_bias = block_bias ? block_bias + column : NULL;
          // A's unit stride, on either side, is a constant that the compiler sees.
          if (columns <= VF_WIDTH)
            matmul_rows_of_panel(m, 1, depth, columns, block_a, a_row, a_column, panel, i,
                                 block_c, c_row, adding, tile_bias);
          else if (a_column == 1)
            matmul_rows_of_panel(m, 2, depth, columns, block_a, a_row, 1, panel, i, block_c,
                                 c_row, adding, tile_bias);
          else if (a_row == 1)
            matmul_rows_of_panel(m, 2, depth, columns, block_a, 1, a_column, panel, i, block_c,
                                 c_row, adding, tile_bias);
          else
            matmul_rows_of_panel(m, 2, depth, columns, block_a, a_row, a_column, panel, i,
                                 block_c, c_row, adding, tile_bias);
          panel += depth * matmul_panel;
        }
      }
    }
  }
}
