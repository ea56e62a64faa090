/* Denoises raw sound from standard input to standard output: 16-bit little-endian samples of one
 * channel at any rate, aligned with the input and as long.
 *
 * cc denoise.c -lsparrow -o denoise && ./denoise 48000 < noisy.raw > clean.raw
 */

#include <math.h>
#include <sparrow.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void check(sparrow_status status) {
  if (status == SPARROW_OK) return;
  fprintf(stderr, "denoise: %s\n", sparrow_status_text(status));
  exit(1);
}

int main(int argc, char **argv) {
  unsigned rate = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;

  sparrow_model *model;
  check(sparrow_model_create_builtin(sparrow_builtin_denoiser(rate), &model));
  sparrow_denoiser *denoiser;
  check(sparrow_denoiser_create(model, rate, 1, &denoiser));

  enum { block = 480 };
  int16_t integers[block];
  float samples[block];
  size_t ahead = sparrow_denoiser_latency(denoiser); /* to drop: they come before the sound */
  size_t behind = ahead;                             /* and as many are still to come at its end */
  while (behind > 0) {
    size_t count = fread(integers, sizeof *integers, block, stdin);
    for (size_t i = 0; i < count; i++) samples[i] = integers[i] / 32768.0f;
    while (count < block && behind > 0) {
      samples[count++] = 0;
      behind--;
    }
    check(sparrow_denoiser_process(denoiser, samples, samples, count));
    size_t skipped = ahead < count ? ahead : count;
    ahead -= skipped;
    for (size_t i = skipped; i < count; i++) {
      float scaled = rintf(samples[i] * 32768.0f);
      integers[i] = (int16_t)(scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : scaled);
    }
    fwrite(integers + skipped, sizeof *integers, count - skipped, stdout);
  }

  sparrow_denoiser_destroy(denoiser);
  sparrow_model_destroy(model);
  return 0;
}
