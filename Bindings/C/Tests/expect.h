/* What tests of the C interface count failures with. */

#ifndef EXPECT_H
#define EXPECT_H

#include <stdio.h>

static int failures;
#define EXPECT(condition)                                                          \
  do {                                                                             \
    if (!(condition)) {                                                            \
      fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition);     \
      failures++;                                                                  \
    }                                                                              \
  } while (0)
#define EXPECT_STATUS(status, call) EXPECT((call) == (status))

#endif
