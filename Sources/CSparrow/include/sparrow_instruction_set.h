#ifndef SPARROW_INSTRUCTION_SET_H
#define SPARROW_INSTRUCTION_SET_H

#include <stdbool.h>

typedef enum sparrow_instruction_set {
  SPARROW_SCALAR = 0,
  SPARROW_NEON = 1,
  SPARROW_AVX2 = 2,
  SPARROW_AVX512 = 3,  // F, BW, DQ, VL, VNNI, VBMI and VBMI2: Ice Lake, Zen 4 and later
} sparrow_instruction_set;

// Whether this build has the kernels and this processor the instructions.
bool sparrow_supports(sparrow_instruction_set isa);

// The fastest one supported.
sparrow_instruction_set sparrow_best_instruction_set(void);

#endif
