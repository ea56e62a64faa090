#pragma once

#include <immintrin.h>

// Every function from here to the end of the file may use AVX2 and FMA.
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define SPARROW_ISA avx2
#define VF_WIDTH 8
#define VF_HAS_FMA 1
#define VF_ZIP_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define VF_ZIP_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#define VF_ZIP4_LOW 0, 1, 2, 3, 8, 9, 10, 11
#define VF_ZIP4_HIGH 4, 5, 6, 7, 12, 13, 14, 15
#define VF_UNZIP_EVEN 0, 2, 4, 6, 8, 10, 12, 14
#define VF_UNZIP_ODD 1, 3, 5, 7, 9, 11, 13, 15
#define VF_REVERSE 7, 6, 5, 4, 3, 2, 1, 0
#include "../common/vector.h"
