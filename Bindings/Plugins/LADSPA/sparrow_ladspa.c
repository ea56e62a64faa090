/* The denoiser as LADSPA plug-ins, `denoiser_mono` and `denoiser_stereo`. */

#include <ladspa.h>
#include <stdlib.h>

#include "../plugin.h"

enum { control_count = 3, most_ports = 2 * sparrow_plugin_most_channels + control_count + 1 };

typedef struct {
  sparrow_plugin *plugin;
  unsigned channels;
  LADSPA_Data *ports[most_ports];
} instance;

static const LADSPA_PortDescriptor mono_ports[] = {
    LADSPA_PORT_INPUT | LADSPA_PORT_AUDIO,   LADSPA_PORT_OUTPUT | LADSPA_PORT_AUDIO,
    LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL, LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL,
    LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL, LADSPA_PORT_OUTPUT | LADSPA_PORT_CONTROL};

static const LADSPA_PortDescriptor stereo_ports[] = {
    LADSPA_PORT_INPUT | LADSPA_PORT_AUDIO,   LADSPA_PORT_INPUT | LADSPA_PORT_AUDIO,
    LADSPA_PORT_OUTPUT | LADSPA_PORT_AUDIO,  LADSPA_PORT_OUTPUT | LADSPA_PORT_AUDIO,
    LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL, LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL,
    LADSPA_PORT_INPUT | LADSPA_PORT_CONTROL, LADSPA_PORT_OUTPUT | LADSPA_PORT_CONTROL};

/* Hosts find the latency by the name of its port. */
#define CONTROL_NAMES "Attenuation limit (dB)", "Mix", "Bypass", "latency"

static const char *const mono_names[] = {"Input", "Output", CONTROL_NAMES};
static const char *const stereo_names[] = {"Input left", "Input right", "Output left",
                                           "Output right", CONTROL_NAMES};

#define BOUNDED (LADSPA_HINT_BOUNDED_BELOW | LADSPA_HINT_BOUNDED_ABOVE)
/* SoX refuses a control without a default, even one that is an output. */
#define CONTROL_HINTS                                                                    \
  {BOUNDED | LADSPA_HINT_DEFAULT_MAXIMUM, 0, SPARROW_PLUGIN_NO_LIMIT},                   \
      {BOUNDED | LADSPA_HINT_DEFAULT_MAXIMUM, 0, 1},                                     \
      {LADSPA_HINT_TOGGLED | LADSPA_HINT_DEFAULT_0, 0, 1}, {                             \
    LADSPA_HINT_BOUNDED_BELOW | LADSPA_HINT_INTEGER | LADSPA_HINT_DEFAULT_0, 0, 0        \
  }

static const LADSPA_PortRangeHint mono_hints[] = {{0, 0, 0}, {0, 0, 0}, CONTROL_HINTS};
static const LADSPA_PortRangeHint stereo_hints[] = {
    {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, CONTROL_HINTS};

static void write_latency(instance *self) {
  LADSPA_Data *port = self->ports[2 * self->channels + control_count];
  if (port) *port = (LADSPA_Data)sparrow_plugin_latency(self->plugin);
}

static LADSPA_Handle instantiate(const LADSPA_Descriptor *descriptor, unsigned long rate) {
  instance *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->channels = (unsigned)(descriptor->PortCount - control_count - 1) / 2;
  self->plugin = sparrow_plugin_create(self->channels, (double)rate);
  if (self->plugin) return self;
  free(self);
  return NULL;
}

static void connect_port(LADSPA_Handle handle, unsigned long port, LADSPA_Data *data) {
  instance *self = handle;
  if (port < most_ports) self->ports[port] = data;
}

static void activate(LADSPA_Handle handle) {
  sparrow_plugin_reset(((instance *)handle)->plugin);
}

static void run(LADSPA_Handle handle, unsigned long count) {
  instance *self = handle;
  LADSPA_Data *const *controls = self->ports + 2 * self->channels;
  sparrow_plugin_controls values = sparrow_plugin_defaults;
  if (controls[0]) values.attenuation_limit = *controls[0];
  if (controls[1]) values.mix = *controls[1];
  if (controls[2]) values.bypass = *controls[2] > 0;
  write_latency(self);
  sparrow_plugin_run(self->plugin, (const float *const *)self->ports,
                     self->ports + self->channels, count, values);
}

static void cleanup(LADSPA_Handle handle) {
  instance *self = handle;
  sparrow_plugin_destroy(self->plugin);
  free(self);
}

#define DESCRIPTOR(identifier, label, title, name)                                       \
  {.UniqueID = identifier,                                                               \
   .Label = label,                                                                       \
   .Properties = LADSPA_PROPERTY_HARD_RT_CAPABLE,                                        \
   .Name = title,                                                                        \
   .Maker = "Sparrow",                                                                   \
   .Copyright = "Apache-2.0",                                                            \
   .PortCount = sizeof name##_ports / sizeof *name##_ports,                              \
   .PortDescriptors = name##_ports,                                                      \
   .PortNames = name##_names,                                                            \
   .PortRangeHints = name##_hints,                                                       \
   .instantiate = instantiate,                                                           \
   .connect_port = connect_port,                                                         \
   .activate = activate,                                                                 \
   .run = run,                                                                           \
   .cleanup = cleanup}

static const LADSPA_Descriptor descriptors[] = {
    DESCRIPTOR(5460050, "denoiser_mono", "Sparrow denoiser (mono)", mono),
    DESCRIPTOR(5460051, "denoiser_stereo", "Sparrow denoiser (stereo)", stereo)};

__attribute__((visibility("default"))) const LADSPA_Descriptor *ladspa_descriptor(
    unsigned long index) {
  return index < sizeof descriptors / sizeof *descriptors ? &descriptors[index] : NULL;
}
