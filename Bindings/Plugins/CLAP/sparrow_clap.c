/* The denoiser as CLAP plug-ins, `sparrow.denoiser.mono` and `sparrow.denoiser.stereo`. */

#include <clap/clap.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sparrow.h>

#include "../plugin.h"
#include "parameters.h"

typedef struct {
  clap_plugin_t clap;
  unsigned channels;
  sparrow_plugin *plugin; /* while active */
  sparrow_clap_parameters parameters;
} instance;

static instance *self_of(const clap_plugin_t *clap) { return clap->plugin_data; }

/* ---- Sound ---- */

static bool init(const clap_plugin_t *clap) {
  (void)clap;
  return true;
}

static void destroy(const clap_plugin_t *clap) {
  instance *self = self_of(clap);
  sparrow_plugin_destroy(self->plugin);
  free(self);
}

static bool activate(const clap_plugin_t *clap, double rate, uint32_t least, uint32_t most) {
  (void)least;
  (void)most;
  instance *self = self_of(clap);
  sparrow_plugin_destroy(self->plugin);
  self->plugin = sparrow_plugin_create(self->channels, rate);
  return self->plugin != NULL;
}

static void deactivate(const clap_plugin_t *clap) {
  instance *self = self_of(clap);
  sparrow_plugin_destroy(self->plugin);
  self->plugin = NULL;
}

static bool start_processing(const clap_plugin_t *clap) { return self_of(clap)->plugin != NULL; }

static void stop_processing(const clap_plugin_t *clap) { (void)clap; }

static void reset(const clap_plugin_t *clap) {
  if (self_of(clap)->plugin) sparrow_plugin_reset(self_of(clap)->plugin);
}

static bool has_channels(const clap_audio_buffer_t *buffers, uint32_t count, unsigned channels) {
  return count == 1 && buffers->channel_count == channels && buffers->data32;
}

static clap_process_status process(const clap_plugin_t *clap, const clap_process_t *call) {
  instance *self = self_of(clap);
  unsigned channels = self->channels;
  if (!self->plugin || !has_channels(call->audio_inputs, call->audio_inputs_count, channels) ||
      !has_channels(call->audio_outputs, call->audio_outputs_count, channels))
    return CLAP_PROCESS_ERROR;
  const clap_input_events_t *events = call->in_events;
  uint32_t event_count = events ? events->size(events) : 0, next = 0;
  for (uint32_t done = 0; done < call->frames_count;) {
    uint32_t end = call->frames_count;
    for (; next < event_count; next++) {
      const clap_event_header_t *event = events->get(events, next);
      if (event->time > done && event->time < end) {
        end = event->time;
        break;
      }
      sparrow_clap_handle_event(&self->parameters, event);
    }
    const float *inputs[sparrow_plugin_most_channels];
    float *outputs[sparrow_plugin_most_channels];
    for (unsigned c = 0; c < channels; c++) {
      inputs[c] = call->audio_inputs->data32[c] + done;
      outputs[c] = call->audio_outputs->data32[c] + done;
    }
    sparrow_plugin_run(self->plugin, inputs, outputs, end - done,
                       sparrow_clap_controls(&self->parameters));
    done = end;
  }
  for (; next < event_count; next++)
    sparrow_clap_handle_event(&self->parameters, events->get(events, next));
  call->audio_outputs->constant_mask = 0;
  return CLAP_PROCESS_CONTINUE;
}

static void on_main_thread(const clap_plugin_t *clap) { (void)clap; }

/* ---- Extensions ---- */

static uint32_t count_ports(const clap_plugin_t *clap, bool is_input) {
  (void)clap;
  (void)is_input;
  return 1;
}

static bool get_port(const clap_plugin_t *clap, uint32_t index, bool is_input,
                     clap_audio_port_info_t *port) {
  if (index != 0) return false;
  unsigned channels = self_of(clap)->channels;
  memset(port, 0, sizeof *port);
  snprintf(port->name, sizeof port->name, "%s", is_input ? "Input" : "Output");
  port->flags = CLAP_AUDIO_PORT_IS_MAIN;
  port->channel_count = channels;
  port->port_type = channels == 2 ? CLAP_PORT_STEREO : CLAP_PORT_MONO;
  /* Both ports have this identifier, so a host may give them the same memory. */
  port->in_place_pair = port->id;
  return true;
}

static uint32_t get_latency(const clap_plugin_t *clap) {
  instance *self = self_of(clap);
  return self->plugin ? sparrow_plugin_latency(self->plugin) : 0;
}

static uint32_t count_parameters(const clap_plugin_t *clap) {
  (void)clap;
  return sparrow_clap_parameter_count;
}

static bool get_parameter_info(const clap_plugin_t *clap, uint32_t index,
                               clap_param_info_t *information) {
  (void)clap;
  return sparrow_clap_describe(index, information);
}

