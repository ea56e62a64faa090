/* The time of networks' steps, apart from that of front ends: a step begins by turning a frame into
 * integers and ends by turning integers into its result. The linker puts these kernels in place of
 * the library's (--wrap); firmware that does not measure leaves the file out. */

#include "device.h"
#include "sparrow_kernels.h"

const sparrow_integer_kernels *__real_sparrow_integer_kernels_for(sparrow_instruction_set isa);

static sparrow_integer_kernels kernels;
static const sparrow_integer_kernels *real;
static uint32_t begin;
static uint64_t ticks;

static uint32_t quantize(size_t count, const float *x, float scale, int32_t limit, int16_t *y) {
  begin = device_ticks();
  return real->quantize(count, x, scale, limit, y);
}

static void dequantize(size_t count, const int16_t *x, float step, float *y) {
  real->dequantize(count, x, step, y);
  ticks += (device_ticks() - begin) & 0xffffff;
}

const sparrow_integer_kernels *__wrap_sparrow_integer_kernels_for(sparrow_instruction_set isa) {
  if (!real) {
    real = __real_sparrow_integer_kernels_for(isa);
    kernels = *real;
    kernels.quantize = quantize;
    kernels.dequantize = dequantize;
  }
  return &kernels;
}

uint64_t network_ticks(void) { return ticks; }
