/* The channels of a host through denoisers of the C library, for plug-ins of every kind. */

#ifndef SPARROW_PLUGIN_H
#define SPARROW_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From the attenuation limit at which there is none any more, in dB. */
#define SPARROW_PLUGIN_NO_LIMIT 100.0f

typedef struct sparrow_plugin_controls {
  float attenuation_limit; /* dB, 0 to 100; 100 or more for no limit */
  float mix;               /* the share of the denoised sound, 0 to 1 */
  bool bypass;             /* the input, as late as the output */
} sparrow_plugin_controls;

static const sparrow_plugin_controls sparrow_plugin_defaults = {SPARROW_PLUGIN_NO_LIMIT, 1, false};

typedef struct sparrow_plugin sparrow_plugin;

enum { sparrow_plugin_most_channels = 2 };

/* For 1 or 2 channels of a rate in hertz; null where the library refuses the rate, or without
 * memory. */
sparrow_plugin *sparrow_plugin_create(unsigned channels, double sample_rate);
void sparrow_plugin_destroy(sparrow_plugin *plugin);

/* Samples by which the output lags the input: constant, bypassed or not. */
uint32_t sparrow_plugin_latency(const sparrow_plugin *plugin);

/* Begins a new signal. */
void sparrow_plugin_reset(sparrow_plugin *plugin);

/* Takes `count` samples of each channel and gives as many, without allocating or locking. Any
 * output may be any input. Controls are approached within 20 ms, but for those of a signal's first
 * call. Samples that are not finite count as silence, and controls that are no numbers as the
 * defaults. */
void sparrow_plugin_run(sparrow_plugin *plugin, const float *const *inputs, float *const *outputs,
                        size_t count, sparrow_plugin_controls controls);

#endif
