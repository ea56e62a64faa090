#include "include/sparrow_kernels.h"

extern const sparrow_kernels sparrow_scalar_kernels;
#if defined(__x86_64__)
extern const sparrow_kernels sparrow_avx2_kernels, sparrow_avx512_kernels;
#elif defined(__aarch64__)
extern const sparrow_kernels sparrow_neon_kernels, sparrow_neon_i8mm_kernels;
#elif defined(__wasm_simd128__)
extern const sparrow_kernels sparrow_wasm_kernels;
#endif

#if defined(__aarch64__)
// Whether the processor multiplies unsigned bytes by signed ones. Where nobody can be asked, only
// if the compiler was told that it does.
static bool has_i8mm(void) {
#if defined(__ARM_FEATURE_MATMUL_INT8)
  return true;
#elif defined(__linux__)
  enum { hwcap2 = 26, i8mm = 1 << 13 };  // AT_HWCAP2 and HWCAP2_I8MM of <sys/auxv.h>
  extern unsigned long getauxval(unsigned long type);
  return getauxval(hwcap2) & i8mm;
#elif defined(__APPLE__)
  extern int sysctlbyname(const char *name, void *value, size_t *size, void *fresh, size_t length);
  int found = 0;
  size_t size = sizeof found;
  return sysctlbyname("hw.optional.arm.FEAT_I8MM", &found, &size, NULL, 0) == 0 && found;
#else
  return false;
#endif
}
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
    case SPARROW_NEON_I8MM: return has_i8mm();
#elif defined(__wasm_simd128__)
    case SPARROW_WASM: return true;
#endif
    default: return false;
  }
}

sparrow_instruction_set sparrow_best_instruction_set(void) {
  for (int isa = SPARROW_NEON_I8MM; isa > SPARROW_SCALAR; isa--)
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
    case SPARROW_NEON_I8MM: return &sparrow_neon_i8mm_kernels;
#elif defined(__wasm_simd128__)
    case SPARROW_WASM: return &sparrow_wasm_kernels;
#endif
    default: return &sparrow_scalar_kernels;
  }
}
