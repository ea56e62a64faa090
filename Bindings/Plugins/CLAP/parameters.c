#include "parameters.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  clap_param_info_flags flags;
  double most, preset;
} all[] = {
    {"Attenuation limit", CLAP_PARAM_IS_AUTOMATABLE, SPARROW_PLUGIN_NO_LIMIT,
     SPARROW_PLUGIN_NO_LIMIT},
    {"Mix", CLAP_PARAM_IS_AUTOMATABLE, 1, 1},
    {"Bypass", CLAP_PARAM_IS_AUTOMATABLE | CLAP_PARAM_IS_STEPPED | CLAP_PARAM_IS_BYPASS, 1, 0},
};

void sparrow_clap_reset(sparrow_clap_parameters *parameters) {
  for (unsigned i = 0; i < sparrow_clap_parameter_count; i++)
    atomic_init(&parameters->values[i], (float)all[i].preset);
}

sparrow_plugin_controls sparrow_clap_controls(const sparrow_clap_parameters *parameters) {
  const _Atomic float *values = parameters->values;
  return (sparrow_plugin_controls){
      atomic_load_explicit(&values[sparrow_clap_limit], memory_order_relaxed),
      atomic_load_explicit(&values[sparrow_clap_mix], memory_order_relaxed),
      atomic_load_explicit(&values[sparrow_clap_bypass], memory_order_relaxed) >= 0.5f};
}

bool sparrow_clap_describe(uint32_t index, clap_param_info_t *information) {
  if (index >= sparrow_clap_parameter_count) return false;
  memset(information, 0, sizeof *information);
  information->id = index;
  information->flags = all[index].flags;
  snprintf(information->name, sizeof information->name, "%s", all[index].name);
  information->max_value = all[index].most;
  information->default_value = all[index].preset;
  return true;
}

bool sparrow_clap_value_to_text(clap_id parameter, double value, char *text, uint32_t capacity) {
  if (parameter == sparrow_clap_bypass) {
    snprintf(text, capacity, "%s", value >= 0.5 ? "on" : "off");
  } else if (parameter == sparrow_clap_mix) {
    snprintf(text, capacity, "%.0f %%", 100 * value);
  } else if (parameter == sparrow_clap_limit) {
    if (value >= SPARROW_PLUGIN_NO_LIMIT) snprintf(text, capacity, "no limit");
    else snprintf(text, capacity, "%.1f dB", value);
  } else {
    return false;
  }
  return true;
}

bool sparrow_clap_text_to_value(clap_id parameter, const char *text, double *value) {
  if (parameter >= sparrow_clap_parameter_count) return false;
  if (parameter == sparrow_clap_bypass && (!strcmp(text, "on") || !strcmp(text, "off"))) {
    *value = strcmp(text, "on") == 0;
    return true;
  }
  if (parameter == sparrow_clap_limit && strcmp(text, "no limit") == 0) {
    *value = SPARROW_PLUGIN_NO_LIMIT;
    return true;
  }
  char *end;
  double number = strtod(text, &end);
  if (end == text || isnan(number)) return false;
  if (parameter == sparrow_clap_mix && strchr(end, '%')) number /= 100;
  *value = fmin(fmax(number, 0), all[parameter].most);
  return true;
}

static void set(sparrow_clap_parameters *parameters, clap_id parameter, double value) {
  if (parameter >= sparrow_clap_parameter_count || isnan(value)) return;
  atomic_store_explicit(&parameters->values[parameter],
                        (float)fmin(fmax(value, 0), all[parameter].most), memory_order_relaxed);
}

void sparrow_clap_handle_event(sparrow_clap_parameters *parameters,
                               const clap_event_header_t *event) {
  if (event->space_id != CLAP_CORE_EVENT_SPACE_ID || event->type != CLAP_EVENT_PARAM_VALUE) return;
  const clap_event_param_value_t *change = (const clap_event_param_value_t *)event;
  set(parameters, change->param_id, change->value);
}

/* A saved state: a line of text, such as "sparrow-denoiser 1 100000000 1000000 0". */
static const char header[] = "sparrow-denoiser 1";
enum { most_bytes = 128 };

bool sparrow_clap_save(const sparrow_clap_parameters *parameters, const clap_ostream_t *stream) {
  /* Millionths, in integers: a host's locale has no say in how they are written. */
  char text[most_bytes];
  int length = snprintf(text, sizeof text, "%s", header);
  for (unsigned i = 0; i < sparrow_clap_parameter_count; i++)
    length += snprintf(text + length, sizeof text - (size_t)length, " %ld",
                       lround(1e6 * (double)atomic_load(&parameters->values[i])));
  for (int written = 0; written < length;) {
    int64_t count = stream->write(stream, text + written, (uint64_t)(length - written));
    if (count <= 0) return false;
    written += (int)count;
  }
  return true;
}

bool sparrow_clap_load(sparrow_clap_parameters *parameters, const clap_istream_t *stream) {
  char text[most_bytes];
  size_t length = 0;
  int64_t count;
  while (length < sizeof text - 1 &&
         (count = stream->read(stream, text + length, sizeof text - 1 - length)) != 0) {
    if (count < 0) return false;
    length += (size_t)count;
  }
  text[length] = 0;
  if (strncmp(text, header, sizeof header - 1) != 0) return false;
  double values[sparrow_clap_parameter_count];
  char *rest = text + sizeof header - 1;
  for (unsigned i = 0; i < sparrow_clap_parameter_count; i++) {
    char *end;
    values[i] = (double)strtol(rest, &end, 10) / 1e6;
    if (end == rest) return false;
    rest = end;
  }
  for (unsigned i = 0; i < sparrow_clap_parameter_count; i++) set(parameters, i, values[i]);
  return true;
}
