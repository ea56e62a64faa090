#define SPARROW_TRAINING_TABLE sparrow_training_kernels_f32
#define SPARROW_PRODUCTS sparrow_products_f32
#define MATMUL_ROWS 4
#include "vector.h"
#include "../common/training_table.h"
