#include "vector.h"
#include "bytes.h"
#include "../common/step_table.h"
