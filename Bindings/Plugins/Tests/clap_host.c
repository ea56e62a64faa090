#include <clap/clap.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

struct host {
  const clap_plugin_t *plugin;
  const clap_plugin_latency_t *latency;
  unsigned channels;
  clap_event_param_value_t events[3];
  uint32_t event_count;
  clap_host_t own;
};

static const void *no_extension(const clap_host_t *own, const char *name) {
  (void)own;
  (void)name;
  return NULL;
}

static void no_request(const clap_host_t *own) { (void)own; }

static uint32_t event_count(const clap_input_events_t *list) {
  return ((host *)list->ctx)->event_count;
}

static const clap_event_header_t *get_event(const clap_input_events_t *list, uint32_t index) {
  return &((host *)list->ctx)->events[index].header;
}

typedef struct {
  char bytes[256];
  uint64_t size, place;
} memory;

/* A few bytes at a time, as streams may. */
static int64_t write_memory(const clap_ostream_t *stream, const void *bytes, uint64_t size) {
  memory *to = stream->ctx;
  if (size > 5) size = 5;
  if (to->size + size > sizeof to->bytes) return -1;
  memcpy(to->bytes + to->size, bytes, size);
  to->size += size;
  return (int64_t)size;
}

static int64_t read_memory(const clap_istream_t *stream, void *bytes, uint64_t size) {
  memory *from = stream->ctx;
  if (size > 7) size = 7;
  if (size > from->size - from->place) size = from->size - from->place;
  memcpy(bytes, from->bytes + from->place, size);
  from->place += size;
  return (int64_t)size;
}

/* Parameters, their texts, and states that are saved and loaded. */
static void check_parameters(host *self) {
  const clap_plugin_t *plugin = self->plugin;
  const clap_plugin_params_t *parameters = plugin->get_extension(plugin, CLAP_EXT_PARAMS);
  const clap_plugin_state_t *state = plugin->get_extension(plugin, CLAP_EXT_STATE);
  if (parameters->count(plugin) != 3) fail("not three parameters");
  clap_param_info_t information;
  if (parameters->get_info(plugin, 3, &information)) fail("a fourth parameter");
  double value, read;
  for (uint32_t i = 0; i < 3; i++) {
    if (!parameters->get_info(plugin, i, &information)) fail("parameter %u is not described", i);
    parameters->get_value(plugin, information.id, &value);
    if (value != information.default_value) fail("parameter %u begins with %g", i, value);
    char text[64];
    for (int k = 0; k <= 4; k++) {
      value = information.max_value * k / 4;
      if (information.flags & CLAP_PARAM_IS_STEPPED) value = k > 2;
      parameters->value_to_text(plugin, information.id, value, text, sizeof text);
      if (!parameters->text_to_value(plugin, information.id, text, &read) || read != value)
        fail("\"%s\" is read as %g and not %g", text, read, value);
    }
    if (parameters->text_to_value(plugin, information.id, "loud", &read))
      fail("parameter %u takes \"loud\"", i);
  }
  host_set(self, 12.5f, 0.25f, true);
  clap_input_events_t list = {self, event_count, get_event};
  parameters->flush(plugin, &list, NULL);
  memory saved = {.size = 0}, foreign = {"not a state", 11, 0};
  clap_ostream_t output = {&saved, write_memory};
  if (!state->save(plugin, &output)) fail("the state is not saved");
  host_set(self, 100, 1, false);
  parameters->flush(plugin, &list, NULL);
  clap_istream_t input = {&foreign, read_memory};
  if (state->load(plugin, &input)) fail("a foreign state is loaded");
  input.ctx = &saved;
  if (!state->load(plugin, &input)) fail("the state is not loaded");
  const double expected[] = {12.5, 0.25, 1};
  for (uint32_t i = 0; i < 3; i++) {
    parameters->get_value(plugin, i, &value);
    if (value != expected[i]) fail("parameter %u is loaded as %g", i, value);
  }
  self->events[0].value = NAN;
  self->events[1].value = 1e300;
  self->events[2].param_id = 99;
  parameters->flush(plugin, &list, NULL);
  parameters->get_value(plugin, 0, &value);
  parameters->get_value(plugin, 1, &read);
  if (value != 12.5 || read != 1) fail("bad events change parameters to %g and %g", value, read);
}

host *host_open(const char *file, unsigned channels, double rate) {
  const clap_plugin_entry_t *entry = host_symbol(file, "clap_entry");
  if (!entry->init(file)) fail("the file's entry refuses");
  const clap_plugin_factory_t *factory = entry->get_factory(CLAP_PLUGIN_FACTORY_ID);
  if (factory->get_plugin_count(factory) != 2) fail("not two plug-ins");
  const clap_plugin_descriptor_t *found = factory->get_plugin_descriptor(factory, channels - 1);
  host *self = calloc(1, sizeof *self);
  self->channels = channels;
  self->own = (clap_host_t){CLAP_VERSION_INIT, self, "test", "Sparrow", "", "1", no_extension,
                            no_request, no_request, no_request};
  if (factory->create_plugin(factory, &self->own, "another")) fail("an unknown plug-in is made");
  const clap_plugin_t *plugin = factory->create_plugin(factory, &self->own, found->id);
  if (!plugin || !plugin->init(plugin)) fail("%s is not made", found->id);
  self->plugin = plugin;
  const clap_plugin_audio_ports_t *ports = plugin->get_extension(plugin, CLAP_EXT_AUDIO_PORTS);
  clap_audio_port_info_t port;
  for (int is_input = 0; is_input < 2; is_input++)
    if (ports->count(plugin, is_input) != 1 || !ports->get(plugin, 0, is_input, &port) ||
        port.channel_count != channels)
      fail("ports of other widths");
  self->latency = plugin->get_extension(plugin, CLAP_EXT_LATENCY);
  check_parameters(self);
  host_set(self, 100, 1, false);
  if (plugin->activate(plugin, rate, 1, 1 << 20) && plugin->start_processing(plugin)) return self;
  host_close(self);
  return NULL;
}

void host_close(host *self) {
  self->plugin->stop_processing(self->plugin);
  self->plugin->deactivate(self->plugin);
  self->plugin->destroy(self->plugin);
  free(self);
}

void host_restart(host *self) { self->plugin->reset(self->plugin); }

void host_set(host *self, float limit, float mix, bool bypass) {
  const double values[] = {limit, mix, bypass};
  self->event_count = 3;
  for (uint32_t i = 0; i < 3; i++)
    self->events[i] = (clap_event_param_value_t){
        .header = {sizeof self->events[i], 0, CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_PARAM_VALUE, 0},
        .param_id = i,
        .note_id = -1,
        .port_index = -1,
        .channel = -1,
        .key = -1,
        .value = values[i]};
}

void host_run(host *self, float **inputs, float **outputs, uint32_t count) {
  clap_audio_buffer_t input = {.data32 = inputs, .channel_count = self->channels};
  clap_audio_buffer_t output = {.data32 = outputs, .channel_count = self->channels};
  clap_input_events_t list = {self, event_count, get_event};
  clap_process_t call = {.frames_count = count,
                         .audio_inputs = &input,
                         .audio_outputs = &output,
                         .audio_inputs_count = 1,
                         .audio_outputs_count = 1,
                         .in_events = &list};
  if (self->plugin->process(self->plugin, &call) != CLAP_PROCESS_CONTINUE) fail("process refuses");
  self->event_count = 0;
}

uint32_t host_latency(host *self) { return self->latency->get(self->plugin); }
