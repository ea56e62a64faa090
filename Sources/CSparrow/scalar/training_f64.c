#define SPARROW_TRAINING_TABLE sparrow_training_kernels_f64
#define SPARROW_PRODUCTS sparrow_products_f64
#define MATMUL_ROWS 4
#include "vector_f64.h"
#include "../common/training_table.h"
