/* Checks groups of the C interface from outside: each of many gives what it gives alone, whoever
 * joins and leaves meanwhile, and nonsense is refused. Prints what fails; the exit status is 1
 * then. */

#include <math.h>
#include <sparrow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

enum { most = 40, steps = 60, longest = 512 };
static float sounds[most][steps][longest], expected[most][steps][longest];
static float input[most * longest], output[most * longest];

static void make_sounds(void) {
  uint32_t seed = 1;
  for (int signal = 0; signal < most; signal++) {
    float *sound = (float *)sounds[signal];
    for (int i = 0; i < steps * longest; i++) {
      seed = seed * 1664525u + 1013904223u;
      const float noise = (float)(seed >> 8) / 8388608.0f - 1;
      sound[i] = 0.2f * sinf(i * 0.01f * (float)(signal + 1)) + 0.1f * noise;
    }
  }
}

static sparrow_model *builtin(const char *name, sparrow_model_information *information) {
  sparrow_model *model = NULL;
  EXPECT_STATUS(SPARROW_OK, sparrow_model_create_builtin(name, &model));
  EXPECT_STATUS(SPARROW_OK, sparrow_model_get_information(model, information));
  return model;
}

/* At every step some take part, in changing order; outputs lie where inputs did in every second
 * one. `taken`: the steps that each has taken. */
static void run(sparrow_group *group, const uint32_t *index, size_t in, size_t out, int *taken,
                int rounds) {
  for (int round = 0; round < rounds; round++) {
    uint32_t indices[most];
    int signals[most];
    size_t count = 0;
    for (int k = 0; k < most; k++) {
      const int signal = (k * 7 + round) % most;
      if ((signal + round) % 3 == 0 || taken[signal] == steps) continue;
      memcpy(input + count * in, sounds[signal][taken[signal]], in * sizeof *input);
      indices[count] = index[signal];
      signals[count++] = signal;
    }
    float *results = in == out && round % 2 ? input : output;
    EXPECT_STATUS(SPARROW_OK, sparrow_group_step(group, indices, count, input, results));
    for (size_t i = 0; i < count; i++) {
      const int signal = signals[i];
      const float *alone = expected[signal][taken[signal]++];
      EXPECT(memcmp(results + i * out, alone, out * sizeof *results) == 0);
    }
  }
}

