// The arithmetic of Sparrow: freestanding C, one table of functions per instruction set.

#ifndef CSPARROW_H
#define CSPARROW_H

#include "sparrow_instruction_set.h"
#include "sparrow_kernels.h"
#include "sparrow_lane_kernels.h"
#include "sparrow_plan.h"
#include "sparrow_training_kernels.h"

#endif
