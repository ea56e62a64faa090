/* Checks the C interface from outside: refusals, states, allocators, and that calls of any size
 * give the same samples. Prints what fails; the exit status is 1 then. */

#include <math.h>
#include <sparrow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

enum { sample_count = 48000 };
static float sound[sample_count], whole[sample_count], pieces[sample_count];

static void make_sound(void) {
  uint32_t seed = 1;
  for (int i = 0; i < sample_count; i++) {
    seed = seed * 1664525u + 1013904223u;
    sound[i] = 0.2f * sinf(i * 0.03f) + 0.1f * ((float)(seed >> 8) / 8388608.0f - 1);
  }
}

static sparrow_model *builtin(const char *name) {
  sparrow_model *model = NULL;
  EXPECT_STATUS(SPARROW_OK, sparrow_model_create_builtin(name, &model));
  return model;
}

static void test_models(void) {
  sparrow_model *model = NULL;
  unsigned char bytes[4096];
  memset(bytes, 0, sizeof bytes);
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_model_create(NULL, 10, &model));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_model_create(bytes, sizeof bytes, NULL));
  EXPECT_STATUS(SPARROW_ERROR_TRUNCATED, sparrow_model_create(bytes, 10, &model));
  EXPECT_STATUS(SPARROW_ERROR_NOT_A_PLAN, sparrow_model_create(bytes, sizeof bytes, &model));
  uintptr_t odd = ((uintptr_t)bytes | 63) + 2;
  EXPECT_STATUS(SPARROW_ERROR_MISALIGNED,
                sparrow_model_create_in_place((void *)odd, 1024, &model));
  EXPECT_STATUS(SPARROW_ERROR_UNKNOWN_NAME, sparrow_model_create_builtin("singer", &model));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_model_create_builtin(NULL, &model));
  EXPECT(model == NULL);
  sparrow_model_destroy(NULL);

  sparrow_model_information information;
  model = builtin("denoiser");
  EXPECT_STATUS(SPARROW_OK, sparrow_model_get_information(model, &information));
  EXPECT(information.kind == SPARROW_KIND_DENOISER && information.sample_rate == 16000);
  EXPECT(information.hop == 128 && information.word_count == 0);
  EXPECT(sparrow_model_word(model, 0) == NULL);
  sparrow_spotter *spotter = NULL;
  EXPECT_STATUS(SPARROW_ERROR_KIND, sparrow_spotter_create(model, 0, &spotter));
  sparrow_model_destroy(model);

  const uint32_t rates[][2] = {{8000, 16000}, {16000, 16000}, {16001, 48000}, {768000, 48000}};
  for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
    model = builtin(sparrow_builtin_denoiser(rates[i][0]));
    EXPECT_STATUS(SPARROW_OK, sparrow_model_get_information(model, &information));
    EXPECT(information.kind == SPARROW_KIND_DENOISER);
    EXPECT(information.sample_rate == rates[i][1]);
    sparrow_model_destroy(model);
  }

  model = builtin("keywords");
  EXPECT_STATUS(SPARROW_OK, sparrow_model_get_information(model, &information));
  EXPECT(information.kind == SPARROW_KIND_SPOTTER && information.word_count == 17);
  EXPECT(strlen(sparrow_model_word(model, 16)) > 0);
  EXPECT(sparrow_model_word(model, 17) == NULL);
  sparrow_denoiser *denoiser = NULL;
  EXPECT_STATUS(SPARROW_ERROR_KIND, sparrow_denoiser_create(model, 0, 1, &denoiser));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_denoiser_create(NULL, 0, 1, &denoiser));
  sparrow_model_destroy(model);
  for (int status = -1; status < 100; status++)
    EXPECT(strlen(sparrow_status_text((sparrow_status)status)) > 0);
  EXPECT(strcmp(sparrow_version(), "0.1.0") == 0);
}

