// Counts what the calling thread asks of the heap, by standing in for the C library's functions.

#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stddef.h>

// Whether allocations can be counted here: on Linux with glibc, without a sanitizer.
bool allocation_counter_works(void);

// Allocations of this thread since it began.
size_t allocation_count(void);

#endif
