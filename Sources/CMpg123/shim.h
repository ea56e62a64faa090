#include <mpg123.h>

// A macro in some versions and a function in others, with an argument of another type.
static inline int sparrow_mpg123_set(mpg123_handle *handle, int parameter, long value) {
  return mpg123_param(handle, parameter, value, 0.0);
}