static bool get_value(const clap_plugin_t *clap, clap_id parameter, double *value) {
  if (parameter >= sparrow_clap_parameter_count) return false;
  *value = atomic_load(&self_of(clap)->parameters.values[parameter]);
  return true;
}

static bool value_to_text(const clap_plugin_t *clap, clap_id parameter, double value, char *text,
                          uint32_t capacity) {
  (void)clap;
  return sparrow_clap_value_to_text(parameter, value, text, capacity);
}

static bool text_to_value(const clap_plugin_t *clap, clap_id parameter, const char *text,
                          double *value) {
  (void)clap;
  return sparrow_clap_text_to_value(parameter, text, value);
}

static void flush(const clap_plugin_t *clap, const clap_input_events_t *input,
                  const clap_output_events_t *output) {
  (void)output;
  uint32_t count = input ? input->size(input) : 0;
  for (uint32_t i = 0; i < count; i++)
    sparrow_clap_handle_event(&self_of(clap)->parameters, input->get(input, i));
}

static bool save(const clap_plugin_t *clap, const clap_ostream_t *stream) {
  return sparrow_clap_save(&self_of(clap)->parameters, stream);
}

static bool load(const clap_plugin_t *clap, const clap_istream_t *stream) {
  return sparrow_clap_load(&self_of(clap)->parameters, stream);
}

static const void *get_extension(const clap_plugin_t *clap, const char *name) {
  (void)clap;
  static const clap_plugin_audio_ports_t ports = {count_ports, get_port};
  static const clap_plugin_latency_t latency = {get_latency};
  static const clap_plugin_params_t parameters = {count_parameters, get_parameter_info, get_value,
                                                  value_to_text,    text_to_value,      flush};
  static const clap_plugin_state_t state = {save, load};
  if (strcmp(name, CLAP_EXT_AUDIO_PORTS) == 0) return &ports;
  if (strcmp(name, CLAP_EXT_LATENCY) == 0) return &latency;
  if (strcmp(name, CLAP_EXT_PARAMS) == 0) return &parameters;
  if (strcmp(name, CLAP_EXT_STATE) == 0) return &state;
  return NULL;
}

/* ---- The factory ---- */

#define FEATURES(channels)                                                               \
  (const char *const[]) {                                                                \
    CLAP_PLUGIN_FEATURE_AUDIO_EFFECT, CLAP_PLUGIN_FEATURE_RESTORATION, channels, NULL    \
  }

#define DESCRIPTOR(identifier, title, channels)                                          \
  {.clap_version = CLAP_VERSION_INIT,                                                    \
   .id = identifier,                                                                     \
   .name = title,                                                                        \
   .vendor = "Sparrow",                                                                  \
   .url = "",                                                                            \
   .manual_url = "",                                                                     \
   .support_url = "",                                                                    \
   .version = SPARROW_PLUGIN_VERSION,                                                    \
   .description = "Takes noise out of speech",                                           \
   .features = FEATURES(channels)}

static const clap_plugin_descriptor_t descriptors[] = {
    DESCRIPTOR("sparrow.denoiser.mono", "Sparrow denoiser (mono)", CLAP_PLUGIN_FEATURE_MONO),
    DESCRIPTOR("sparrow.denoiser.stereo", "Sparrow denoiser (stereo)",
               CLAP_PLUGIN_FEATURE_STEREO)};

enum { descriptor_count = sizeof descriptors / sizeof *descriptors };

static uint32_t count_plugins(const clap_plugin_factory_t *factory) {
  (void)factory;
  return descriptor_count;
}

static const clap_plugin_descriptor_t *get_descriptor(const clap_plugin_factory_t *factory,
                                                      uint32_t index) {
  (void)factory;
  return index < descriptor_count ? &descriptors[index] : NULL;
}

static const clap_plugin_t *create(const clap_plugin_factory_t *factory, const clap_host_t *host,
                                   const char *identifier) {
  (void)factory;
  if (!clap_version_is_compatible(host->clap_version)) return NULL;
  for (unsigned i = 0; i < descriptor_count; i++) {
    if (strcmp(identifier, descriptors[i].id) != 0) continue;
    instance *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->channels = i + 1;
    sparrow_clap_reset(&self->parameters);
    self->clap = (clap_plugin_t){&descriptors[i], self,  init,
                                 destroy,         activate, deactivate,
                                 start_processing, stop_processing, reset,
                                 process,         get_extension, on_main_thread};
    return &self->clap;
  }
  return NULL;
}

static bool init_entry(const char *path) {
  (void)path;
  return true;
}

static void deinit_entry(void) {}

static const void *get_factory(const char *identifier) {
  static const clap_plugin_factory_t factory = {count_plugins, get_descriptor, create};
  return strcmp(identifier, CLAP_PLUGIN_FACTORY_ID) == 0 ? &factory : NULL;
}

CLAP_EXPORT const clap_plugin_entry_t clap_entry = {CLAP_VERSION_INIT, init_entry, deinit_entry,
                                                    get_factory};
