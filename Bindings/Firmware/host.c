/* The device on this machine, so that run.c makes here what a microcontroller is compared with.
 * usage: PROGRAM INPUT OUTPUT */

#include <stdio.h>
#include <stdlib.h>

#include "device.h"

static FILE *input, *output;

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  input = fopen(argv[1], "rb");
  output = fopen(argv[2], "wb");
  if (!input || !output) return 2;
  const int failure = run();
  return fclose(output) != 0 ? 2 : failure;
}

size_t device_read(void *bytes, size_t size) { return fread(bytes, 1, size, input); }
size_t device_write(const void *bytes, size_t size) { return fwrite(bytes, 1, size, output); }
void device_print(const char *text) { fputs(text, stdout); }
void device_print_number(uint32_t number) { printf("%lu", (unsigned long)number); }

void *memory_take(size_t size) {
  void *memory = malloc(size);
  if (!memory) abort();
  return memory;
}

/* What only a device has. */
uint32_t device_ticks(void) { return 0; }
uint32_t device_instructions(uint64_t units) { return (uint32_t)units; }
uint64_t network_ticks(void) { return 0; }
size_t stack_used(void) { return 0; }
size_t memory_used(void) { return 0; }
void memory_close(void) {}
size_t code_bytes(void) { return 0; }
size_t variable_bytes(void) { return 0; }
