#if defined(__x86_64__)
#include "vector.h"
#include "bytes.h"
#include "lanes.h"
#include "../common/step_table.h"
#pragma clang attribute pop
#endif
