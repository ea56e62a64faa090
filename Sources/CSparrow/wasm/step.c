#if defined(__wasm_simd128__)
#include "vector.h"
#include "bytes.h"
#include "../common/step_table.h"
#endif
