/* The controls as CLAP's parameters. */

#ifndef SPARROW_CLAP_PARAMETERS_H
#define SPARROW_CLAP_PARAMETERS_H

#include <clap/clap.h>
#include <stdatomic.h>

#include "../plugin.h"

/* Identifiers of parameters; projects keep them, so they never change. */
enum {
  sparrow_clap_limit,
  sparrow_clap_mix,
  sparrow_clap_bypass,
  sparrow_clap_parameter_count
};

/* Written by the audio thread, or by the main thread while inactive; read by both. */
typedef struct {
  _Atomic float values[sparrow_clap_parameter_count];
} sparrow_clap_parameters;

void sparrow_clap_reset(sparrow_clap_parameters *parameters);
sparrow_plugin_controls sparrow_clap_controls(const sparrow_clap_parameters *parameters);
bool sparrow_clap_describe(uint32_t index, clap_param_info_t *information);
bool sparrow_clap_value_to_text(clap_id parameter, double value, char *text, uint32_t capacity);
bool sparrow_clap_text_to_value(clap_id parameter, const char *text, double *value);
void sparrow_clap_handle_event(sparrow_clap_parameters *parameters,
                               const clap_event_header_t *event);
bool sparrow_clap_save(const sparrow_clap_parameters *parameters, const clap_ostream_t *stream);

/* Leaves all as it is where the bytes are none of `sparrow_clap_save`. */
bool sparrow_clap_load(sparrow_clap_parameters *parameters, const clap_istream_t *stream);

#endif
