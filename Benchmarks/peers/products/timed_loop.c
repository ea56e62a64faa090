// Calls of a library's function in a loop, so that what is timed is the library and not Python's
// way to it. Each loop takes the function's address and its arguments, makes one call to warm the
// caches, and gives the mean microseconds of the following ones.

#include <stdint.h>
#include <time.h>

static double microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e6 + now.tv_nsec * 1e-3;
}

#define TIMED(call)                          \
  call;                                      \
  const double start = microseconds();       \
  for (int64_t i = 0; i < calls; i++) call;  \
  return (microseconds() - start) / calls

// MARK: cblas_sgemv, with integers of 32 and of 64 bits

typedef void (*sgemv_32)(int, int, int32_t, int32_t, float, const float *, int32_t, const float *,
                         int32_t, float, float *, int32_t);
typedef void (*sgemv_64)(int, int, int64_t, int64_t, float, const float *, int64_t, const float *,
                         int64_t, float, float *, int64_t);

enum { cblas_no_transposition = 111 };

double time_sgemv_32(sgemv_32 function, int order, int32_t n, const float *a, const float *x,
                     float *y, int64_t calls) {
  TIMED(function(order, cblas_no_transposition, n, n, 1, a, n, x, 1, 0, y, 1));
}

double time_sgemv_64(sgemv_64 function, int order, int64_t n, const float *a, const float *x,
                     float *y, int64_t calls) {
  TIMED(function(order, cblas_no_transposition, n, n, 1, a, n, x, 1, 0, y, 1));
}

// MARK: mkl_sparse_s_mv

// struct matrix_descr, which is passed by value.
typedef struct matrix_descr {
  int type, mode, diag;
} matrix_descr;
typedef int (*sparse_mv)(int, float, void *, matrix_descr, const float *, float, float *);
typedef int (*sparse_mv_hint)(void *, int, matrix_descr, int32_t);

enum { mkl_no_transposition = 10, mkl_general = 20 };
static const matrix_descr general = {mkl_general, 0, 0};

int hint_sparse_mv(sparse_mv_hint function, void *matrix, int32_t expected_calls) {
  return function(matrix, mkl_no_transposition, general, expected_calls);
}

double time_sparse_mv(sparse_mv function, void *matrix, const float *x, float *y, int64_t calls) {
  TIMED(function(mkl_no_transposition, 1, matrix, general, x, 0, y));
}

// MARK: OrtApi::RunWithBinding

typedef void *(*run_with_binding)(void *, void *, void *);

double time_onnxruntime(run_with_binding function, void *session, void *options, void *binding,
                        int64_t calls) {
  TIMED(function(session, options, binding));
}
