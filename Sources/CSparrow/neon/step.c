#if defined(__aarch64__)
#include "vector.h"
#include "../common/step_table.h"
#endif
