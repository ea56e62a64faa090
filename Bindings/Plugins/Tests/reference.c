/* Runs raw sound through the C library as a plug-in does: 32-bit floats of interleaved channels
 * from standard input to standard output, not aligned.
 *
 * usage: reference RATE CHANNELS LIMIT
 */

#include <math.h>
#include <sparrow.h>
#include <stdio.h>
#include <stdlib.h>

enum { most_channels = 2, block = 1000 };

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  unsigned rate = (unsigned)atoi(argv[1]), channels = (unsigned)atoi(argv[2]);
  float limit = (float)atof(argv[3]);
  sparrow_model *model;
  sparrow_denoiser *denoisers[most_channels];
  if (channels < 1 || channels > most_channels) return 2;
  if (sparrow_model_create_builtin(sparrow_builtin_denoiser(rate), &model) != SPARROW_OK) return 1;
  for (unsigned c = 0; c < channels; c++) {
    if (sparrow_denoiser_create(model, rate, 1, &denoisers[c]) != SPARROW_OK) return 1;
    sparrow_denoiser_set_attenuation_limit(denoisers[c], limit < 100 ? limit : INFINITY);
  }
  static float frames[block * most_channels], channel[block];
  size_t count;
  while ((count = fread(frames, channels * sizeof(float), block, stdin)) > 0) {
    for (unsigned c = 0; c < channels; c++) {
      for (size_t i = 0; i < count; i++) channel[i] = frames[i * channels + c];
      if (sparrow_denoiser_process(denoisers[c], channel, channel, count) != SPARROW_OK) return 1;
      for (size_t i = 0; i < count; i++) frames[i * channels + c] = channel[i];
    }
    fwrite(frames, channels * sizeof(float), count, stdout);
  }
  for (unsigned c = 0; c < channels; c++) sparrow_denoiser_destroy(denoisers[c]);
  sparrow_model_destroy(model);
  return 0;
}
