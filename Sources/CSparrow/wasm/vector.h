#pragma once

#include <wasm_simd128.h>

#define SPARROW_ISA wasm
#define VF_HAS_FMA 0
#define VF_FEW_REGISTERS 1
#define VF_ONE_SHIFT 1
#include "../common/four_lanes.h"
#include "../common/vector.h"