/* What all signals give alone is in `expected`. */
static void test_group(const sparrow_model *model, sparrow_kind kind, size_t in, size_t out) {
  sparrow_group *group = NULL, *other = NULL;
  uint32_t index[most], none = 0;
  int taken[most] = {0};
  EXPECT_STATUS(SPARROW_OK, sparrow_group_create(model, kind, most, &group));
  for (int i = 0; i < most; i++) {
    EXPECT_STATUS(SPARROW_OK, sparrow_group_add(group, &index[i]));
    EXPECT(index[i] == (uint32_t)i);
  }
  EXPECT_STATUS(SPARROW_ERROR_FULL, sparrow_group_add(group, &none));
  run(group, index, in, out, taken, 12);

  /* One begins anew, one leaves and comes back, one moves to another group. */
  EXPECT_STATUS(SPARROW_OK, sparrow_group_reset(group, index[3]));
  taken[3] = 0;
  EXPECT_STATUS(SPARROW_OK, sparrow_group_remove(group, index[5]));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_group_step(group, &index[5], 1, input, output));
  EXPECT_STATUS(SPARROW_OK, sparrow_group_add(group, &index[5]));
  taken[5] = 0;
  const size_t size = sparrow_group_state_size(group);
  char *state = calloc(1, size + 1);
  EXPECT_STATUS(SPARROW_OK, sparrow_group_save_state(group, index[7], state + 1, size));
  EXPECT_STATUS(SPARROW_ERROR_TRUNCATED,
                sparrow_group_save_state(group, index[7], state, size - 1));
  EXPECT_STATUS(SPARROW_OK, sparrow_group_create(model, kind, 1, &other));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_group_restore_state(other, 0, state + 1, size));
  EXPECT_STATUS(SPARROW_OK, sparrow_group_add(other, &none));
  EXPECT_STATUS(SPARROW_ERROR_STATE, sparrow_group_restore_state(other, none, state, size));
  EXPECT_STATUS(SPARROW_ERROR_TRUNCATED,
                sparrow_group_restore_state(other, none, state + 1, size - 1));
  EXPECT_STATUS(SPARROW_OK, sparrow_group_restore_state(other, none, state + 1, size));
  memcpy(input, sounds[7][taken[7]], in * sizeof *input);
  EXPECT_STATUS(SPARROW_OK, sparrow_group_step(other, &none, 1, input, output));
  EXPECT(memcmp(output, expected[7][taken[7]], out * sizeof *output) == 0);
  run(group, index, in, out, taken, 3 * steps);
  for (int i = 0; i < most; i++) EXPECT(taken[i] == steps);

  /* Nothing changes where something is refused. */
  const uint32_t twice[] = {2, 9, 2}, outside[] = {1, most};
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_group_step(group, twice, 3, input, output));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_group_step(group, outside, 2, input, output));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_group_step(group, index, most + 1, input, output));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_group_step(group, index, SIZE_MAX, input, output));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_group_step(group, NULL, 1, input, output));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_group_step(group, index, 1, NULL, output));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_group_step(group, index, 1, input, NULL));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_group_step(NULL, index, 1, input, output));
  EXPECT_STATUS(SPARROW_ERROR_MISALIGNED,
                sparrow_group_step(group, index, 1, (float *)((char *)input + 1), output));
  EXPECT_STATUS(SPARROW_OK, sparrow_group_step(group, NULL, 0, NULL, NULL));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_group_remove(group, most));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_group_reset(group, UINT32_MAX));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_group_add(group, NULL));
  EXPECT_STATUS(SPARROW_ERROR_KIND, sparrow_group_set_threshold(group, 0, 0.5f));
  EXPECT_STATUS(SPARROW_ERROR_KIND, sparrow_group_spot(group, index, 1, input,
                                                       &(sparrow_hop_detection){0, 0, 0}));
  free(state);
  sparrow_group_destroy(other);
  sparrow_group_destroy(group);
}

static void test_denoisers(void) {
  sparrow_model_information information;
  sparrow_model *model = builtin("denoiser", &information);
  const size_t hop = information.hop;
  for (int i = 0; i < most; i++) {
    sparrow_hop_denoiser *alone = NULL;
    EXPECT_STATUS(SPARROW_OK, sparrow_hop_denoiser_create(model, &alone));
    for (int step = 0; step < steps; step++)
      EXPECT_STATUS(SPARROW_OK,
                    sparrow_hop_denoiser_process(alone, sounds[i][step], expected[i][step]));
    sparrow_hop_denoiser_destroy(alone);
  }
  test_group(model, SPARROW_KIND_DENOISER, hop, hop);

  /* Half of the sound alone, for one of two. */
  sparrow_group *group = NULL;
  uint32_t two[2];
  EXPECT_STATUS(SPARROW_OK, sparrow_group_create(model, SPARROW_KIND_DENOISER, 2, &group));
  for (int i = 0; i < 2; i++) EXPECT_STATUS(SPARROW_OK, sparrow_group_add(group, &two[i]));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_group_set_denoising(group, 0, -1, 1));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_group_set_denoising(group, 0, INFINITY, 2));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_group_set_denoising(group, 2, INFINITY, 1));
  EXPECT_STATUS(SPARROW_OK, sparrow_group_set_denoising(group, two[0], INFINITY, 0));
  for (int step = 0; step < 9; step++) {
    memcpy(input, sounds[0][step], hop * sizeof *input);
    memcpy(input + hop, sounds[0][step], hop * sizeof *input);
    EXPECT_STATUS(SPARROW_OK, sparrow_group_step(group, two, 2, input, output));
    EXPECT(memcmp(output + hop, expected[0][step], hop * sizeof *output) == 0);
    /* Nothing is taken away: the input, three hops later. */
    for (size_t k = 0; step > 3 && k < hop; k++)
      EXPECT(fabsf(output[k] - sounds[0][step - 3][k]) < 1e-5f);
  }
  sparrow_group_destroy(group);
  sparrow_model_destroy(model);
}

