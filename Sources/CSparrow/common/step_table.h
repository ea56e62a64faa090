// Every kernel of a step, for the instruction set whose vectors are included before this file.
#include "../include/sparrow_kernels.h"
#include "names.h"

#include "matvec.h"
#include "pointwise.h"
#include "transform.h"

const sparrow_kernels NAME(kernels) = {
    .name = SPARROW_QUOTED(SPARROW_ISA),
    .matvec = NAME(matvec),
    .relu = NAME(relu),
    .gelu = NAME(gelu),
    .sigmoid = NAME(sigmoid),
    .tanh = NAME(tanh),
    .gate = NAME(gate),
    .add = NAME(add),
    .multiply_add = NAME(multiply_add),
    .affine = NAME(affine),
    .count_active = NAME(count_active),
    .complex_relu = NAME(complex_relu),
    .recurrence = NAME(recurrence),
    .transform_forward = NAME(transform_forward),
    .transform_inverse = NAME(transform_inverse),
    .spectrum_power = NAME(spectrum_power),
    .spectrum_follow = NAME(spectrum_follow),
    .spectrum_mask = NAME(spectrum_mask),
};
