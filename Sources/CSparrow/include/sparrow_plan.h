// The flat image of a plan: a header, one record a layer, the layout of the state, and the packed
// matrices and vectors. Offsets count bytes from the start of the image and are multiples of 64
// (`sparrow_plan_alignment`); sizes in scratch and state count words of four bytes: floats, or in a
// plan of integers 32-bit states, and in scratch pairs of 16-bit activations. Numbers are
// little-endian.
//
// Where the network has a front end, its record and tables follow: such an image is a whole
// denoiser, keyword spotter or language model.

#ifndef SPARROW_PLAN_H
#define SPARROW_PLAN_H

#include <stdint.h>

enum {
  sparrow_plan_version = 10,
  sparrow_plan_alignment = 64,
};

typedef struct sparrow_plan_header {
  uint8_t magic[8];  // "SPARROWP"
  uint16_t version;
  uint16_t instruction_set;  // sparrow_instruction_set that the image was packed for
  uint32_t byte_count;
  uint32_t input_width, output_width;
  uint32_t input_slot, output_slot;  // where in scratch the frame enters, and the result lies
  uint32_t state_count, scratch_count;
  uint32_t layer_count, layers_offset;
  uint32_t segment_count, segments_offset;
  uint64_t fingerprint;  // of the network: shapes and parameters
  uint32_t arithmetic;   // sparrow_arithmetic of all layers
  // Of integers: a frame's values and the result's are worth 2^-exponent each.
  int32_t input_exponent, output_exponent;
  int32_t limit;  // activations are from -limit to limit
  uint32_t front_end, front_end_offset;  // sparrow_front_end_kind; where its record lies
} sparrow_plan_header;

// A part of the state vector that carries information; the rest is padding. Segments come in the
// order of the network's own states, in which a state is taken out of a stream, whatever the order
// they are stored in.
typedef struct sparrow_plan_segment {
  uint32_t start, count;
} sparrow_plan_segment;

// How a matrix is stored, and multiplied. All formats write whole slices of 16 rows; four of them
// make a panel, the last of which may have fewer.
typedef enum sparrow_matrix_format : uint32_t {
  SPARROW_MATRIX_DENSE = 0,   // every weight (common/dense.h)
  SPARROW_MATRIX_EVENTS = 1,  // every weight; columns of zero activations are skipped
  SPARROW_MATRIX_LOOKUP = 2,  // the non-zeros of each row, wherever they are (common/lookup.h)
  SPARROW_MATRIX_BLOCK = 3,   // blocks of 16 rows by 4 columns that are not all zero
  SPARROW_MATRIX_COLUMNS = 4,  // non-zeros by column; those of zero activations are skipped
} sparrow_matrix_format;

// What weights and activations are.
typedef enum sparrow_arithmetic : uint32_t {
  SPARROW_F32 = 0,    // single precision both
  SPARROW_W8A8 = 1,   // signed bytes both; sums, bias and result are 32-bit integers
  SPARROW_W8A16 = 2,  // signed bytes by signed 16-bit activations
  // Of matrices in plans of single precision, by activations in single precision:
  SPARROW_BF16 = 3,  // bfloat16; dense only
  SPARROW_W8 = 4,    // signed bytes with a scale a row; a product rounds activations to 16 bits
} sparrow_arithmetic;

enum {
  sparrow_matrix_format_count = 5,
  // Columns beyond the last one that a lookup may read: activations lie in memory that has so many
  // more values after them, unless they meet compressed columns in integers.
  sparrow_lookup_overhang = 256,
  // Bytes after the weights of columns that may be read.
  sparrow_columns_overhang = 64,
};