static void test_spotters(void) {
  sparrow_model_information information;
  sparrow_model *model = builtin("keywords", &information);
  const size_t hop = information.hop;
  sparrow_group *group = NULL;
  uint32_t index[most];
  EXPECT_STATUS(SPARROW_OK, sparrow_group_create(model, SPARROW_KIND_SPOTTER, most, &group));
  for (int i = 0; i < most; i++) {
    EXPECT_STATUS(SPARROW_OK, sparrow_group_add(group, &index[i]));
    EXPECT_STATUS(SPARROW_OK, sparrow_group_set_threshold(group, index[i], 0.001f));
  }
  sparrow_spotter *alone[most];
  for (int i = 0; i < most; i++) {
    EXPECT_STATUS(SPARROW_OK, sparrow_spotter_create(model, 0, &alone[i]));
    EXPECT_STATUS(SPARROW_OK, sparrow_spotter_set_threshold(alone[i], 0.001f));
  }
  size_t all = 0;
  for (int step = 0; step < 3 * steps; step++) {
    sparrow_hop_detection heard[most];
    for (int i = 0; i < most; i++)
      memcpy(input + (size_t)i * hop, sounds[i][step % steps], hop * sizeof *input);
    EXPECT_STATUS(SPARROW_OK, sparrow_group_spot(group, index, most, input, heard));
    for (int i = 0; i < most; i++) {
      sparrow_detection word = {0, 0, 0};
      size_t found = 0;
      EXPECT_STATUS(SPARROW_OK,
                    sparrow_spotter_process(alone[i], sounds[i][step % steps], hop, &word, 1,
                                            &found));
      EXPECT(heard[i].found == found && heard[i].word == word.word &&
             heard[i].confidence == word.confidence);
      all += found;
    }
  }
  EXPECT(all > 0);
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_group_set_threshold(group, 0, 1));
  EXPECT_STATUS(SPARROW_ERROR_KIND, sparrow_group_step(group, index, 1, input, output));
  EXPECT_STATUS(SPARROW_ERROR_KIND, sparrow_group_set_denoising(group, 0, 20, 1));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_group_spot(group, index, 1, input, NULL));
  for (int i = 0; i < most; i++) sparrow_spotter_destroy(alone[i]);
  sparrow_group_destroy(group);

  EXPECT_STATUS(SPARROW_ERROR_KIND,
                sparrow_group_create(model, SPARROW_KIND_DENOISER, 1, &group));
  EXPECT_STATUS(SPARROW_ERROR_KIND,
                sparrow_group_create(model, SPARROW_KIND_LANGUAGE_MODEL, 1, &group));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_group_create(model, SPARROW_KIND_SPOTTER, 0, &group));
  EXPECT_STATUS(SPARROW_ERROR_RANGE,
                sparrow_group_create(model, SPARROW_KIND_SPOTTER, 65537, &group));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_group_create(model, SPARROW_KIND_SPOTTER, 1, NULL));
  sparrow_group_destroy(NULL);
  EXPECT(sparrow_group_state_size(NULL) == 0);

  /* The network alone, on frames. */
  const size_t in = information.input_width, out = information.output_width;
  for (int i = 0; i < most; i++) {
    sparrow_stream *stream = NULL;
    EXPECT_STATUS(SPARROW_OK, sparrow_stream_create(model, &stream));
    for (int step = 0; step < steps; step++)
      EXPECT_STATUS(SPARROW_OK,
                    sparrow_stream_run(stream, sounds[i][step], expected[i][step], 1));
    sparrow_stream_destroy(stream);
  }
  test_group(model, SPARROW_KIND_NETWORK, in, out);
  EXPECT_STATUS(SPARROW_OK, sparrow_group_create(model, SPARROW_KIND_NETWORK, 1, &group));
  EXPECT_STATUS(SPARROW_OK, sparrow_group_add(group, index));
  input[in - 1] = NAN;
  EXPECT_STATUS(SPARROW_ERROR_NOT_FINITE, sparrow_group_step(group, index, 1, input, output));
  sparrow_group_destroy(group);
  sparrow_model_destroy(model);
}

int main(void) {
  make_sounds();
  test_denoisers();
  test_spotters();
  if (failures == 0) puts("groups of the C interface do what sparrow.h says");
  return failures > 0;
}
