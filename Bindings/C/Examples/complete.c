/* Continues a text by the most probable words, and says how well the model expected it.
 *
 * usage: complete PLAN WORD...
 *
 * PLAN: a language model, as `sparrow pack` writes it.
 *
 * cc complete.c $(pkg-config --cflags --libs sparrow) -lm
 */

#include <math.h>
#include <sparrow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(sparrow_status status, const char *what) {
  if (status == SPARROW_OK) return;
  fprintf(stderr, "complete: %s: %s\n", what, sparrow_status_text(status));
  exit(1);
}

static sparrow_model *read_model(const char *path) {
  FILE *file = fopen(path, "rb");
  size_t size = 0;
  void *bytes = NULL;
  if (file && fseek(file, 0, SEEK_END) == 0) {
    size = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(size);
  }
  if (!bytes || fread(bytes, 1, size, file) != size) {
    fprintf(stderr, "complete: %s cannot be read\n", path);
    exit(1);
  }
  fclose(file);
  sparrow_model *model;
  check(sparrow_model_create(bytes, size, &model), path);
  free(bytes);
  return model;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: complete PLAN WORD...\n");
    return 2;
  }
  sparrow_model *model = read_model(argv[1]);
  sparrow_language_model *reader;
  check(sparrow_language_model_create(model, 1, &reader), argv[1]);

  double sum = 0;
  for (int i = 2; i < argc; i++) {
    uint32_t word;
    double score;
    check(sparrow_model_find_word(model, argv[i], &word), argv[i]);
    check(sparrow_language_model_read(reader, &word, 1, &score), argv[i]);
    sum += score;
    printf("%s ", argv[i]);
  }
  for (int i = 0; i < 10; i++) {
    uint32_t best[2];
    check(sparrow_language_model_best(reader, best, 2), "the next word");
    /* Words that the model does not know are one of its words. */
    const char *name = sparrow_model_word(model, best[0]);
    uint32_t word = strcmp(name, "<unk>") == 0 ? best[1] : best[0];
    check(sparrow_language_model_read(reader, &word, 1, NULL), "the next word");
    name = sparrow_model_word(model, word);
    printf("%s ", strcmp(name, "<eos>") == 0 ? "\n" : name);
  }
  printf("\nperplexity of what was given: %.1f\n", exp(-sum / (argc - 2)));
  sparrow_language_model_destroy(reader);
  sparrow_model_destroy(model);
  return 0;
}
