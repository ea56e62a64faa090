// Matrix products of training: C[m x n] = A[m x k] B[k x n] + bias[n], or C += A B. Any shape will
// do. Strides of A and B are in elements; of either's two, one is 1.

#ifndef SPARROW_PRODUCT_KERNELS_H
#define SPARROW_PRODUCT_KERNELS_H

#include <stddef.h>
#include "sparrow_instruction_set.h"

// What happens to the operands; sums are of the table's own type.
typedef enum sparrow_product_arithmetic {
  SPARROW_PRODUCT_EXACT = 0,
  // Rounded to bfloat16, to nearest and ties to even, and multiplied as the table's own type.
  SPARROW_PRODUCT_ROUNDED = 1,
  // Rounded in the same way, and multiplied by instructions for pairs of bfloat16, to which
  // subnormal numbers are zero.
  SPARROW_PRODUCT_PAIRED = 2,
} sparrow_product_arithmetic;

#define SPARROW_PRODUCT_KERNELS(real, name_)                                                      \
  typedef struct sparrow_products_##name_ {                                                       \
    /* Elements of workspace that a product needs. */                                             \
    size_t (*_Nonnull workspace)(void);                                                           \
    void (*_Nonnull multiply)(size_t m, size_t n, size_t k, const real *_Nonnull a, size_t a_row, \
                              size_t a_column, const real *_Nonnull b, size_t b_row,              \
                              size_t b_column, real *_Nonnull c, size_t c_row, int accumulate,    \
                              const real *_Nullable bias, real *_Nonnull workspace);              \
    /* A B that serves many products is packed once. Columns from a multiple of 32 on may be      \
       packed apart: they begin after the elements that those before them have. */                \
    size_t (*_Nonnull packed_size)(size_t n, size_t k);                                           \
    void (*_Nonnull pack)(size_t n, size_t k, const real *_Nonnull b, size_t b_row,               \
                          size_t b_column, real *_Nonnull packed);                                \
    void (*_Nonnull multiply_packed)(size_t m, size_t n, size_t k, const real *_Nonnull a,        \
                                     size_t a_row, size_t a_column, const real *_Nonnull packed,  \
                                     real *_Nonnull c, size_t c_row, int accumulate,              \
                                     const real *_Nullable bias, real *_Nonnull workspace);       \
  } sparrow_products_##name_;

SPARROW_PRODUCT_KERNELS(float, f32)
SPARROW_PRODUCT_KERNELS(double, f64)

// NULL where the instruction set or the processor has no such arithmetic.
const sparrow_products_f32 *_Nullable sparrow_products_f32_for(
    sparrow_instruction_set isa, sparrow_product_arithmetic arithmetic);
const sparrow_products_f64 *_Nullable sparrow_products_f64_for(
    sparrow_instruction_set isa, sparrow_product_arithmetic arithmetic);

#endif
