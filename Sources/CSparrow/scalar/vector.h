#pragma once

#define SPARROW_ISA scalar
#define VF_WIDTH 1
#define VF_HAS_FMA 0
#define VF_FEW_REGISTERS 1
#include "../common/vector.h"
