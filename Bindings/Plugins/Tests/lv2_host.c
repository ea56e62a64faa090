#include <lv2/core/lv2.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

struct host {
  const LV2_Descriptor *plugin;
  LV2_Handle handle;
  unsigned channels;
  float limit, mix, enabled, latency;
};

host *host_open(const char *file, unsigned channels, double rate) {
  LV2_Descriptor_Function descriptors =
      (LV2_Descriptor_Function)host_symbol(file, "lv2_descriptor");
  const LV2_Descriptor *plugin = descriptors(channels - 1);
  if (!plugin || descriptors(2)) fail("not two plug-ins");
  if (!strstr(plugin->URI, channels == 1 ? "mono" : "stereo")) fail("the URI is %s", plugin->URI);
  const LV2_Feature *features[] = {NULL};
  LV2_Handle handle = plugin->instantiate(plugin, rate, "", features);
  if (!handle) return NULL;
  host *self = calloc(1, sizeof *self);
  *self = (host){.plugin = plugin, .handle = handle, .channels = channels};
  host_set(self, 100, 1, false);
  float *controls[] = {&self->limit, &self->mix, &self->enabled, &self->latency};
  for (unsigned i = 0; i < 4; i++) plugin->connect_port(handle, 2 * channels + i, controls[i]);
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
  self->enabled = !bypass;
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
