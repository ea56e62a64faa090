// The dense format with weights in bfloat16: the upper half of a single-precision number.
//
// Storage: as floats in dense.h, but a word of four bytes holds a row's weights of two columns, the left
// one in its low half. Columns are padded to an even number.

// The sums of `slices` of a panel whose words of two columns are `height` apart; `phases` pairs at a
// time go to separate sums.
VINLINE void dense_panel_bfloat16(const int32_t *w, size_t height, const float *bias, size_t columns,
                                  const float *x, float *y, const int slices, const int phases) {
  enum { most = 64 / VF_WIDTH > 16 ? 64 / VF_WIDTH : 16 };
  const int vectors = slices * 16 / VF_WIDTH;
  vf sum[8][most];  // by column of the pairs
  for (int p = 0; p < 2 * phases; p++)
    for (int v = 0; v < vectors; v++)
      sum[p][v] = p == 0 && bias ? vf_load(bias + v * VF_WIDTH) : (vf)0.0f;
  size_t c = 0;
  for (; c + 2 * phases <= columns; c += 2 * phases) {
#pragma clang loop unroll(full)
    for (int p = 0; p < phases; p++) {
      const vf left = (vf)x[c + 2 * p], right = (vf)x[c + 2 * p + 1];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        const vu pair = vu_load(w + v * VF_WIDTH);
        if (v * VF_WIDTH % 16 == 0) __builtin_prefetch(w + v * VF_WIDTH + 1024);
        sum[2 * p][v] = vf_fma(vf_from_bits((vi)(pair << 16)), left, sum[2 * p][v]);
        sum[2 * p + 1][v] = vf_fma(vf_from_bits((vi)(pair & 0xffff0000u)), right, sum[2 * p + 1][v]);
      }
      w += height;
    }
  }
  for (; c < columns; c += 2) {
    const vf left = (vf)x[c], right = (vf)(c + 1 < columns ? x[c + 1] : 0.0f);
    for (int v = 0; v < vectors; v++) {
      const vu pair = vu_load(w + v * VF_WIDTH);
      sum[0][v] = vf_fma(vf_from_bits((vi)(pair << 16)), left, sum[0][v]);
      sum[1][v] = vf_fma(vf_from_bits((vi)(pair & 0xffff0000u)), right, sum[1][v]);
    }
    w += height;
  }
  for (int v = 0; v < vectors; v++) {
    for (int p = 1; p < 2 * phases; p++) sum[0][v] += sum[p][v];
    vf_store(y + v * VF_WIDTH, sum[0][v]);
  }
}

static void NAME(matvec_dense_bfloat16)(const sparrow_matrix *m, const uint8_t *image, const float *x,
                                        float *y) {
  const size_t columns = m->columns, pairs = (columns + 1) / 2;
  for (size_t row = 0; row < m->stored_rows; row += 64) {
    const int32_t *w = matrix_integers(image, m->weights_offset) + row * pairs;
    const float *b = m->bias_offset ? matrix_floats(image, m->bias_offset) + row : NULL;
    const size_t height = m->stored_rows - row < 64 ? m->stored_rows - row : 64;
#if VF_WIDTH >= 16
    switch (height) {
      case 16: dense_panel_bfloat16(w, height, b, columns, x, y + row, 1, 4); break;
      case 32: dense_panel_bfloat16(w, height, b, columns, x, y + row, 2, 2); break;
      case 48: dense_panel_bfloat16(w, height, b, columns, x, y + row, 3, 1); break;
      default: dense_panel_bfloat16(w, height, b, columns, x, y + row, 4, 1); break;
    }
#else
    for (size_t s = 0; s < height; s += 16)
      dense_panel_bfloat16(w + s, height, b ? b + s : NULL, columns, x, y + row + s, 1,
                           VF_WIDTH >= 8 ? 2 : 1);
#endif
  }
}
