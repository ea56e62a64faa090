#pragma once

#include <immintrin.h>

// Every function from here to the end of the file may use AVX-512 with the byte extensions, and
// those that MORE_FEATURES names.
#ifndef MORE_FEATURES
#define MORE_FEATURES ""
#define SPARROW_ISA avx512
#endif
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi,"          \
                          "avx512vbmi2,fma" MORE_FEATURES))),                                  \
    apply_to = function)
#define VF_WIDTH 16
#define VF_HAS_FMA 1
#define VF_ZIP_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define VF_ZIP_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define VF_ZIP4_LOW 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23
#define VF_ZIP4_HIGH 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31
#define VF_UNZIP_EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define VF_UNZIP_ODD 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define VF_REVERSE 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0
#include "../common/vector.h"
