#include "include/sparrow_training_kernels.h"

extern const sparrow_training_kernels_f32 sparrow_scalar_training_kernels;
extern const sparrow_training_kernels_f64 sparrow_f64_training_kernels;
#if defined(__x86_64__)
extern const sparrow_training_kernels_f32 sparrow_avx2_training_kernels,
    sparrow_avx512_training_kernels;
#elif defined(__aarch64__)
extern const sparrow_training_kernels_f32 sparrow_neon_training_kernels;
#endif

#define PRODUCTS(isa, name)                                                                       \
  extern const sparrow_products_##name sparrow_##isa##_products_exact,                            \
      sparrow_##isa##_products_rounded;
PRODUCTS(scalar, f32)
PRODUCTS(f64, f64)
#if defined(__x86_64__)
PRODUCTS(avx2, f32)
PRODUCTS(avx512, f32)
extern const sparrow_products_f32 sparrow_avx512_bfloat16_products_paired;
#elif defined(__aarch64__)
PRODUCTS(neon, f32)
#endif
#undef PRODUCTS

const sparrow_training_kernels_f32 *sparrow_training_kernels_f32_for(sparrow_instruction_set isa) {
  switch (isa) {
#if defined(__x86_64__)
    case SPARROW_AVX2: return &sparrow_avx2_training_kernels;
    case SPARROW_AVX512: return &sparrow_avx512_training_kernels;
#elif defined(__aarch64__)
    case SPARROW_NEON:
    case SPARROW_NEON_I8MM: return &sparrow_neon_training_kernels;
#endif
    default: return &sparrow_scalar_training_kernels;
  }
}

const sparrow_training_kernels_f64 *sparrow_training_kernels_f64_for(sparrow_instruction_set isa) {
  (void)isa;
  return &sparrow_f64_training_kernels;
}

#define CHOICE(isa)                                                                               \
  arithmetic == SPARROW_PRODUCT_EXACT     ? &sparrow_##isa##_products_exact                       \
  : arithmetic == SPARROW_PRODUCT_ROUNDED ? &sparrow_##isa##_products_rounded                     \
                                          : NULL

const sparrow_products_f32 *sparrow_products_f32_for(sparrow_instruction_set isa,
                                                     sparrow_product_arithmetic arithmetic) {
  switch (isa) {
#if defined(__x86_64__)
    case SPARROW_AVX2: return CHOICE(avx2);
    case SPARROW_AVX512:
      if (arithmetic == SPARROW_PRODUCT_PAIRED)
        return __builtin_cpu_supports("avx512bf16") ? &sparrow_avx512_bfloat16_products_paired
                                                    : NULL;
      return CHOICE(avx512);
#elif defined(__aarch64__)
    case SPARROW_NEON:
    case SPARROW_NEON_I8MM: return CHOICE(neon);
#endif
    default: return CHOICE(scalar);
  }
}

const sparrow_products_f64 *sparrow_products_f64_for(sparrow_instruction_set isa,
                                                     sparrow_product_arithmetic arithmetic) {
  (void)isa;
  return CHOICE(f64);
}
