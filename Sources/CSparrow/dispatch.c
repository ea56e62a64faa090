#include "include/sparrow_kernels.h"
#include "include/sparrow_lane_kernels.h"

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

bool sparrow_is_intel(void) {
#if defined(__x86_64__)
  return __builtin_cpu_is("intel");
#else
  return false;
#endif
}

sparrow_instruction_set sparrow_best_instruction_set(void) {
  for (int isa = SPARROW_NEON_I8MM; isa > SPARROW_SCALAR; isa--)
    if (sparrow_supports((sparrow_instruction_set)isa)) return (sparrow_instruction_set)isa;
  return SPARROW_SCALAR;
}

// The functions that give the tables of one kind: `sparrow_integer_kernels_for` and so on.
#define TABLE(kind, set) extern const sparrow_##kind##_kernels sparrow_##set##_##kind##_kernels;
#define CASE(kind, value, set) \
  case SPARROW_##value: return &sparrow_##set##_##kind##_kernels;
#define CHOICE(kind, cases)                                                                   \
  const sparrow_##kind##_kernels *sparrow_##kind##_kernels_for(sparrow_instruction_set isa) { \
    switch (isa) {                                                                            \
      cases default: return &sparrow_scalar_##kind##_kernels;                                 \
    }                                                                                         \
  }
#if defined(__x86_64__)
#define TABLES(kind)                                        \
  TABLE(kind, scalar) TABLE(kind, avx2) TABLE(kind, avx512) \
  CHOICE(kind, CASE(kind, AVX2, avx2) CASE(kind, AVX512, avx512))
#elif defined(__aarch64__)
#define TABLES(kind)                                            \
  TABLE(kind, scalar) TABLE(kind, neon) TABLE(kind, neon_i8mm) \
  CHOICE(kind, CASE(kind, NEON, neon) CASE(kind, NEON_I8MM, neon_i8mm))
#elif defined(__wasm_simd128__)
#define TABLES(kind) TABLE(kind, scalar) TABLE(kind, wasm) CHOICE(kind, CASE(kind, WASM, wasm))
#else
#define TABLES(kind) TABLE(kind, scalar) CHOICE(kind, )
#endif

TABLES(integer)
TABLES(signal)
#ifndef SPARROW_FIXED_POINT_ONLY
TABLES(float)
TABLES(lane)
TABLES(packing)
#endif