static void test_denoiser(uint32_t rate) {
  sparrow_model *model = builtin("denoiser");
  sparrow_denoiser *a = NULL, *b = NULL;
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_denoiser_create(model, 999, 1, &a));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_denoiser_create(model, 1000000, 1, &a));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_denoiser_create(model, rate, 0, &a));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_create(model, rate, 1, &a));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_create(model, rate, 1, &b));
  sparrow_model_destroy(model); /* objects that were made of it live on */

  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_process(a, sound, whole, sample_count));
  size_t half = sample_count / 2, size = sparrow_denoiser_state_size(b);
  for (size_t done = 0; done < half; done += 77) {
    size_t count = half - done < 77 ? half - done : 77;
    EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_process(b, sound + done, pieces + done, count));
  }
  char *state = calloc(1, size + 1);
  /* At an odd address. */
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_save_state(b, state + 1, size));
  EXPECT_STATUS(SPARROW_ERROR_TRUNCATED, sparrow_denoiser_save_state(b, state, size - 1));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_denoiser_save_state(b, NULL, size));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_reset(b));
  EXPECT_STATUS(SPARROW_ERROR_TRUNCATED, sparrow_denoiser_restore_state(b, state + 1, size - 1));
  EXPECT_STATUS(SPARROW_ERROR_STATE, sparrow_denoiser_restore_state(b, state, size));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_restore_state(b, state + 1, size));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_process(b, sound + half, pieces + half, half));
  EXPECT(memcmp(whole, pieces, sizeof whole) == 0);

  /* Words that no denoiser wrote, behind a right header, harm nothing. */
  for (int fill = 0; fill < 3; fill++) {
    uint32_t seed = 7;
    for (size_t i = 24; i < size; i++) {
      seed = seed * 1664525u + 1013904223u;
      state[1 + i] = (char)(fill == 0 ? 0 : fill == 1 ? 0xff : seed >> 24);
    }
    EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_restore_state(b, state + 1, size));
    EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_process(b, sound, pieces, half));
  }
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_reset(b));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_process(b, sound, pieces, sample_count));
  EXPECT(memcmp(whole, pieces, sizeof whole) == 0);

  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_denoiser_process(NULL, sound, whole, 10));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_denoiser_process(a, NULL, whole, 10));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_denoiser_process(a, sound, NULL, 10));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_process(a, NULL, NULL, 0));
  EXPECT_STATUS(SPARROW_ERROR_MISALIGNED,
                sparrow_denoiser_process(a, (float *)((char *)sound + 1), whole, 10));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_denoiser_process(a, sound, whole, SIZE_MAX));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_denoiser_set_attenuation_limit(a, -1));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_denoiser_set_attenuation_limit(a, NAN));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_set_attenuation_limit(a, INFINITY));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_set_attenuation_limit(a, 12));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_denoiser_set_mix(a, 1.5f));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_set_mix(a, 0.5f));

  /* Garbage comes out as numbers, and is gone soon after. */
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_reset(b));
  float broken[3] = {NAN, INFINITY, -1e38f};
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_process(b, broken, broken, 3));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_process(b, sound, pieces, sample_count));
  for (int i = 0; i < sample_count; i++) EXPECT(isfinite(pieces[i]));

  sparrow_denoiser *blocks = NULL;
  model = builtin("denoiser");
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_create(model, 0, 128, &blocks));
  EXPECT(sparrow_denoiser_latency(blocks) == 384);
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_denoiser_process(blocks, sound, whole, 100));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_process(blocks, sound, whole, 256));
  sparrow_model_destroy(model);
  sparrow_denoiser_destroy(blocks);
  sparrow_denoiser_destroy(a);
  sparrow_denoiser_destroy(b);
  sparrow_denoiser_destroy(NULL);
  free(state);
}