typedef struct sparrow_matrix {
  uint32_t format;      // sparrow_matrix_format
  uint32_t arithmetic;  // sparrow_arithmetic
  uint32_t rows, columns;  // rows without padding; columns with it
  uint32_t stored_rows;  // rows of the result that are written: a multiple of 16
  // lookup: steps of all panels; block: blocks of all slices; columns: weights
  uint32_t steps;
  uint32_t weights_offset;
  uint32_t indices_offset;  // lookup: a column's place in its step's window, a byte a weight;
                            // columns in bytes: a mask a panel of each column
  uint32_t starts_offset;   // lookup: 16-bit first columns of the steps' windows, then the row
                            // that each of `rest_rows` belongs to;
                            // block: 16-bit first columns of the blocks
                            // columns in floats: the 16-bit row of each weight
  uint32_t ends_offset;     // lookup: 32-bit steps up to each panel's end; block: slice's end;
                            // columns: weights up to each column's end
  uint32_t bias_offset;     // `stored_rows` floats or integers; 0 where there is none. An integer
                            // bias takes away what the offset of the activations adds
                            // (common/planes.h, common/pairs.h)
  uint32_t column_counts_offset;  // `columns` counts of non-zero weights
  // W8: `stored_rows` scales, then as many floats of bias, where bias_offset has only integers.
  uint32_t scales_offset;
  uint32_t work;   // W8: the slot of the activations' planes
  uint32_t limit;  // W8: the largest rounded activation, such that no sum exceeds 31 bits
  uint16_t window;        // lookup: columns that a step can reach
  uint16_t rest_rows;     // lookup: rows of what the longest ones don't hold, a multiple of 16
  uint32_t weight_bytes;  // of weights, indices, starts and ends
  uint32_t non_zeros;     // weights that are not zero
  uint32_t macs;  // multiply-accumulates of the network's own matrix, which has no padding
} sparrow_matrix;

typedef enum sparrow_layer_kind : uint32_t {
  SPARROW_LAYER_DENSE = 1,              // matrices: weight
  SPARROW_LAYER_LINEAR_RECURRENCE = 2,  // matrices: B, C; vectors: a, f, d
  SPARROW_LAYER_ACTIVATION = 3,         // function
  SPARROW_LAYER_GATE = 4,               // matrices: weight; work: the gate
  SPARROW_LAYER_ADD = 5,                // output += input
  SPARROW_LAYER_AFFINE = 6,             // output = scale input + shift; vectors: scale, shift
  // A cell of `states` units: matrices: input, recurrent, candidate (reset first); vectors:
  // thresholds. Rows of gates are interleaved (common/cells.h). state: h, then an LSTM's c; of an
  // event-based GRU what it sends, then h, then 16 values of which the first counts steps. work:
  // the products with the input, then with the state, then reset units.
  SPARROW_LAYER_RECURRENT = 7,
  // Over the first `own` values of a frame, less their mean where `centers` is 1; vectors: scale,
  // shift, and epsilon: a float, or in integers the low and the high half of it in units of `own`²
  // times the variance.
  SPARROW_LAYER_LAYER_NORMALIZATION = 8,
  // y = W [x of (taps - 1) dilation frames ago, ..., x] + b; matrices: weight, whose columns are
  // `taps` frames of `states` values, the oldest first. state: the last (taps - 1) dilation inputs
  // in a ring, activations of 16 bits in pairs, then 16 words of which the first says where the
  // ring begins. work: the matrix's input; in integers after what IntegerWork says.
  SPARROW_LAYER_CONVOLUTION = 9,
} sparrow_layer_kind;

// In integers, layers have further operands; see common/integer.h and Documentation/FixedPoint.md.
// Vectors of shifts have 32 bits, one a row of the matrix or a state:
//   dense, convolution  vectors: shifts
//   recurrence   vectors: a; f and then its shifts; d and then C's shifts. shifts: of a, of what C
//                reads, of d
//   activation   vectors: the table; the argument's shifts. shifts: left of the argument, right of
//                the result
//   gate         vectors: the table; the matrix's shifts. shifts: right of the product, left of the
//                matrix's result
//   affine       a copy
//   layer normalisation  shifts: left of the shift, right of the result
//   add          shifts: left of the input, left of the output, right of their sum
//   recurrent    vectors: the tables of the sigmoid and of tanh; shifts of the rows of all
//                matrices, one matrix after the other; thresholds with the exponent 30. shifts:
//                right of h to the integers that are multiplied, right of an LSTM's i g, right of
//                its c to an argument of tanh. state: as in floats, 32-bit integers. work: as
//                RecurrentMemory says
// Their work is laid out as IntegerWork says.
enum {
  sparrow_function_segments = 512,
  sparrow_function_table_count = sparrow_function_segments + 16,  // entries; see common/integer.h
};

typedef enum sparrow_activation : uint32_t {
  SPARROW_ACTIVATION_NONE = 0,
  SPARROW_ACTIVATION_RELU = 1,
  SPARROW_ACTIVATION_GELU = 2,
  SPARROW_ACTIVATION_SIGMOID = 3,
  SPARROW_ACTIVATION_TANH = 4,
} sparrow_activation;

