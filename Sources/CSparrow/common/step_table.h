// Every kernel of a step, for the instruction set whose vectors are included before this file.
#include "../include/sparrow_kernels.h"
#include "names.h"

#include "matrix.h"
#include "dense.h"
#include "dense_integer.h"
#include "lookup.h"
#include "lookup_steps.h"
#include "block.h"
#include "planes.h"
#include "pointwise.h"
#include "transform.h"

const sparrow_kernels NAME(kernels) = {
    .name = SPARROW_QUOTED(SPARROW_ISA),
    .matvec = {[SPARROW_MATRIX_DENSE] = NAME(matvec_dense),
               [SPARROW_MATRIX_EVENTS] = NAME(matvec_events),
               [SPARROW_MATRIX_LOOKUP] = NAME(matvec_lookup),
               [SPARROW_MATRIX_BLOCK] = NAME(matvec_block)},
    .integer_matvec = {[SPARROW_MATRIX_DENSE] = NAME(integer_matvec_dense),
                       [SPARROW_MATRIX_EVENTS] = NAME(integer_matvec_events),
                       [SPARROW_MATRIX_LOOKUP] = NAME(integer_matvec_lookup),
                       [SPARROW_MATRIX_BLOCK] = NAME(integer_matvec_block)},
    .lookup_narrow_f32 = LOOKUP_NARROW_F32,
    .lookup_wide_f32 = LOOKUP_WIDE_F32,
    .lookup_narrow_i8 = LOOKUP_NARROW_I8,
    .lookup_wide_i8 = LOOKUP_WIDE_I8,
    .lookup_steps = NAME(lookup_steps),
    .planes_i8 = NAME(planes_i8),
    .planes_i16 = NAME(planes_i16),
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
