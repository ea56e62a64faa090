/* Checks the C interface to language models, over a plan that `sparrow pack` made of one: scores,
 * their order, pieces of any size, states, and refusals. Prints what fails; the exit status is 1
 * then. Writes the sum of the scores of words 0, 7, 14, ...
 *
 * usage: language_test PLAN
 */

#include <math.h>
#include <sparrow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

enum { text_count = 100 };
static uint32_t text[text_count];

static unsigned char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) exit(1);
  *size = (size_t)ftell(file);
  rewind(file);
  unsigned char *bytes = malloc(*size);
  if (!bytes || fread(bytes, 1, *size, file) != *size) exit(1);
  fclose(file);
  return bytes;
}

static void test_words(const sparrow_model *model, uint32_t count) {
  uint32_t word = 12345;
  for (uint32_t i = 0; i < count; i += 97) {
    EXPECT(sparrow_model_word(model, i) != NULL);
    EXPECT_STATUS(SPARROW_OK, sparrow_model_find_word(model, sparrow_model_word(model, i), &word));
    EXPECT(word == i);
  }
  EXPECT(sparrow_model_word(model, count) == NULL);
  EXPECT_STATUS(SPARROW_OK, sparrow_model_find_word(model, "<eos>", &word));
  EXPECT_STATUS(SPARROW_ERROR_UNKNOWN_NAME, sparrow_model_find_word(model, "<eos", &word));
  EXPECT_STATUS(SPARROW_ERROR_UNKNOWN_NAME, sparrow_model_find_word(model, "", &word));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_model_find_word(model, NULL, &word));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_model_find_word(model, "<eos>", NULL));
}

/* Word by word, at once, and by layers of several words, the scores have the same bits. */
static void test_pieces(const sparrow_model *model) {
  double sums[3] = {0, 0, 0};
  float last[3];
  for (int way = 0; way < 3; way++) {
    sparrow_language_model *reader = NULL;
    EXPECT_STATUS(SPARROW_OK, sparrow_language_model_create(model, way == 2 ? 15 : 1, &reader));
    for (size_t i = 0; i < text_count; i += way == 0 ? 1 : way == 1 ? text_count : 25) {
      double sum = 0;
      size_t count = way == 0 ? 1 : way == 1 ? text_count : 25;
      EXPECT_STATUS(SPARROW_OK, sparrow_language_model_read(reader, text + i, count, &sum));
      sums[way] += sum;
    }
    double score = 0;
    EXPECT_STATUS(SPARROW_OK, sparrow_language_model_score(reader, 5, &score));
    last[way] = (float)score;
    sparrow_language_model_destroy(reader);
  }
  EXPECT(last[0] == last[1] && last[0] == last[2] && last[0] < 0);
  EXPECT(fabs(sums[0] - sums[1]) < 1e-9 && fabs(sums[0] - sums[2]) < 1e-9 && sums[0] < 0);
  printf("%.6f\n", sums[0]);
}

static void test_scores(sparrow_language_model *reader, uint32_t count) {
  float *scores = calloc(count, sizeof *scores);
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_reset(reader));
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_read(reader, text, 3, NULL));
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_scores(reader, scores, count));
  double total = 0, score, sum;
  for (uint32_t i = 0; i < count; i++) total += exp(scores[i]);
  EXPECT(fabs(total - 1) < 1e-4);
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_score(reader, text[3], &score));
  EXPECT((float)score == scores[text[3]]);

  /* Nothing that is left out is more probable than the last one. */
  uint32_t best[10];
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_best(reader, best, 10));
  for (int i = 0; i + 1 < 10; i++) EXPECT(scores[best[i]] >= scores[best[i + 1]]);
  uint32_t above = 0;
  for (uint32_t i = 0; i < count; i++) above += scores[i] > scores[best[9]];
  EXPECT(above <= 9);

  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_read(reader, text + 3, 1, &sum));
  EXPECT(sum == score);
  free(scores);
}

static void test_states(const sparrow_model *model, sparrow_language_model *reader) {
  size_t size = sparrow_language_model_state_size(reader);
  unsigned char *state = malloc(size + 1);
  double before, after;
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_save_state(reader, state + 1, size));
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_read(reader, text, 20, &before));
  sparrow_language_model *other = NULL;
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_create(model, 4, &other));
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_restore_state(other, state + 1, size));
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_read(other, text, 20, &after));
  EXPECT(before == after);
  EXPECT_STATUS(SPARROW_ERROR_TRUNCATED,
                sparrow_language_model_restore_state(other, state + 1, size - 1));
  EXPECT_STATUS(SPARROW_ERROR_TRUNCATED,
                sparrow_language_model_save_state(reader, state, size + 1));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_language_model_restore_state(other, NULL, size));
  sparrow_stream *stream = NULL;
  EXPECT_STATUS(SPARROW_OK, sparrow_stream_create(model, &stream));
  EXPECT_STATUS(SPARROW_ERROR_STATE, sparrow_stream_restore_state(stream, state + 1, size));
  sparrow_stream_destroy(stream);
  state[9] ^= 1;
  EXPECT_STATUS(SPARROW_ERROR_OTHER_NETWORK,
                sparrow_language_model_restore_state(other, state + 1, size));
  state[9] ^= 1;
  /* Words that no model wrote harm nothing. */
  memset(state + 25, 0xff, size - 24);
  uint32_t best[3];
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_restore_state(other, state + 1, size));
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_best(other, best, 3));
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_read(other, text, 20, NULL));
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_reset(other));
  sparrow_language_model_destroy(other);
  free(state);
}

