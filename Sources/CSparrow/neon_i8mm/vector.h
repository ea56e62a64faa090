#pragma once

#include <arm_neon.h>

// Every function from here to the end of the file may use i8mm.
#pragma clang attribute push(__attribute__((target("i8mm"))), apply_to = function)
#define SPARROW_ISA neon_i8mm
#define VF_HAS_FMA 1
#include "../common/four_lanes.h"
#include "../common/vector.h"
