#pragma once

#define SPARROW_ISA scalar
#define VF_WIDTH 1
#define VF_HAS_FMA 0
#include "../common/vector.h"
