// Every kernel of training, for the vectors and the precision included before this file. Expects:
// SPARROW_TRAINING_TABLE and SPARROW_PRODUCTS, the types of the tables; MATMUL_ROWS, rows of C in
// registers.

#pragma once

#include "../include/sparrow_training_kernels.h"
#include "names.h"

#include "matmul.h"
MATMUL_FUNCTIONS(MATMUL_WHOLE, exact)
MATMUL_FUNCTIONS(MATMUL_ROUNDED, rounded)

#include "scan.h"
#include "softmax.h"
#include "training.h"
#include "cells_training.h"

const SPARROW_TRAINING_TABLE NAME(training_kernels) = {
    .scan_forward = NAME(scan_forward),
    .scan_carry = NAME(scan_carry),
    .scan_backward = NAME(scan_backward),
    .add = NAME(train_add),
    .relu = NAME(train_relu),
    .relu_backward = NAME(train_relu_backward),
    .gelu = NAME(train_gelu),
    .gelu_backward = NAME(train_gelu_backward),
    .sigmoid = NAME(train_sigmoid),
    .gate = NAME(train_gate),
    .gate_backward = NAME(train_gate_backward),
    .sum_of_squares = NAME(train_sum_of_squares),
    .adam = NAME(train_adam),
    .descend = NAME(train_descend),
    .approach = NAME(train_approach),
    .affine = NAME(train_affine),
    .multiply_add = NAME(train_multiply_add),
    .combine = NAME(train_combine),
    .column_sums = NAME(train_column_sums),
    .cross_entropy = NAME(train_cross_entropy),
    .complex_relu = NAME(train_complex_relu),
    .complex_relu_backward = NAME(train_complex_relu_backward),
    .rnn = NAME(train_rnn),
    .rnn_backward = NAME(train_rnn_backward),
    .lstm = NAME(train_lstm),
    .lstm_backward = NAME(train_lstm_backward),
    .gru = NAME(train_gru),
    .gru_backward = NAME(train_gru_backward),
    .reset = NAME(train_reset),
    .candidate = NAME(train_candidate),
    .candidate_backward = NAME(train_candidate_backward),
    .reset_backward = NAME(train_reset_backward),
    .events = NAME(train_events),
    .events_backward = NAME(train_events_backward),
};