static void test_spotter(void) {
  sparrow_model *model = builtin("keywords");
  sparrow_spotter *spotter = NULL;
  EXPECT_STATUS(SPARROW_OK, sparrow_spotter_create(model, 44100, &spotter));
  size_t found = 99;
  EXPECT_STATUS(SPARROW_OK,
                sparrow_spotter_process(spotter, sound, sample_count, NULL, 0, &found));
  EXPECT(found < 10);
  EXPECT_STATUS(SPARROW_ERROR_NULL,
                sparrow_spotter_process(spotter, sound, sample_count, NULL, 0, NULL));
  EXPECT_STATUS(SPARROW_ERROR_NULL,
                sparrow_spotter_process(spotter, sound, sample_count, NULL, 3, &found));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_spotter_set_threshold(spotter, 1));
  EXPECT_STATUS(SPARROW_OK, sparrow_spotter_set_threshold(spotter, 0.01f));
  EXPECT_STATUS(SPARROW_OK, sparrow_spotter_reset(spotter));
  size_t size = sparrow_spotter_state_size(spotter);
  void *state = malloc(size);
  EXPECT_STATUS(SPARROW_OK, sparrow_spotter_save_state(spotter, state, size));
  EXPECT_STATUS(SPARROW_OK, sparrow_spotter_restore_state(spotter, state, size));
  free(state);
  sparrow_spotter_destroy(spotter);
  sparrow_model_destroy(model);
}

static void test_stream(void) {
  sparrow_model *model = builtin("denoiser");
  sparrow_model_information information;
  sparrow_model_get_information(model, &information);
  sparrow_stream *stream = NULL;
  EXPECT_STATUS(SPARROW_OK, sparrow_stream_create(model, &stream));
  enum { frames = 20 };
  float *output = calloc(frames * information.output_width, sizeof *output);
  float *again = calloc(frames * information.output_width, sizeof *output);
  EXPECT(frames * information.input_width <= sample_count);
  EXPECT_STATUS(SPARROW_OK, sparrow_stream_run(stream, sound, output, frames));
  EXPECT_STATUS(SPARROW_OK, sparrow_stream_reset(stream));
  for (size_t i = 0; i < frames; i++)
    EXPECT_STATUS(SPARROW_OK, sparrow_stream_run(stream, sound + i * information.input_width,
                                                 again + i * information.output_width, 1));
  EXPECT(memcmp(output, again, frames * information.output_width * sizeof *output) == 0);
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_stream_run(stream, sound, output, SIZE_MAX / 4));
  size_t size = sparrow_stream_state_size(stream);
  void *state = malloc(size);
  EXPECT_STATUS(SPARROW_OK, sparrow_stream_save_state(stream, state, size));
  ((unsigned char *)state)[9] ^= 1;
  EXPECT_STATUS(SPARROW_ERROR_OTHER_NETWORK, sparrow_stream_restore_state(stream, state, size));
  free(state);
  free(output);
  free(again);
  sparrow_stream_destroy(stream);
  sparrow_model_destroy(model);
}

