// How the operands of a product are packed, in each of its forms.

#pragma once

// The vectors of a form: units, whose parts lie apart (`across`: a unit's first
// and second number `stride` apart, the units of neighbouring lines next to each other) or in
// sequence (`along`: one line). `left`: of `across`, the lines that are left; of `along`, the
// numbers of the line. `seconds`: whether the units have a second number.
#ifdef VF_HAS_BFLOAT16_PAIRS
VINLINE vf matmul_add(const enum matmul_form form, vf a, vf b, vf sum) {
  return form == MATMUL_PAIRED ? vf_add_pairs(a, b, sum) : vf_fma(a, b, sum);
}
VINLINE vf matmul_pair_across(vf first, vf second) { return vf_pairs_of_two(first, second); }
VINLINE vf matmul_pair_along(vf first, vf second) { return vf_pairs_in_sequence(first, second); }
#else
VINLINE vf matmul_add(const enum matmul_form form, vf a, vf b, vf sum) { return vf_fma(a, b, sum); }
VINLINE vf matmul_pair_across(vf first, vf second) { return first; }
VINLINE vf matmul_pair_along(vf first, vf second) { return first; }
#endif

VINLINE size_t matmul_units(const enum matmul_form form, size_t k) {
  return form == MATMUL_PAIRED ? (k + 1) / 2 : k;
}

VINLINE vf matmul_across(const enum matmul_form form, const real *x, size_t stride, int seconds,
                         size_t left) {
  vf first = vf_load_upto(x, left);
  if (form == MATMUL_WHOLE) return first;
  if (form == MATMUL_ROUNDED) return vf_bfloat16(first);
  return matmul_pair_across(first, seconds ? vf_load_upto(x + stride, left) : (vf)0.0f);
}

VINLINE vf matmul_along(const enum matmul_form form, const real *x, size_t left) {
  vf first = vf_load_upto(x, left);
  if (form == MATMUL_WHOLE) return first;
  if (form == MATMUL_ROUNDED) return vf_bfloat16(first);
  return matmul_pair_along(
      first, left > VF_WIDTH ? vf_load_upto(x + VF_WIDTH, left - VF_WIDTH) : (vf)0.0f);
}

// Lane j of vector i becomes lane i of vector j: as many perfect shuffles as a lane's number has
// bits.
VINLINE void matmul_transpose(vf x[VF_WIDTH]) {
#if VF_WIDTH > 1
#pragma clang loop unroll(full)
  for (int stage = 1; stage < VF_WIDTH; stage *= 2) {
    vf y[VF_WIDTH];
#pragma clang loop unroll(full)
    for (int i = 0; i < VF_WIDTH / 2; i++) {
      y[2 * i] = vf_zip_low(x[i], x[i + VF_WIDTH / 2]);
      y[2 * i + 1] = vf_zip_high(x[i], x[i + VF_WIDTH / 2]);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < VF_WIDTH; i++) x[i] = y[i];
  }
#endif
}

// Columns of B: panel after panel, in each unit after unit.
VINLINE void matmul_pack_columns(const enum matmul_form form, size_t width, size_t depth,
                                 const real *b, size_t b_row, size_t b_column, real *packed) {
  const size_t numbers = form == MATMUL_PAIRED ? 2 : 1;
  const size_t units = matmul_units(form, depth);
  for (size_t j = 0; j < width; j += VF_WIDTH) {
    size_t columns = width - j < VF_WIDTH ? width - j : VF_WIDTH;
    real *to = packed + j / matmul_panel * units * matmul_panel + j % matmul_panel;
    if (b_column == 1) {
      for (size_t p = 0; p < units; p++)
        vf_store(to + p * matmul_panel, matmul_across(form, b + numbers * p * b_row + j, b_row,
                                                      numbers * p + 1 < depth, columns));
    } else {
      for (size_t p = 0; p < units; p += VF_WIDTH) {
        const real *from = b + j * b_column + numbers * p;
        size_t left = depth - numbers * p;
        vf line[VF_WIDTH];
        if (columns == VF_WIDTH && left >= numbers * VF_WIDTH) {
#pragma clang loop unroll(full)
          for (size_t c = 0; c < VF_WIDTH; c++)
            line[c] = matmul_along(form, from + c * b_column, numbers * VF_WIDTH);
        } else {
          for (size_t c = 0; c < VF_WIDTH; c++)
            line[c] = c < columns ? matmul_along(form, from + c * b_column, left) : (vf)0.0f;
        }
        matmul_transpose(line);
        for (size_t i = 0; i < VF_WIDTH && p + i < units; i++)
          vf_store(to + (p + i) * matmul_panel, line[i]);
      }
    }
    if (j % matmul_panel == 0 && width - j <= VF_WIDTH)
      for (size_t p = 0; p < units; p++)
        vf_store(to + p * matmul_panel + VF_WIDTH, (vf)0.0f);  // of a half panel, the other half
  }
}

// Rows of a band of A, that way round in which they lie: rows of units `matmul_depth_width` apart,
// or units of rows `matmul_band_width` apart.
VINLINE void matmul_pack_rows(const enum matmul_form form, size_t rows, size_t depth, const real *a,
                              size_t a_row, size_t a_column, real *packed) {
  const size_t numbers = form == MATMUL_PAIRED ? 2 : 1;
  const size_t units = matmul_units(form, depth);
  if (a_column == 1) {
    for (size_t i = 0; i < rows; i++)
      for (size_t p = 0; p < units; p += VF_WIDTH)
        vf_store(packed + i * matmul_depth_width + p,
                 matmul_along(form, a + i * a_row + numbers * p, depth - numbers * p));
  } else {
    for (size_t p = 0; p < units; p++)
      for (size_t i = 0; i < rows; i += VF_WIDTH)
        vf_store(packed + p * matmul_band_width + i,
                 matmul_across(form, a + i + numbers * p * a_column, a_column,
                               numbers * p + 1 < depth, rows - i));
  }
}