typedef enum sparrow_cell : uint32_t {
  SPARROW_CELL_RNN = 0,  // function: tanh or ReLU
  SPARROW_CELL_LSTM = 1,
  SPARROW_CELL_GRU = 2,
  SPARROW_CELL_GRU_RESET_FIRST = 3,
  SPARROW_CELL_EVENT_GRU = 4,
} sparrow_cell;

typedef struct sparrow_layer {
  uint32_t kind;      // sparrow_layer_kind
  uint32_t function;  // sparrow_activation: of the output, or of a recurrence's state before C
  uint32_t width;     // floats of the output: a multiple of 16
  uint32_t input, output, work;  // slots: offsets in scratch
  uint32_t states;        // complex states or units, a multiple of 16
  uint32_t state;         // their offset in the state: real parts, then imaginary parts
  uint32_t vectors[4];    // offsets in the image
  sparrow_matrix matrices[3];
  uint32_t multiplications;  // pointwise ones of the network's own values, without padding
  uint32_t shifts[3];        // of integers
  uint32_t cell;      // sparrow_cell
  uint32_t interval;  // steps after which an event-based GRU forgets its h; 0: never
  uint32_t own, centers;    // of a layer normalisation
  uint32_t taps, dilation;  // of a convolution
} sparrow_layer;

typedef enum sparrow_front_end_kind : uint32_t {
  SPARROW_FRONT_END_NONE = 0,
  SPARROW_FRONT_END_SPECTRAL = 1,  // sparrow_spectral_front_end: a denoiser
  SPARROW_FRONT_END_KEYWORDS = 2,  // sparrow_keyword_front_end: a spotter
  SPARROW_FRONT_END_LANGUAGE = 3,  // sparrow_language_front_end: a language model
} sparrow_front_end_kind;

// A feature of a frame, a value a band; see SpectralFrontEnd.Feature.
typedef enum sparrow_feature_kind : uint32_t {
  SPARROW_FEATURE_MAGNITUDE = 0,
  SPARROW_FEATURE_RELATIVE_TO_BIN = 1,
  SPARROW_FEATURE_RELATIVE_TO_LEVEL = 2,
  SPARROW_FEATURE_RELATIVE_TO_FRAME = 3,
} sparrow_feature_kind;

typedef struct sparrow_feature {
  uint32_t kind;        // sparrow_feature_kind
  float rise, fall;     // share of the distance that the reference moves by in a frame
  float offset, limit;  // limit: infinity for none
  float initial;        // the first reference
  uint32_t begins_with_frame;  // 1: the first frame is its own reference
  uint32_t settling_frames;    // in which references move faster
} sparrow_feature;

enum { sparrow_most_features = 8 };

typedef struct sparrow_spectral_front_end {
  uint32_t sample_rate, window, hop, transform_length, bands, feature_count;
  float floor, power;       // c = (|X|^2 + floor)^power
  float mask_gain;          // a mask is so many times the sigmoid of the network's output
  float silence;            // frames whose mean of c is at most this are silent
  uint32_t restart_frames;  // silent frames after which references begin anew; 0: never
  // Floats: see sparrow_transform; the window of analysis, then that of synthesis, which carries
  // the scale of overlapping inverse transforms, `transform_length` each, zeros after the window.
  uint32_t twiddles_offset, unpack_offset, windows_offset;
  uint32_t edges_offset;  // 32-bit first bins of bands, then the number of bins; 0: bands are bins
  sparrow_feature features[sparrow_most_features];
} sparrow_spectral_front_end;

typedef struct sparrow_keyword_front_end {
  uint32_t sample_rate, window, hop, bands;
  uint32_t weight_count, tables_offset;  // of the mel bands, as LogMelShape says
  float threshold;  // the smoothed probability of a detection
  uint32_t smoothing_frames, settling_frames, refractory_frames;
  uint32_t word_count, words_offset, words_bytes;  // UTF-8, a zero byte after each word
} sparrow_keyword_front_end;

typedef struct sparrow_language_front_end {
  uint32_t word_count;   // outputs of the network
  uint32_t end_of_line;  // the word that a text begins after
  // The embedding, a row of the network's inputs a word: SPARROW_F32, SPARROW_BF16, or SPARROW_W8,
  // which has a scale a row.
  uint32_t arithmetic, embedding_offset, scales_offset;
  uint32_t words_offset, words_bytes;  // UTF-8, a zero byte after each word
  uint32_t starts_offset;              // 32-bit first bytes of the words
} sparrow_language_front_end;

#endif
