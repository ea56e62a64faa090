#include "plugin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <sparrow.h>

/* Samples of a channel that are read before any output is written. */
enum { piece_size = 256 };

struct sparrow_plugin {
  unsigned channels;
  sparrow_denoiser *denoisers[sparrow_plugin_most_channels];
  uint32_t latency;
  /* The last `latency` samples of each channel, in rings that share a position. */
  float *dry[sparrow_plugin_most_channels];
  uint32_t position;
  /* The share of the denoised sound, where it is now, and its largest change in a sample. */
  float share, largest_step;
  float limit;
  bool is_new;
  float input[sparrow_plugin_most_channels][piece_size];
  float wet[sparrow_plugin_most_channels][piece_size];
};

sparrow_plugin *sparrow_plugin_create(unsigned channels, double sample_rate) {
  if (channels < 1 || channels > sparrow_plugin_most_channels) return NULL;
  if (!(sample_rate >= 1 && sample_rate < 1e9)) return NULL;
  sparrow_plugin *plugin = calloc(1, sizeof *plugin);
  if (!plugin) return NULL;
  plugin->channels = channels;
  sparrow_model *model = NULL;
  uint32_t rate = (uint32_t)lround(sample_rate);
  const char *name = sparrow_builtin_denoiser(rate);
  bool is_made = sparrow_model_create_builtin(name, &model) == SPARROW_OK;
  for (unsigned c = 0; c < channels && is_made; c++)
    is_made = sparrow_denoiser_create(model, rate, 1, &plugin->denoisers[c]) == SPARROW_OK;
  sparrow_model_destroy(model);
  if (is_made) {
    plugin->latency = (uint32_t)sparrow_denoiser_latency(plugin->denoisers[0]);
    for (unsigned c = 0; c < channels && is_made; c++)
      is_made = (plugin->dry[c] = calloc(plugin->latency + 1, sizeof(float))) != NULL;
  }
  if (!is_made) {
    sparrow_plugin_destroy(plugin);
    return NULL;
  }
  plugin->largest_step = (float)(1 / (0.02 * sample_rate));
  sparrow_plugin_reset(plugin);
  return plugin;
}

void sparrow_plugin_destroy(sparrow_plugin *plugin) {
  if (!plugin) return;
  for (unsigned c = 0; c < plugin->channels; c++) {
    sparrow_denoiser_destroy(plugin->denoisers[c]);
    free(plugin->dry[c]);
  }
  free(plugin);
}

uint32_t sparrow_plugin_latency(const sparrow_plugin *plugin) { return plugin->latency; }

void sparrow_plugin_reset(sparrow_plugin *plugin) {
  for (unsigned c = 0; c < plugin->channels; c++) {
    sparrow_denoiser_reset(plugin->denoisers[c]);
    memset(plugin->dry[c], 0, plugin->latency * sizeof(float));
  }
  plugin->position = 0;
  plugin->is_new = true;
}

static float clamped(float value, float lowest, float highest) {
  return value < lowest ? lowest : value > highest ? highest : value;
}

/* The share of the denoised sound to go to. */
static float use_controls(sparrow_plugin *plugin, sparrow_plugin_controls controls) {
  if (isnan(controls.attenuation_limit))
    controls.attenuation_limit = sparrow_plugin_defaults.attenuation_limit;
  if (isnan(controls.mix)) controls.mix = sparrow_plugin_defaults.mix;
  float limit = clamped(controls.attenuation_limit, 0, SPARROW_PLUGIN_NO_LIMIT);
  if (plugin->is_new || limit != plugin->limit)
    for (unsigned c = 0; c < plugin->channels; c++)
      sparrow_denoiser_set_attenuation_limit(plugin->denoisers[c],
                                             limit >= SPARROW_PLUGIN_NO_LIMIT ? INFINITY : limit);
  plugin->limit = limit;
  float share = controls.bypass ? 0 : clamped(controls.mix, 0, 1);
  if (plugin->is_new) plugin->share = share;
  plugin->is_new = false;
  return share;
}

/* Mixes one channel's denoised and delayed samples, and leaves the share and the position of the
 * delay where the piece ends. */
static void mix(sparrow_plugin *plugin, unsigned channel, float *output, size_t count, float target,
                float *share, uint32_t *position) {
  const float *input = plugin->input[channel], *wet = plugin->wet[channel];
  float *ring = plugin->dry[channel];
  for (size_t i = 0; i < count; i++) {
    float dry = input[i];
    if (plugin->latency > 0) {
      dry = ring[*position];
      ring[*position] = input[i];
      if (++*position == plugin->latency) *position = 0;
    }
    *share += clamped(target - *share, -plugin->largest_step, plugin->largest_step);
    /* At its ends exactly the one or the other. */
    output[i] = *share >= 1 ? wet[i] : *share <= 0 ? dry : dry + *share * (wet[i] - dry);
  }
}

void sparrow_plugin_run(sparrow_plugin *plugin, const float *const *inputs, float *const *outputs,
                        size_t count, sparrow_plugin_controls controls) {
  if (count == 0) return;
  float target = use_controls(plugin, controls);
  for (size_t done = 0; done < count;) {
    size_t piece = count - done < piece_size ? count - done : piece_size;
    /* All inputs before any output: hosts may give one buffer for both, and cross channels. */
    for (unsigned c = 0; c < plugin->channels; c++)
      for (size_t i = 0; i < piece; i++) {
        float sample = inputs[c][done + i];
        plugin->input[c][i] = isfinite(sample) ? sample : 0;
      }
    float share = plugin->share;
    uint32_t position = plugin->position;
    for (unsigned c = 0; c < plugin->channels; c++) {
      sparrow_denoiser_process(plugin->denoisers[c], plugin->input[c], plugin->wet[c], piece);
      share = plugin->share;
      position = plugin->position;
      mix(plugin, c, outputs[c] + done, piece, target, &share, &position);
    }
    plugin->share = share;
    plugin->position = position;
    done += piece;
  }
}
