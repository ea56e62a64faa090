// Products of many streams' activations as on AVX2, in vectors of 256 bits, which are a row of 16,
// with an instruction that multiplies and adds.

#pragma once

#define LANE_PAIRS_ADD(sums, x, w) _mm256_dpwssd_epi32(sums, x, w)

#include "../avx2/lanes.h"
