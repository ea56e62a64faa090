#include "vector.h"
#include "../common/step_table.h"