static void test_refusals(const sparrow_model *model, sparrow_language_model *reader,
                          uint32_t count) {
  double score = 1;
  float scores[4];
  uint32_t words[2] = {0, count};
  sparrow_language_model *other = NULL;
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_language_model_create(NULL, 1, &other));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_language_model_create(model, 1, NULL));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_language_model_create(model, 0, &other));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_language_model_create(model, 65, &other));
  sparrow_model *keywords = NULL;
  EXPECT_STATUS(SPARROW_OK, sparrow_model_create_builtin("keywords", &keywords));
  EXPECT_STATUS(SPARROW_ERROR_KIND, sparrow_language_model_create(keywords, 1, &other));
  sparrow_model_destroy(keywords);
  sparrow_denoiser *denoiser = NULL;
  sparrow_spotter *spotter = NULL;
  EXPECT_STATUS(SPARROW_ERROR_KIND, sparrow_denoiser_create(model, 0, 1, &denoiser));
  EXPECT_STATUS(SPARROW_ERROR_KIND, sparrow_spotter_create(model, 0, &spotter));
  EXPECT(other == NULL && denoiser == NULL && spotter == NULL);

  /* Of words that are refused, none is read. */
  double before, after;
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_score(reader, 0, &before));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_language_model_read(reader, words, 2, &score));
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_score(reader, 0, &after));
  EXPECT(before == after && score == 1);
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_language_model_read(reader, NULL, 2, &score));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_language_model_read(NULL, words, 1, &score));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_language_model_read(reader, words, SIZE_MAX, NULL));
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_read(reader, NULL, 0, NULL));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_language_model_score(reader, count, &score));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_language_model_score(reader, 0, NULL));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_language_model_scores(reader, scores, 4));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_language_model_scores(reader, NULL, count));
  EXPECT_STATUS(SPARROW_ERROR_RANGE, sparrow_language_model_best(reader, words, count + 1));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_language_model_best(reader, NULL, 1));
  EXPECT_STATUS(SPARROW_ERROR_NULL, sparrow_language_model_reset(NULL));
  EXPECT(sparrow_language_model_state_size(NULL) == 0);
  sparrow_language_model_destroy(NULL);
}

/* A plan that ends anywhere, or whose front end says what is not there, is refused. */
static void test_broken_plans(unsigned char *bytes, size_t size) {
  sparrow_model *model = NULL;
  for (size_t end = 0; end < size; end += end < 4096 ? 61 : 100003)
    EXPECT_STATUS(SPARROW_ERROR_TRUNCATED, sparrow_model_create(bytes, end, &model));
  enum { front_end_place = 84 }; /* of the record's offset in the header */
  uint32_t offset;
  memcpy(&offset, bytes + front_end_place, sizeof offset);
  EXPECT(offset % 64 == 0 && offset < size);
  for (int field = 0; field < 8; field++) {
    uint32_t kept, wrong = 0xfffffff0u;
    memcpy(&kept, bytes + offset + 4 * field, sizeof kept);
    memcpy(bytes + offset + 4 * field, &wrong, sizeof wrong);
    EXPECT_STATUS(field == 4 && kept == 0 ? SPARROW_OK : SPARROW_ERROR_INVALID,
                  sparrow_model_create(bytes, size, &model));
    sparrow_model_destroy(model);
    model = NULL;
    memcpy(bytes + offset + 4 * field, &kept, sizeof kept);
  }
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  size_t size;
  unsigned char *bytes = read_file(argv[1], &size);
  sparrow_model *model = NULL;
  sparrow_language_model *reader = NULL;
  sparrow_model_information information;
  EXPECT_STATUS(SPARROW_OK, sparrow_model_create(bytes, size, &model));
  EXPECT_STATUS(SPARROW_OK, sparrow_model_get_information(model, &information));
  EXPECT(information.kind == SPARROW_KIND_LANGUAGE_MODEL && information.sample_rate == 0);
  EXPECT(information.word_count == information.output_width && information.word_count > 10);
  EXPECT_STATUS(SPARROW_OK, sparrow_language_model_create(model, 1, &reader));
  if (failures > 0) return 1;
  for (uint32_t i = 0; i < text_count; i++) text[i] = 7 * i % information.word_count;
  test_words(model, information.word_count);
  test_pieces(model);
  test_scores(reader, information.word_count);
  test_states(model, reader);
  test_refusals(model, reader, information.word_count);
  sparrow_model_destroy(model);
  sparrow_language_model_destroy(reader); /* objects live on without their model */
  test_broken_plans(bytes, size);
  free(bytes);
  return failures > 0;
}
