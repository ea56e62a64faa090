#include <lv2/core/lv2.h>
#include <stdbool.h>
#include <string.h>

typedef LV2_Descriptor descriptor;
/* The control is "enabled". */
static const bool while_bypassed = false;

#include "port_host.h"

host *host_open(const char *file, unsigned channels, double rate) {
  LV2_Descriptor_Function descriptors =
      (LV2_Descriptor_Function)host_symbol(file, "lv2_descriptor");
  const LV2_Descriptor *plugin = descriptors(channels - 1);
  if (!plugin || descriptors(2)) fail("not two plug-ins");
  if (!strstr(plugin->URI, channels == 1 ? "mono" : "stereo")) fail("the URI is %s", plugin->URI);
  const LV2_Feature *features[] = {NULL};
  LV2_Handle handle = plugin->instantiate(plugin, rate, "", features);
  return handle ? host_of(plugin, handle, channels) : NULL;
}
