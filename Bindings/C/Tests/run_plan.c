/* Runs a plan on frames that only depend on their number, and writes what comes out as 32-bit
 * floats, so that what two processors make of it can be compared.
 *
 * usage: run_plan PLAN FRAMES [LARGEST]
 *
 * LARGEST: inputs are whole numbers from 0 to it, as a language model's are; without it, they lie
 * between -1 and 1.
 */

#include <sparrow.h>
#include <stdio.h>
#include <stdlib.h>

static void check(sparrow_status status) {
  if (status == SPARROW_OK) return;
  fprintf(stderr, "run_plan: %s\n", sparrow_status_text(status));
  exit(1);
}

static uint32_t next_random(void) {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}

int main(int argc, char **argv) {
  if (argc < 3 || argc > 4) return 2;
  size_t frames = strtoul(argv[2], NULL, 10);
  uint32_t largest = argc == 4 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
  FILE *file = fopen(argv[1], "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) return 1;
  size_t size = (size_t)ftell(file);
  rewind(file);
  void *bytes = malloc(size);
  if (!bytes || fread(bytes, 1, size, file) != size) return 1;
  fclose(file);

  sparrow_model *model;
  sparrow_stream *stream;
  sparrow_model_information information;
  check(sparrow_model_create(bytes, size, &model));
  free(bytes);
  check(sparrow_model_get_information(model, &information));
  check(sparrow_stream_create(model, &stream));
  float *input = calloc(information.input_width, sizeof(float));
  float *output = calloc(information.output_width, sizeof(float));
  if (!input || !output) return 1;
  for (size_t frame = 0; frame < frames; frame++) {
    for (uint32_t i = 0; i < information.input_width; i++) {
      uint32_t number = next_random();
      input[i] = largest > 0 ? (float)(number % (largest + 1))
                             : (float)number / 8388608.0f - 1.0f;
    }
    check(sparrow_stream_run(stream, input, output, 1));
    fwrite(output, sizeof(float), information.output_width, stdout);
  }
  free(input);
  free(output);
  sparrow_stream_destroy(stream);
  sparrow_model_destroy(model);
  return 0;
}
