#include "include/sparrow_kernels.h"

extern const sparrow_kernels sparrow_scalar_kernels;
#if defined(__x86_64__)
extern const sparrow_kernels sparrow_avx2_kernels, sparrow_avx512_kernels;
#elif defined(__aarch64__)
extern const sparrow_kernels sparrow_neon_kernels;
#elif defined(__wasm_simd128__)
extern const sparrow_kernels sparrow_wasm_kernels;
#endif

bool sparrow_supports(sparrow_instruction_set isa) {
  switch (isa) {
    case SPARROW_SCALAR: return true;
#if defined(__x86_64__)
    case SPARROW_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case SPARROW_AVX512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi") &&
             __builtin_cpu_supports("avx512vbmi2");
#elif defined(__aarch64__)
    case SPARROW_NEON: return true;
#elif defined(__wasm_simd128__)
    case SPARROW_WASM: return true;
#endif
    default: return false;
  }
}

sparrow_instruction_set sparrow_best_instruction_set(void) {
  for (int isa = SPARROW_WASM; isa > SPARROW_SCALAR; isa--)
    if (sparrow_supports((sparrow_instruction_set)isa)) return (sparrow_instruction_set)isa;
  return SPARROW_SCALAR;
}

const sparrow_kernels *sparrow_kernels_for(sparrow_instruction_set isa) {
  switch (isa) {
#if defined(__x86_64__)
    case SPARROW_AVX2: return &sparrow_avx2_kernels;
    case SPARROW_AVX512: return &sparrow_avx512_kernels;
#elif defined(__aarch64__)
    case SPARROW_NEON: return &sparrow_neon_kernels;
#elif defined(__wasm_simd128__)
    case SPARROW_WASM: return &sparrow_wasm_kernels;
#endif
    default: return &sparrow_scalar_kernels;
  }
}
