/* A small host for one kind of plug-in, as the tests see it. */

#ifndef SPARROW_TEST_HOST_H
#define SPARROW_TEST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct host host;

/* A plug-in that is active. Null where it refuses the rate; ends the test where the file is at
 * fault. */
host *host_open(const char *file, unsigned channels, double rate);
void host_close(host *host);
/* Begins a new signal. */
void host_restart(host *host);
void host_set(host *host, float limit, float mix, bool bypass);
/* Inputs and outputs of all channels. */
void host_run(host *host, float **inputs, float **outputs, uint32_t count);
/* As the plug-in reports it. */
uint32_t host_latency(host *host);

/* Ends the test with a line. */
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* A symbol that a library exports. */
void *host_symbol(const char *file, const char *name);

#endif
