#include <ladspa.h>
#include <stdbool.h>
#include <string.h>

typedef LADSPA_Descriptor descriptor;
static const bool while_bypassed = true;

#include "port_host.h"

host *host_open(const char *file, unsigned channels, double rate) {
  LADSPA_Descriptor_Function descriptors =
      (LADSPA_Descriptor_Function)host_symbol(file, "ladspa_descriptor");
  const LADSPA_Descriptor *plugin = descriptors(channels - 1);
  if (!plugin || descriptors(2)) fail("not two plug-ins");
  if (strcmp(plugin->Label, channels == 1 ? "denoiser_mono" : "denoiser_stereo") != 0)
    fail("the label is %s", plugin->Label);
  if (plugin->Properties != LADSPA_PROPERTY_HARD_RT_CAPABLE) fail("other properties");
  unsigned long latency = 2 * channels + port_latency;
  if (plugin->PortCount != latency + 1) fail("%lu ports", plugin->PortCount);
  if (strcmp(plugin->PortNames[latency], "latency") != 0) fail("the latency has no name");
  LADSPA_Handle handle = plugin->instantiate(plugin, (unsigned long)rate);
  return handle ? host_of(plugin, handle, channels) : NULL;
}
