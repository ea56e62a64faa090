/* Networks that are built into the library; not part of its interface. */

#ifndef SPARROW_BUILTIN_H
#define SPARROW_BUILTIN_H

#include <stddef.h>
#include <stdint.h>

typedef struct sparrow_builtin {
  const char *_Nonnull name;
  const void *_Nonnull bytes; /* a plan, at a multiple of 64 bytes */
  size_t size;
} sparrow_builtin;

/* Those of one name come in the order in which they are tried; null behind the last. */
const sparrow_builtin *_Nullable sparrow_builtin_image(uint32_t place);

#endif