/* Many at once, of two models and rates, give the samples that each gives alone. */
static void test_many_denoisers(void) {
  enum { many = 5, count = 1000, calls = 20 };
  sparrow_model *model = builtin("denoiser");
  sparrow_denoiser *together[many], *alone[many];
  static float out[many][count * calls], expected[many][count * calls];
  for (int i = 0; i < many; i++) {
    uint32_t rate = i % 2 ? 48000 : 0;
    EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_create(model, rate, 1, &together[i]));
    EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_create(model, rate, 1, &alone[i]));
    EXPECT_STATUS(SPARROW_OK,
                  sparrow_denoiser_process(alone[i], sound + 100 * i, expected[i], count * calls));
  }
  const float *inputs[many];
  float *outputs[many];
  for (int call = 0; call < calls; call++) {
    for (int i = 0; i < many; i++) {
      inputs[i] = sound + 100 * i + call * count;
      outputs[i] = out[i] + call * count;
    }
    EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_process_many(together, inputs, outputs, many,
                                                            count));
  }
  EXPECT(memcmp(out, expected, sizeof out) == 0);

  /* Where one is refused, none has changed. */
  size_t size = sparrow_denoiser_state_size(together[0]);
  char *before = calloc(2, size);
  char *after = before + size;
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_save_state(together[0], before, size));
  outputs[many - 1] = NULL;
  EXPECT_STATUS(SPARROW_ERROR_NULL,
                sparrow_denoiser_process_many(together, inputs, outputs, many, count));
  outputs[many - 1] = out[many - 1];
  sparrow_denoiser *last = together[many - 1];
  together[many - 1] = NULL;
  EXPECT_STATUS(SPARROW_ERROR_NULL,
                sparrow_denoiser_process_many(together, inputs, outputs, many, count));
  together[many - 1] = last;
  EXPECT_STATUS(SPARROW_ERROR_NULL,
                sparrow_denoiser_process_many(NULL, inputs, outputs, many, count));
  EXPECT_STATUS(SPARROW_ERROR_NULL,
                sparrow_denoiser_process_many(together, NULL, outputs, many, count));
  EXPECT_STATUS(SPARROW_ERROR_RANGE,
                sparrow_denoiser_process_many(together, inputs, outputs, SIZE_MAX, count));
  EXPECT_STATUS(SPARROW_ERROR_RANGE,
                sparrow_denoiser_process_many(together, inputs, outputs, many, SIZE_MAX));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_process_many(NULL, NULL, NULL, 0, count));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_save_state(together[0], after, size));
  EXPECT(memcmp(before, after, size) == 0);
  free(before);
  for (int i = 0; i < many; i++) {
    sparrow_denoiser_destroy(together[i]);
    sparrow_denoiser_destroy(alone[i]);
  }
  sparrow_model_destroy(model);
}

static void test_many_streams(void) {
  enum { many = 3, frames = 4 };
  sparrow_model *model = builtin("denoiser");
  sparrow_model_information information;
  sparrow_model_get_information(model, &information);
  const size_t in = frames * information.input_width, out = frames * information.output_width;
  sparrow_stream *together[many], *alone;
  const float *inputs[many];
  float *outputs[many], *expected = calloc(out, sizeof *expected);
  for (int i = 0; i < many; i++) {
    EXPECT_STATUS(SPARROW_OK, sparrow_stream_create(model, &together[i]));
    inputs[i] = sound + i * in;
    outputs[i] = calloc(out, sizeof **outputs);
  }
  EXPECT_STATUS(SPARROW_OK, sparrow_stream_run_many(together, inputs, outputs, many, frames));
  EXPECT_STATUS(SPARROW_OK, sparrow_stream_create(model, &alone));
  for (int i = 0; i < many; i++) {
    EXPECT_STATUS(SPARROW_OK, sparrow_stream_reset(alone));
    EXPECT_STATUS(SPARROW_OK, sparrow_stream_run(alone, inputs[i], expected, frames));
    EXPECT(memcmp(expected, outputs[i], out * sizeof *expected) == 0);
  }
  /* A frame with a number that is none is refused, and nothing has changed. */
  float *broken = calloc(in, sizeof *broken);
  broken[in - 1] = NAN;
  inputs[many - 1] = broken;
  expected[0] = outputs[0][0] = 77;
  EXPECT_STATUS(SPARROW_ERROR_NOT_FINITE,
                sparrow_stream_run_many(together, inputs, outputs, many, frames));
  EXPECT(outputs[0][0] == 77);
  EXPECT_STATUS(SPARROW_ERROR_NOT_FINITE, sparrow_stream_run(alone, broken, expected, frames));
  EXPECT(expected[0] == 77);
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_stream_run_many(together, inputs, NULL, many, frames));
  EXPECT_STATUS(SPARROW_OK, sparrow_stream_run_many(together, inputs, outputs, many, 0));
  free(broken);
  free(expected);
  sparrow_stream_destroy(alone);
  for (int i = 0; i < many; i++) {
    sparrow_stream_destroy(together[i]);
    free(outputs[i]);
  }
  sparrow_model_destroy(model);
}

static size_t allocations, releases;

