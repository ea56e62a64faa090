#include <ladspa.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

struct host {
  const LADSPA_Descriptor *plugin;
  LADSPA_Handle handle;
  unsigned channels;
  float limit, mix, bypass, latency;
};

host *host_open(const char *file, unsigned channels, double rate) {
  LADSPA_Descriptor_Function descriptors =
      (LADSPA_Descriptor_Function)host_symbol(file, "ladspa_descriptor");
  const LADSPA_Descriptor *plugin = descriptors(channels - 1);
  if (!plugin || descriptors(2)) fail("not two plug-ins");
  if (strcmp(plugin->Label, channels == 1 ? "denoiser_mono" : "denoiser_stereo") != 0)
    fail("the label is %s", plugin->Label);
  if (plugin->Properties != LADSPA_PROPERTY_HARD_RT_CAPABLE) fail("other properties");
  LADSPA_Handle handle = plugin->instantiate(plugin, (unsigned long)rate);
  if (!handle) return NULL;
  host *self = calloc(1, sizeof *self);
  *self = (host){.plugin = plugin, .handle = handle, .channels = channels};
  host_set(self, 100, 1, false);
  unsigned long port = 2 * channels;
  float *controls[] = {&self->limit, &self->mix, &self->bypass, &self->latency};
  if (plugin->PortCount != port + 4) fail("%lu ports", plugin->PortCount);
  for (int i = 0; i < 4; i++) plugin->connect_port(handle, port + i, controls[i]);
  if (strcmp(plugin->PortNames[port + 3], "latency") != 0) fail("the latency has no name");
  plugin->activate(handle);
  return self;
}

void host_close(host *self) {
  if (self->plugin->deactivate) self->plugin->deactivate(self->handle);
  self->plugin->cleanup(self->handle);
  free(self);
}

void host_restart(host *self) {
  if (self->plugin->deactivate) self->plugin->deactivate(self->handle);
  self->plugin->activate(self->handle);
}

void host_set(host *self, float limit, float mix, bool bypass) {
  self->limit = limit;
  self->mix = mix;
  self->bypass = bypass;
}

void host_run(host *self, float **inputs, float **outputs, uint32_t count) {
  for (unsigned c = 0; c < self->channels; c++) {
    self->plugin->connect_port(self->handle, c, inputs[c]);
    self->plugin->connect_port(self->handle, self->channels + c, outputs[c]);
  }
  self->plugin->run(self->handle, count);
}

uint32_t host_latency(host *self) {
  float nothing[2] = {0, 0}, *channels[] = {nothing, nothing + 1};
  host_run(self, channels, channels, 0);
  return (uint32_t)self->latency;
}
