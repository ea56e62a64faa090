/* A host for plug-ins with ports. Descriptors of LADSPA and LV2 have members of the same names, so
 * the file that includes this defines their type, `descriptor`, and `while_bypassed`, the value of
 * the third control while the plug-in is bypassed. */

#ifndef SPARROW_TEST_PORT_HOST_H
#define SPARROW_TEST_PORT_HOST_H

#include <stdlib.h>

#include "host.h"

enum { port_limit, port_mix, port_bypass, port_latency, control_port_count };

struct host {
  const descriptor *plugin;
  void *handle;
  unsigned channels;
  float controls[control_port_count];
};

/* A host of a plug-in's instance, connected and active. */
static host *host_of(const descriptor *plugin, void *handle, unsigned channels) {
  host *self = calloc(1, sizeof *self);
  *self = (host){.plugin = plugin, .handle = handle, .channels = channels};
  host_set(self, 100, 1, false);
  for (unsigned i = 0; i < control_port_count; i++)
    plugin->connect_port(handle, 2 * channels + i, &self->controls[i]);
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
  self->controls[port_limit] = limit;
  self->controls[port_mix] = mix;
  self->controls[port_bypass] = bypass == while_bypassed;
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
  return (uint32_t)self->controls[port_latency];
}

#endif
