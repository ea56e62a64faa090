// The tables of kernels for the instruction set whose vectors are included before this file. A
// linker that drops what nobody refers to keeps of them what a program uses.

#pragma once

#include "../include/sparrow_kernels.h"
#include "names.h"

#include "matrix.h"
#include "dense.h"
#include "dense_bfloat16.h"
#include "dense_integer.h"
#include "lookup.h"
#include "lookup_steps.h"
#include "block.h"
#include "columns.h"
#include "planes.h"
#include "softmax.h"
#include "rounding.h"
#include "pointwise.h"
#include "cells.h"
#include "integer.h"
#include "cells_integer.h"
#include "layer_normalization.h"
#include "transform.h"

// The formats, a bit each, whose products in integers there are: all, unless a build for a
// processor with little memory says which ones its plans have.
#ifndef SPARROW_FORMATS
#define SPARROW_FORMATS 0x1f
#endif
// Recurrent cells take some kB: a build whose plans have none may leave them out.
#ifdef SPARROW_WITHOUT_CELLS
#define CELL(name) NULL
#else
#define CELL(name) NAME(integer_cell_##name)
#endif
#define FORMAT(format, name)  \
  [SPARROW_MATRIX_##format] = \
      (SPARROW_FORMATS >> SPARROW_MATRIX_##format & 1) ? NAME(integer_matvec_##name) : NULL

const sparrow_integer_kernels NAME(integer_kernels) = {
    .integer_matvec = {FORMAT(DENSE, dense), FORMAT(EVENTS, events), FORMAT(LOOKUP, lookup),
                       FORMAT(BLOCK, block), FORMAT(COLUMNS, columns)},
    .planes_i8 = NAME(planes_i8),
    .planes_i16 = NAME(planes_i16),
    .planes_narrow = NAME(planes_narrow),
    .requantize = NAME(requantize),
    .requantize_add = NAME(requantize_add),
    .integer_recurrence = NAME(integer_recurrence),
    .integer_read = NAME(integer_read),
    .integer_add = NAME(integer_add),
    .integer_relu = NAME(integer_relu),
    .integer_widen = NAME(integer_widen),
    .integer_function = NAME(integer_function),
    .integer_gate = NAME(integer_gate),
    .integer_layer_normalize = NAME(integer_layer_normalize),
    .integer_cell_read = CELL(read),
    .integer_cell_rnn = CELL(rnn),
    .integer_cell_lstm = CELL(lstm),
    .integer_cell_gru = CELL(gru),
    .integer_cell_reset = CELL(reset),
    .integer_cell_candidate = CELL(candidate),
    .integer_cell_events = CELL(events),
    .count_active_i16 = NAME(count_active_i16),
    .quantize = NAME(quantize),
    .dequantize = NAME(dequantize),
};

const sparrow_signal_kernels NAME(signal_kernels) = {
    .transform_forward = NAME(transform_forward),
    .transform_inverse = NAME(transform_inverse),
    .spectrum_power = NAME(spectrum_power),
    .spectrum_follow = NAME(spectrum_follow),
    .portable_exp = NAME(portable_exp),
    .spectrum_sigmoid = NAME(spectrum_sigmoid),
    .spectrum_mask = NAME(spectrum_mask),
    .add = NAME(add),
};

// Not where all plans are in fixed point, and come from elsewhere.
#ifndef SPARROW_FIXED_POINT_ONLY

#include "cells_lanes.h"
#include "filter.h"
#include "lanes.h"

const sparrow_lane_kernels NAME(lane_kernels) = {
    .product = NAME(lane_product),
    .requantize = NAME(lane_requantize),
    .requantize_add = NAME(lane_requantize_add),
    .recurrence = NAME(lane_recurrence),
    .read = NAME(lane_read),
    .function = NAME(lane_function),
    .gate = NAME(lane_gate),
    .cell_rnn = NAME(lane_rnn),
    .cell_lstm = NAME(lane_lstm),
    .cell_gru = NAME(lane_gru),
    .cell_reset = NAME(lane_reset),
    .cell_candidate = NAME(lane_candidate),
    .cell_events = NAME(lane_events),
    .from_frames = NAME(lane_from_frames),
    .to_frames = NAME(lane_to_frames),
};

const sparrow_float_kernels NAME(float_kernels) = {
    .matvec = {[SPARROW_MATRIX_DENSE] = NAME(matvec_dense),
               [SPARROW_MATRIX_EVENTS] = NAME(matvec_events),
               [SPARROW_MATRIX_LOOKUP] = NAME(matvec_lookup),
               [SPARROW_MATRIX_BLOCK] = NAME(matvec_block),
               [SPARROW_MATRIX_COLUMNS] = NAME(matvec_columns)},
    .matvec_dense_bfloat16 = NAME(matvec_dense_bfloat16),
    .matmul_dense = NAME(matmul_dense),
    .matmul_dense_bfloat16 = NAME(matmul_dense_bfloat16),
    .round_activations = NAME(round_activations),
    .scale_sums = NAME(scale_sums),
    .relu = NAME(relu),
    .gelu = NAME(gelu),
    .sigmoid = NAME(sigmoid),
    .tanh = NAME(tanh),
    .gate = NAME(gate),
    .add = NAME(add),
    .multiply_add = NAME(multiply_add),
    .affine = NAME(affine),
    .count_active = NAME(count_active),
    .layer_normalize = NAME(layer_normalize),
    .log_sum_exp = NAME(log_sum_exp),
    .complex_relu = NAME(complex_relu),
    .recurrence = NAME(recurrence),
    .cell_rnn = NAME(cell_rnn),
    .cell_lstm = NAME(cell_lstm),
    .cell_gru = NAME(cell_gru),
    .cell_reset = NAME(cell_reset),
    .cell_candidate = NAME(cell_candidate),
    .cell_events = NAME(cell_events),
    .filter = NAME(filter),
    .resample = NAME(resample),
};

const sparrow_packing_kernels NAME(packing_kernels) = {
    .lookup_steps = NAME(lookup_steps),
};

#endif
