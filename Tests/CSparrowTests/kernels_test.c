/* Compares the fastest kernels of this processor with the scalar ones, on numbers of all sizes and
 * counts with and without tails: integers and transforms to the bit, floats within bounds. It needs
 * no Swift, so it also runs where there is a C compiler only, or a processor in QEMU.
 *
 * Products of packed matrices are not among them: whole networks have these.
 */

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../Sources/CSparrow/include/CSparrow.h"

enum { width = 512, float_arrays = 8, short_arrays = 4 };

/* What a kernel reads and writes: the same before, and compared after. */
typedef struct {
  float f[float_arrays][4 * width];   /* normal, most of them below 4 */
  double result;
  uint64_t sum;
  uint32_t clipped;
  int32_t a[2 * width], b[2 * width]; /* of 24 and 16 bits */
  int32_t x[2 * width], w[2 * width]; /* of 31 bits */
  int32_t shifts[2 * width];          /* 1 to 11 */
  int32_t table[sparrow_function_table_count];
  int16_t s[short_arrays][2 * width]; /* -32767 to 32767 */
  int8_t bytes[width];
  uint8_t low[width], high[width];
} numbers;

static uint64_t random_state;

static uint64_t next_random(void) {
  random_state += 0x9e3779b97f4a7c15u;
  uint64_t z = random_state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static int32_t next_integer(int bits) { return (int32_t)((int64_t)next_random() >> (64 - bits)); }

static float next_float(void) {
  float sum = 0;
  for (int i = 0; i < 6; i++) sum += (float)next_integer(24) / 8388608.0f;
  return 1.2f * sum;
}

static void fill(numbers *n) {
  memset(n, 0, sizeof *n);
  for (int k = 0; k < float_arrays; k++)
    for (int i = 0; i < 4 * width; i++) n->f[k][i] = next_float();
  for (int i = 0; i < 2 * width; i++) {
    n->a[i] = next_integer(24);
    n->b[i] = next_integer(16);
    n->x[i] = next_integer(31);
    n->w[i] = next_integer(31);
    n->shifts[i] = 1 + (int32_t)(next_random() % 11);
  }
  for (int k = 0; k < short_arrays; k++)
    for (int i = 0; i < 2 * width; i++) {
      int32_t value = next_integer(16);
      n->s[k][i] = (int16_t)(value < -32767 ? -32767 : value);
      if (next_random() % 4 == 0) n->s[k][i] = 0;
    }
  for (int i = 0; i < sparrow_function_segments; i++) n->table[i] = 32 * i | 32 << 16;
  n->table[sparrow_function_segments] = 12345;
  for (int i = 0; i < width; i++) n->bytes[i] = (int8_t)next_integer(8);
}

static int failures;

static void compare(const char *name, size_t count, const numbers *expected, const numbers *found,
                    float bound) {
  float largest = 0;
  const float *e = expected->f[0], *f = found->f[0];
  for (size_t i = 0; i < sizeof expected->f / sizeof(float); i++) {
    float difference = e[i] == f[i] ? 0 : fabsf(e[i] - f[i]) / fmaxf(1, fabsf(e[i]));
    if (!(difference <= largest)) largest = difference;
  }
  double result = fabs(expected->result - found->result) / fmax(1, fabs(expected->result));
  if (!(result <= largest)) largest = (float)result;
  const size_t exact = offsetof(numbers, sum);
  bool is_same = memcmp((const char *)expected + exact, (const char *)found + exact,
                        sizeof *expected - exact) == 0;
  if (largest <= bound && is_same) return;
  printf("%s of %zu: floats differ by %g, integers %s\n", name, count, largest,
         is_same ? "agree" : "differ");
  failures++;
}

static numbers before, results[2];

/* Runs `call` with a table of kernels, k, on the same numbers, n, for every set and count. */
#define TEST(name, kernels, bound, ...)                                                        \
  for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {                                \
    const size_t count = counts[c];                                                            \
    fill(&before);                                                                             \
    for (int set = 0; set < 2; set++) {                                                        \
      results[set] = before;                                                                   \
      numbers *n = &results[set];                                                              \
      kernels;                                                                                 \
      __VA_ARGS__;                                                                             \
    }                                                                                          \
    compare(name, count, &results[0], &results[1], bound);                                     \
    tests++;                                                                                   \
  }

#define STEP(kind, name, bound, ...)                                                           \
  TEST(name, const sparrow_##kind##_kernels *k = sparrow_##kind##_kernels_for(sets[set]),      \
       bound, __VA_ARGS__)
#define INTEGER(name, bound, ...) STEP(integer, name, bound, __VA_ARGS__)
#define FLOAT(name, bound, ...) STEP(float, name, bound, __VA_ARGS__)
#define SIGNAL(name, bound, ...) STEP(signal, name, bound, __VA_ARGS__)
#define TRAINING(name, bound, ...)                                                             \
  TEST(name,                                                                                   \
       const sparrow_training_kernels_f32 *k = sparrow_training_kernels_f32_for(sets[set]),    \
       bound, __VA_ARGS__)

static sparrow_instruction_set sets[2] = {SPARROW_SCALAR, SPARROW_SCALAR};
static int tests;

/* Sums are larger than those of networks, and wrap around alike. */
static void test_integer_cells(void) {
  static const size_t counts[] = {0, 16, 48, 128};
#define CELL(name, ...)                                                                        \
  INTEGER(name, 0, {                                                                           \
    for (size_t i = 0; i < 2 * width; i++) n->shifts[i] = (int32_t)(i * 7 % 23) - 2;           \
    const sparrow_integer_cell cell = {                                                        \
        .sigmoid = n->table, .tanh = n->table, .shifts = n->shifts, .read_shift = 14,          \
        .product_shift = 3, .argument_shift = 9, .limit = 32767};                              \
    __VA_ARGS__;                                                                               \
  })
  for (int shift = 0; shift < 31; shift += 15)
    INTEGER("integer_cell_read", 0,
            n->clipped = k->integer_cell_read(count, n->x, shift, 127, n->s[0]));
  CELL("integer_cell_rnn", k->integer_cell_rnn(count, &cell, 0, n->a, n->w, n->x));
  CELL("integer_cell_rnn, rectified", k->integer_cell_rnn(count, &cell, 1, n->a, n->w, n->x));
  CELL("integer_cell_lstm",
       n->clipped = k->integer_cell_lstm(count, &cell, n->a, n->w, n->x, n->x + count));
  CELL("integer_cell_gru", k->integer_cell_gru(count, &cell, n->a, n->w, n->x));
  CELL("integer_cell_reset",
       n->clipped = k->integer_cell_reset(count, &cell, n->a, n->w, n->x, n->s[0]));
  CELL("integer_cell_candidate", k->integer_cell_candidate(count, &cell, n->a, n->w, n->x));
  CELL("integer_cell_events", (void)cell, k->integer_cell_events(count, n->b, n->x, n->w));
#undef CELL
}

static void test_integers(void) {
  static const size_t counts[] = {0, 16, 48, 128, 144, 240, 512};
  INTEGER("planes_i8", 0, k->planes_i8(count, n->bytes, n->low));
  INTEGER("planes_i16", 0, k->planes_i16(count, n->s[0], n->low, n->high));
  INTEGER("planes_narrow", 0, k->planes_narrow(count, n->s[0], n->low));
  INTEGER("requantize", 0, n->clipped = k->requantize(count, n->a, n->shifts, 32767, 0, n->s[0]));
  INTEGER("requantize, rectified", 0,
       n->clipped = k->requantize(count, n->a, n->shifts, 127, 1, n->s[0]));
  INTEGER("requantize_add", 0,
       n->clipped = k->requantize_add(count, n->a, n->shifts, n->b, n->s[1], 9, 32767, n->s[0]));
  for (int shift = 0; shift < 24; shift += 11)
    INTEGER("integer_recurrence", 0,
         n->clipped = k->integer_recurrence(count, n->a, shift, n->b, n->shifts, n->w, n->x));
  for (int shift = 0; shift < 32; shift += 15)
    INTEGER("integer_read", 0,
         n->clipped = k->integer_read(count, n->x, shift, 32767, shift > 0, n->s[0]));
  INTEGER("integer_add", 0,
       n->clipped = k->integer_add(count, n->s[1], 3, 14, 10, 32767, 1, n->s[0]));
  INTEGER("integer_relu", 0, k->integer_relu(count, n->s[0]));
  INTEGER("integer_widen", 0, k->integer_widen(count, n->s[0], 7, n->x));
  INTEGER("integer_function", 0,
       k->integer_function(count, n->table, n->a, n->shifts, 5, 32767, n->s[0]));
  INTEGER("integer_gate", 0,
       n->clipped = k->integer_gate(count, n->table, n->b, 3, n->shifts, 13, 32767, n->s[0]));
  INTEGER("count_active_i16", 0,
       n->clipped = (uint32_t)k->count_active_i16(count, n->s[0], (const uint32_t *)n->table,
                                                  &n->sum));
  INTEGER("integer_layer_normalize", 0,
       if (count > 0) n->clipped = k->integer_layer_normalize(count, count - 3, 1, 1u << 20, n->b,
                                                              n->a, 2, 12, 32767, n->s[1],
                                                              n->s[0]));
  test_integer_cells();
  INTEGER("quantize", 0, n->clipped = k->quantize(count, n->f[0], 9000, 32767, n->s[0]));
  INTEGER("dequantize", 0, k->dequantize(count, n->s[0], 0.001f, n->f[0]));
}

static void test_floats(void) {
  static const size_t counts[] = {0, 16, 48, 128, 144, 240, 512};
  const float bound = 4e-6f;
  FLOAT("round_activations", 0,
       n->f[1][0] = k->round_activations(count, 32767, n->f[0], n->low, n->high));
  FLOAT("scale_sums", bound, k->scale_sums(count, n->a, 0.001f, n->f[0], n->f[1], n->f[2]));
  FLOAT("relu", 0, k->relu(count, n->f[0]));
  FLOAT("gelu", bound, k->gelu(count, n->f[0]));
  FLOAT("sigmoid", bound, k->sigmoid(count, n->f[0]));
  FLOAT("tanh", bound, k->tanh(count, n->f[0]));
  FLOAT("gate", bound, k->gate(count, n->f[0], n->f[1]));
  FLOAT("add", 0, k->add(count, n->f[0], n->f[1]));
  FLOAT("multiply_add", bound, k->multiply_add(count, n->f[0], n->f[1], n->f[2]));
  FLOAT("affine", bound, k->affine(count, n->f[0], n->f[1], n->f[2], n->f[3]));
  FLOAT("complex_relu", 0, k->complex_relu(count, n->f[0], n->f[1]));
  FLOAT("recurrence", bound, k->recurrence(count, n->f[0], n->f[1], n->f[2], n->f[3]));
  FLOAT("layer_normalize", bound,
       if (count > 0) k->layer_normalize(count, count - 5, 1, 1e-5f, n->f[0], n->f[1], n->f[2],
                                         n->f[3]));
  FLOAT("log_sum_exp", bound, if (count > 0) n->result = k->log_sum_exp(count - 1, n->f[0]));
  FLOAT("count_active", 0, k->relu(count, n->f[0]);
       n->clipped = (uint32_t)k->count_active(count, n->f[0], (const uint32_t *)n->table,
                                              &n->sum));
  FLOAT("cell_rnn", bound, k->cell_rnn(count, 0, n->f[0], n->f[1], n->f[2], n->f[3]));
  FLOAT("cell_lstm", bound, k->cell_lstm(count, n->f[0], n->f[1], n->f[2], n->f[3], n->f[4]));
  FLOAT("cell_gru", bound, k->cell_gru(count, n->f[0], n->f[1], n->f[2], n->f[3]));
  FLOAT("cell_reset", bound, k->cell_reset(count, n->f[0], n->f[1], n->f[2], n->f[3]));
  FLOAT("cell_candidate", bound,
       k->cell_candidate(count, n->f[0], n->f[1], n->f[2], n->f[3], n->f[4]));
  FLOAT("cell_events", 0, k->cell_events(count, n->f[0], n->f[1], n->f[2], n->f[3]));
}

/* The front end: the same bits everywhere. */
static void test_front_end(void) {
  static const size_t counts[] = {0, 1, 15, 16, 129, 257};
  SIGNAL("spectrum_power", 0, k->spectrum_power(count, n->f[0], n->f[1], 1e-6f, 0.15f, n->f[2]));
  SIGNAL("spectrum_follow", 0,
       k->spectrum_follow(count, n->f[0], 0.1f, 0.02f, 0.5f, n->f[1], n->f[2]));
  SIGNAL("spectrum_sigmoid", 0, k->spectrum_sigmoid(count, 1.5f, n->f[0]));
  SIGNAL("spectrum_mask", 0, k->spectrum_mask(count, n->f[0], n->f[1], n->f[2]));
  for (size_t length = sparrow_shortest_transform; length <= 1024; length *= 2) {
    /* Factors need not be a transform's for the bits to be the same. */
    static const size_t counts[] = {0};
    const sparrow_transform t = {length, before.f[0], before.f[3]};
    SIGNAL("transform_forward", 0, (void)count,
         k->transform_forward(&t, before.f[4], before.f[5], n->f[0], n->f[1], n->f[2]));
    SIGNAL("transform_inverse", 0, (void)count,
         k->transform_inverse(&t, n->f[3], n->f[4], before.f[6], n->f[0], n->f[2]));
  }
}

static void test_training(void) {
  static const size_t counts[] = {1, 7, 16, 45, 128};
  const float bound = 1e-5f;
  TRAINING("relu", 0, k->relu(count, n->f[0], n->f[1]));
  TRAINING("relu_backward", 0, k->relu_backward(count, n->f[0], n->f[1], n->f[2]));
  TRAINING("gelu", bound, k->gelu(count, n->f[0], n->f[1]));
  TRAINING("gelu_backward", bound, k->gelu_backward(count, n->f[0], n->f[1], n->f[2]));
  TRAINING("sigmoid", bound, k->sigmoid(count, n->f[0], n->f[1]));
  TRAINING("gate_backward", bound,
           k->gate_backward(count, n->f[0], n->f[1], n->f[2], n->f[3], n->f[4]));
  TRAINING("sum_of_squares", bound, n->result = k->sum_of_squares(count, n->f[0]));
  const sparrow_adam adam = {1e-3, 0.01, 0.9, 0.99, 1e-8, 0.9, 0.99, 0.5};
  TRAINING("adam", bound, k->relu(count, n->f[2], n->f[2]);
           k->adam(count, &adam, n->f[0], n->f[1], n->f[2], n->f[3]));
  TRAINING("affine", bound, k->affine(3, count, n->f[0], n->f[1], n->f[2], n->f[3]));
  TRAINING("column_sums", bound, k->column_sums(5, count, n->f[0], n->f[1], n->f[2]));
  TRAINING("lstm", bound, k->lstm(2, count, n->f[0], n->f[1], n->f[2], n->f[3], n->f[4]));
  TRAINING("lstm_backward", bound,
           k->lstm_backward(2, count, n->f[0], n->f[1], n->f[2], n->f[3], n->f[4], n->f[5]));
  TRAINING("gru", bound, k->gru(2, count, n->f[0], n->f[1], n->f[2], n->f[3]));
  TRAINING("scan", bound, {
    const sparrow_scan scan = {.states = count, .clips = 2, .steps = 3, .step_stride = 4 * count};
    for (size_t i = 0; i < 2 * count; i++) n->f[0][i] *= 0.2f;
    k->scan_forward(&scan, n->f[0], n->f[1], n->f[2], n->f[3], n->f[4]);
    k->scan_backward(&scan, n->f[0], n->f[1], n->f[2], n->f[3], NULL, n->f[5], n->f[6], n->f[7],
                     n->f[7] + 2 * count);
  });
  TEST("multiply",
       const sparrow_products_f32 *k = sparrow_products_f32_for(sets[set], SPARROW_PRODUCT_EXACT),
       1e-5f, {
         float *workspace = calloc(k->workspace(), sizeof(float));
         if (!workspace) exit(1);
         k->multiply(13, count < 40 ? count : 40, 37, n->f[0], 37, 1, n->f[1], 40, 1, n->f[2], 40,
                     1, n->f[3], workspace);
         free(workspace);
       });
}

int main(void) {
  sets[1] = sparrow_best_instruction_set();
  test_integers();
  test_floats();
  test_front_end();
  test_training();
  if (sets[1] == SPARROW_SCALAR) printf("there are no other kernels than the scalar ones\n");
  const char *const names[] = {"scalar", "neon", "avx2", "avx512", "wasm", "neon_i8mm"};
  printf("%d comparisons of the scalar kernels with the %s kernels, %d failed\n", tests,
         names[sets[1]], failures);
  return failures > 0;
}