static void *allocate(size_t alignment, size_t size) {
  void *memory = NULL;
  allocations++;
  return posix_memalign(&memory, alignment, size) ? NULL : memory;
}

static void release(void *memory) {
  releases++;
  free(memory);
}

static void test_allocator(void) {
  sparrow_set_allocator(allocate, release);
  sparrow_model *model = builtin("denoiser");
  sparrow_denoiser *denoiser = NULL;
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_create(model, 48000, 1, &denoiser));
  size_t made = allocations;
  EXPECT(made > 0);
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_process(denoiser, sound, whole, sample_count));
  EXPECT(allocations == made && releases < made);
  sparrow_denoiser_destroy(denoiser);
  sparrow_model_destroy(model);
  EXPECT(allocations == releases);
  sparrow_set_allocator(NULL, NULL);
}

/* A hop a call, without buffers: the samples are those of blocks of hops, less their latency. */
static void test_hops(void) {
  enum { hop = 128 };
  sparrow_model *model = builtin("denoiser"), *words = builtin("keywords");
  sparrow_denoiser *streaming = NULL;
  sparrow_hop_denoiser *hops = NULL;
  sparrow_hop_spotter *spotter = NULL;
  EXPECT_STATUS(SPARROW_ERROR_KIND, sparrow_hop_denoiser_create(words, &hops));
  EXPECT_STATUS(SPARROW_ERROR_KIND, sparrow_hop_spotter_create(model, &spotter));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_hop_denoiser_create(model, NULL));
  EXPECT(hops == NULL && spotter == NULL && sparrow_hop_denoiser_lag(NULL) == 0);
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_create(model, 0, hop, &streaming));
  EXPECT_STATUS(SPARROW_OK, sparrow_hop_denoiser_create(model, &hops));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_hop_denoiser_process(hops, sound, NULL));
  EXPECT_STATUS(SPARROW_OK, sparrow_denoiser_process(streaming, sound, whole, 100 * hop));
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 100; i++)
      EXPECT_STATUS(SPARROW_OK,
                    sparrow_hop_denoiser_process(hops, sound + i * hop, pieces + i * hop));
    const size_t lag = sparrow_hop_denoiser_lag(hops), late = sparrow_denoiser_latency(streaming);
    EXPECT(memcmp(pieces + lag, whole + late, (100 * hop - late) * sizeof *whole) == 0);
    EXPECT_STATUS(SPARROW_OK, sparrow_hop_denoiser_reset(hops));
  }
  sparrow_hop_denoiser_destroy(hops);
  sparrow_denoiser_destroy(streaming);

  static int16_t samples[256];
  for (int i = 0; i < 256; i++) samples[i] = (int16_t)(sound[i] * 32767);
  float probabilities[64], sum = 0;
  sparrow_hop_detection heard;
  EXPECT_STATUS(SPARROW_OK, sparrow_hop_spotter_create(words, &spotter));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_hop_spotter_process(spotter, samples, NULL));
  for (int i = 0; i < 100; i++)
    EXPECT_STATUS(SPARROW_OK, sparrow_hop_spotter_process(spotter, samples, &heard));
  EXPECT_STATUS(SPARROW_OK, sparrow_hop_spotter_probabilities(spotter, probabilities));
  for (int i = 0; i < 18; i++) sum += probabilities[i];
  EXPECT(fabsf(sum - 1) < 1e-4f && heard.found == 0);
  EXPECT_STATUS(SPARROW_OK, sparrow_hop_spotter_reset(spotter));
  sparrow_hop_spotter_destroy(spotter);
  sparrow_model_destroy(model);
  sparrow_model_destroy(words);
}

int main(void) {
  make_sound();
  test_allocator();
  test_models();
  test_denoiser(0);
  test_denoiser(48000);
  test_spotter();
  test_stream();
  test_many_denoisers();
  test_many_streams();
  test_hops();
  if (failures == 0) puts("the C interface does what sparrow.h says");
  return failures > 0;
}
