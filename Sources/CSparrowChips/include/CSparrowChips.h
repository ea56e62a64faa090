// Parameter files of chips, byte for byte as they lie in Chips/.

#ifndef CSPARROW_CHIPS_H
#define CSPARROW_CHIPS_H

#include <stddef.h>

// How many files there are.
size_t sparrow_chip_count(void);

// The file at `index`, below sparrow_chip_count().
const unsigned char *_Nonnull sparrow_chip(size_t index, size_t *_Nonnull count);

#endif
