#pragma once

#include <arm_neon.h>

#define SPARROW_ISA neon
#define VF_HAS_FMA 1
#include "../common/four_lanes.h"
#include "../common/vector.h"
