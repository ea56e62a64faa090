/* The library's memory. Embedded Swift asks for it by posix_memalign and free; the library's build
 * renames these to the functions here, so that the program's own are not touched. */

#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdlib.h>

#include "include/sparrow.h"

static sparrow_allocate_function allocate_memory;
static sparrow_release_function release_memory;

__attribute__((visibility("default"))) void sparrow_set_allocator(
    sparrow_allocate_function allocate, sparrow_release_function release) {
  allocate_memory = allocate && release ? allocate : NULL;
  release_memory = allocate && release ? release : NULL;
}

int sparrow_internal_allocate(void **memory, size_t alignment, size_t size) {
  if (alignment < 16) alignment = 16;
  if (!allocate_memory) return posix_memalign(memory, alignment, size);
  *memory = allocate_memory(alignment, size);
  return *memory ? 0 : ENOMEM;
}

void sparrow_internal_release(void *memory) {
  if (!release_memory) free(memory);
  else if (memory) release_memory(memory);
}
