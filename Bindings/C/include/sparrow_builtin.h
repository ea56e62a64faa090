/* Networks that are built into the library; not part of its interface. */

#ifndef SPARROW_BUILTIN_H
#define SPARROW_BUILTIN_H

#include <stddef.h>
#include <stdint.h>

typedef struct sparrow_builtin {
  const char *_Nonnull name;
  uint32_t instruction_set;   /* that it is packed for */
  const void *_Nonnull bytes; /* a plan, at a multiple of 64 bytes */
  size_t size;
} sparrow_builtin;

/* Those that this processor has the instructions for; of one name, the fastest first. Null behind
 * the last. */
const sparrow_builtin *_Nullable sparrow_builtin_image(uint32_t place);

#endif
