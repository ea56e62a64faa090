// Dense matrix-vector products.
//
// Storage ("panels"): rows are padded to a multiple of 16 and taken 64 at a time (the last group
// may have 16, 32 or 48). A group stores its columns one after the other, each as the group's rows,
// so a product reads the weights once, in order. Padding rows are zero.

// y[0..<16*panels] = bias + W x for one group; `phases` columns at a time go to separate sums, so
// that enough independent sums are in flight whatever the group's height.
VINLINE void matvec_group(const float *w, const float *bias, size_t columns, const float *x,
                          float *y, const int panels, const int phases) {
  enum { most = 64 / VF_WIDTH > 8 ? 64 / VF_WIDTH : 8 };
  const int vectors = panels * 16 / VF_WIDTH;
  const size_t height = (size_t)panels * 16;
  vf sum[8][most];
  for (int p = 0; p < phases; p++)
    for (int v = 0; v < vectors; v++)
      sum[p][v] = p == 0 && bias ? vf_load(bias + v * VF_WIDTH) : (vf)0.0f;
  size_t c = 0;
  for (; c + phases <= columns; c += phases) {
#pragma clang loop unroll(full)
    for (int p = 0; p < phases; p++) {
      vf activation = (vf)x[c + p];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        const float *weights = w + (c + p) * height + v * VF_WIDTH;
        // The weights of a network pass through the second-level cache once a step; asking for
        // them 4 KiB ahead hides more of the third level's latency than the processor does alone.
        if (v * VF_WIDTH % 16 == 0) __builtin_prefetch(weights + 1024);
        sum[p][v] = vf_fma(vf_load(weights), activation, sum[p][v]);
      }
    }
  }
  for (; c < columns; c++)
    for (int v = 0; v < vectors; v++)
      sum[0][v] = vf_fma(vf_load(w + c * height + v * VF_WIDTH), (vf)x[c], sum[0][v]);
  for (int v = 0; v < vectors; v++) {
    for (int p = 1; p < phases; p++) sum[0][v] += sum[p][v];
    vf_store(y + v * VF_WIDTH, sum[0][v]);
  }
}

static void NAME(matvec)(const float *weights, const float *bias, size_t rows, size_t columns,
                         const float *x, float *y) {
  for (size_t row = 0; row < rows; row += 64) {
    const float *w = weights + row * columns;
    const float *b = bias ? bias + row : NULL;
    switch (rows - row) {
      case 16: matvec_group(w, b, columns, x, y + row, 1, VF_WIDTH >= 16 ? 8 : 4); break;
      case 32: matvec_group(w, b, columns, x, y + row, 2, VF_WIDTH >= 16 ? 4 : 2); break;
      case 48: matvec_group(w, b, columns, x, y + row, 3, VF_WIDTH >= 16 ? 3 : 1); break;
      default: matvec_group(w, b, columns, x, y + row, 4, VF_WIDTH >= 16 ? 2 : 1); break;
    }
  }
}
