#if defined(__aarch64__)
#include "vector.h"
#include "bytes.h"
#include "../common/step_table.h"
#pragma clang attribute pop
#endif
