/* The denoiser as LV2 plug-ins; sparrow.ttl describes their ports. */

#include <lv2/core/lv2.h>
#include <stdlib.h>
#include <string.h>

#include "../plugin.h"

/* Ports of a plug-in: its audio inputs, its audio outputs, then these. */
enum { port_limit, port_mix, port_enabled, port_latency, control_port_count };
enum { most_ports = 2 * sparrow_plugin_most_channels + control_port_count };

typedef struct {
  sparrow_plugin *plugin;
  unsigned channels;
  float *ports[most_ports];
} instance;

static void write_latency(instance *self) {
  float *port = self->ports[2 * self->channels + port_latency];
  if (port) *port = (float)sparrow_plugin_latency(self->plugin);
}

static LV2_Handle instantiate(const LV2_Descriptor *descriptor, double rate, const char *bundle,
                              const LV2_Feature *const *features) {
  (void)bundle;
  (void)features;
  instance *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->channels = strstr(descriptor->URI, "stereo") ? 2 : 1;
  self->plugin = sparrow_plugin_create(self->channels, rate);
  if (self->plugin) return self;
  free(self);
  return NULL;
}

static void connect_port(LV2_Handle handle, uint32_t port, void *data) {
  instance *self = handle;
  if (port < most_ports) self->ports[port] = data;
}

static void activate(LV2_Handle handle) {
  sparrow_plugin_reset(((instance *)handle)->plugin);
}

static void run(LV2_Handle handle, uint32_t count) {
  instance *self = handle;
  float *const *controls = self->ports + 2 * self->channels;
  sparrow_plugin_controls values = sparrow_plugin_defaults;
  if (controls[port_limit]) values.attenuation_limit = *controls[port_limit];
  if (controls[port_mix]) values.mix = *controls[port_mix];
  if (controls[port_enabled]) values.bypass = *controls[port_enabled] <= 0;
  write_latency(self);
  sparrow_plugin_run(self->plugin, (const float *const *)self->ports,
                     self->ports + self->channels, count, values);
}

static void cleanup(LV2_Handle handle) {
  instance *self = handle;
  sparrow_plugin_destroy(self->plugin);
  free(self);
}

#define DESCRIPTOR(uri)                                                                  \
  {.URI = uri,                                                                           \
   .instantiate = instantiate,                                                           \
   .connect_port = connect_port,                                                         \
   .activate = activate,                                                                 \
   .run = run,                                                                           \
   .cleanup = cleanup}

static const LV2_Descriptor descriptors[] = {DESCRIPTOR("urn:sparrow:denoiser-mono"),
                                             DESCRIPTOR("urn:sparrow:denoiser-stereo")};

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index) {
  return index < sizeof descriptors / sizeof *descriptors ? &descriptors[index] : NULL;
}
