#ifndef SPARROW_INSTRUCTION_SET_H
#define SPARROW_INSTRUCTION_SET_H

#include <stdbool.h>

typedef enum sparrow_instruction_set {
  SPARROW_SCALAR = 0,
  SPARROW_NEON = 1,
  SPARROW_AVX2 = 2,
  SPARROW_AVX512 = 3,  // F, BW, DQ, VL, VNNI, VBMI and VBMI2: Ice Lake, Zen 4 and later
  SPARROW_WASM = 4,    // WebAssembly's 128-bit vectors
  SPARROW_NEON_I8MM = 5,  // NEON with the dot products of i8mm: Armv8.6 and later, Apple M2
} sparrow_instruction_set;

// Columns that a step of a lookup can reach, for floats and for bytes: a narrow window costs less,
// and in a wide one rows wait less for each other. Packing for another processor needs to know
// them. NEON has one width, with i8mm or without: its images run with both.
enum {
  SPARROW_AVX512_NARROW_F32 = 32, SPARROW_AVX512_WIDE_F32 = 64,
  SPARROW_OTHER_WINDOW_F32 = 256,

  SPARROW_SCALAR_WINDOW_I8 = 256,
  SPARROW_NEON_WINDOW_I8 = 128,
  SPARROW_AVX2_NARROW_I8 = 16, SPARROW_AVX2_WIDE_I8 = 32,
  SPARROW_AVX512_NARROW_I8 = 64, SPARROW_AVX512_WIDE_I8 = 128, SPARROW_AVX512_WIDEST_I8 = 256,
  SPARROW_WASM_NARROW_I8 = 16, SPARROW_WASM_WIDE_I8 = 32,
};

// Whether this build has the kernels and this processor the instructions.
bool sparrow_supports(sparrow_instruction_set isa);

// Whether Intel makes this processor.
bool sparrow_is_intel(void);

// The fastest one supported.
sparrow_instruction_set sparrow_best_instruction_set(void);

#endif
