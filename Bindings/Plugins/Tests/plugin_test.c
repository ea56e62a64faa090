/* Tests a plug-in through a host of its kind: plugin_test FILE. */

#include <dlfcn.h>
#include <math.h>
#include <sparrow.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined __SSE__
#include <xmmintrin.h>
#endif

#include "host.h"

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("plugin_test: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  exit(1);
}

void *host_symbol(const char *file, const char *name) {
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!library) fail("%s", dlerror());
  void *symbol = dlsym(library, name);
  if (!symbol) fail("%s has no %s", file, name);
  return symbol;
}

/* ---- Allocations, of the plug-in too ---- */

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);
static unsigned long allocations;

void *malloc(size_t size) { return allocations++, __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return allocations++, __libc_calloc(count, size); }
void *realloc(void *memory, size_t size) { return allocations++, __libc_realloc(memory, size); }
void free(void *memory) { allocations++, __libc_free(memory); }
int posix_memalign(void **memory, size_t alignment, size_t size) {
  allocations++;
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : 12;
}

/* ---- Signals ---- */

enum { signal_size = 30000 };

static uint32_t random_state = 1;
static uint32_t next_random(void) {
  random_state = random_state * 1664525u + 1013904223u;
  return random_state >> 8;
}

/* A tone that comes and goes, and noise. */
static void make_signal(float *signal, double rate, unsigned channel) {
  for (int i = 0; i < signal_size; i++) {
    double t = i / rate;
    double tone = 0.2 * sin(2 * M_PI * (300 + 200 * channel) * t) * fmax(0, sin(40 * t));
    signal[i] = (float)(tone + 0.05 * (next_random() / 16777216.0 - 0.5));
  }
}

/* Runs a signal in blocks of changing sizes, 0 included. */
static void run(host *plugin, unsigned channels, float **inputs, float **outputs, size_t count,
                unsigned largest) {
  for (size_t done = 0; done < count;) {
    uint32_t block = next_random() % (largest + 1);
    if (block > count - done) block = (uint32_t)(count - done);
    float *from[2], *to[2];
    for (unsigned c = 0; c < channels; c++) {
      from[c] = inputs[c] + done;
      to[c] = outputs[c] + done;
    }
    host_run(plugin, from, to, block);
    done += block;
  }
}

static float memory[8][signal_size];

static float largest_difference(const float *a, const float *b, size_t count) {
  float largest = 0;
  for (size_t i = 0; i < count; i++) {
    float difference = fabsf(a[i] - b[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/* ---- Tests ---- */

static const char *file;

/* The library's samples, to the bit, in blocks of any size, in place and with crossed channels, and
 * again in a new signal; nothing is allocated. */
static void test_samples(unsigned channels, unsigned rate) {
  host *plugin = host_open(file, channels, rate);
  if (!plugin) fail("%u Hz are refused", rate);
  sparrow_model *model;
  sparrow_model_create_builtin(sparrow_builtin_denoiser(rate), &model);
  float *inputs[] = {memory[0], memory[1]}, *outputs[] = {memory[2], memory[3]};
  float *expected[] = {memory[4], memory[5]};
  for (unsigned c = 0; c < channels; c++) {
    make_signal(inputs[c], rate, c);
    sparrow_denoiser *denoiser;
    if (sparrow_denoiser_create(model, rate, 1, &denoiser) != SPARROW_OK) fail("%u Hz", rate);
    if (host_latency(plugin) != sparrow_denoiser_latency(denoiser))
      fail("latency %u and not %zu", host_latency(plugin), sparrow_denoiser_latency(denoiser));
    sparrow_denoiser_process(denoiser, inputs[c], expected[c], signal_size);
    sparrow_denoiser_destroy(denoiser);
  }
  sparrow_model_destroy(model);
  unsigned long before = allocations;
  run(plugin, channels, inputs, outputs, signal_size, 700);
  if (allocations != before) fail("run allocates");
  for (unsigned c = 0; c < channels; c++)
    if (memcmp(outputs[c], expected[c], sizeof memory[0]) != 0)
      fail("channel %u of %u at %u Hz has other samples", c, channels, rate);

  host_restart(plugin);
  float *crossed[] = {inputs[channels - 1], inputs[0]};
  run(plugin, channels, inputs, crossed, signal_size, 3000);
  for (unsigned c = 0; c < channels; c++)
    if (memcmp(crossed[c], expected[c], sizeof memory[0]) != 0)
      fail("in place, channel %u of %u at %u Hz has other samples", c, channels, rate);
  host_close(plugin);
}

/* A tone without attenuation comes out as late as the latency says; so does the sound itself,
 * exactly, where it is bypassed. */
static void test_latency(unsigned rate) {
  host *plugin = host_open(file, 1, rate);
  size_t latency = host_latency(plugin);
  float *input = memory[0], *output = memory[1];
  for (int i = 0; i < signal_size; i++)
    input[i] = 0.5f * (float)sin(2 * M_PI * i * 440.0 / rate) * fminf(1, (float)i / 2000);
  host_set(plugin, 0, 1, false);
  run(plugin, 1, &input, &output, signal_size, 700);
  /* The difference that a delay of a twentieth of a sample makes. */
  float bound = 0.05f * 0.5f * (float)sin(2 * M_PI * 440.0 / rate);
  float difference = largest_difference(output + latency, input, signal_size - latency);
  if (!(difference < bound)) fail("at %u Hz a tone is off by %g", rate, difference);

  make_signal(input, rate, 0);
  host_restart(plugin);
  host_set(plugin, 100, 1, true);
  run(plugin, 1, &input, &output, signal_size, 700);
  for (size_t i = 0; i < latency; i++)
    if (output[i] != 0) fail("bypassed, there is sound before the sound");
  if (memcmp(output + latency, input, (signal_size - latency) * sizeof(float)) != 0)
    fail("bypassed at %u Hz, it is not the delayed input", rate);
  host_close(plugin);
}

/* Bypass and mix go over within 20 ms, and the output changes no faster than the input. */
static void test_bypass(void) {
  enum { rate = 48000, change = 15000, ramp = rate / 50 };
  host *plugin = host_open(file, 1, rate);
  size_t latency = host_latency(plugin);
  float *input = memory[0], *output = memory[1], *wet = memory[2];
  /* A steady tone, which the denoiser takes for noise. */
  for (int i = 0; i < signal_size; i++) input[i] = 0.5f * (float)sin(2 * M_PI * i * 200.0 / rate);
  run(plugin, 1, &input, &wet, signal_size, 500);
  host_restart(plugin);
  host_set(plugin, 100, 1, false);
  run(plugin, 1, &input, &output, change, 500);
  host_set(plugin, 100, 1, true);
  float *later_input = input + change, *later_output = output + change;
  run(plugin, 1, &later_input, &later_output, signal_size - change, 500);
  if (memcmp(output, wet, change * sizeof(float)) != 0) fail("before bypass it is not denoised");
  if (memcmp(output + change + ramp + 2, input + change + ramp + 2 - latency,
             (signal_size - change - ramp - 2) * sizeof(float)) != 0)
    fail("20 ms after bypass it is not the input");
  float before = largest_difference(wet + change, input + change - latency, ramp);
  if (before < 0.05f) fail("there is nothing to bypass");
  /* The steepest of the tone is 0.0131 a sample; the ramp adds a thousandth of what differs. */
  float steepest = largest_difference(output + change - ramp, output + change - ramp + 1, 3 * ramp);
  if (steepest > 0.5f * (float)(2 * M_PI * 200 / rate) + before / ramp + 1e-4f)
    fail("bypass clicks: %g from one sample to the next", steepest);

  host_restart(plugin);
  host_set(plugin, 100, 0.25f, false);
  run(plugin, 1, &input, &output, signal_size, 500);
  for (size_t i = latency; i < signal_size; i++) {
    float mixed = input[i - latency] + 0.25f * (wet[i] - input[i - latency]);
    if (!(fabsf(output[i] - mixed) < 1e-6f)) fail("a mix of a quarter is another at %zu", i);
  }
  host_close(plugin);
}

/* Nothing that is no sound lasts: not in what is denoised, and not in what is bypassed. */
static void test_bad_samples(void) {
  host *plugin = host_open(file, 2, 44100);
  float *inputs[] = {memory[0], memory[1]}, *outputs[] = {memory[2], memory[3]};
  for (int bypass = 0; bypass < 2; bypass++) {
    make_signal(inputs[0], 44100, 0);
    make_signal(inputs[1], 44100, 1);
    const float bad[] = {NAN, INFINITY, -INFINITY, 1e-40f, -1e-45f};
    for (int i = 0; i < 5000; i++) inputs[i % 2][5000 + i] = bad[i % 5];
    host_restart(plugin);
    host_set(plugin, NAN, bypass ? 1 : NAN, bypass);
    run(plugin, 2, inputs, outputs, signal_size, 700);
    for (int i = 0; i < signal_size; i++)
      if (!isfinite(outputs[0][i]) || !isfinite(outputs[1][i]) || fabsf(outputs[0][i]) > 2)
        fail("bad samples come out at %d", i);
  }
  host_close(plugin);
}

/* Hosts let the processor take denormal numbers for zero; that is not heard. */
static void test_flushed_denormals(void) {
#if defined __SSE__
  host *plugin = host_open(file, 1, 48000);
  float *input = memory[0], *output = memory[1], *flushed = memory[2];
  make_signal(input, 48000, 0);
  for (int i = 10000; i < 20000; i++) input[i] *= 1e-38f;
  run(plugin, 1, &input, &output, signal_size, 700);
  host_restart(plugin);
  unsigned mode = _mm_getcsr();
  _mm_setcsr(mode | 0x8040);
  run(plugin, 1, &input, &flushed, signal_size, 700);
  _mm_setcsr(mode);
  float difference = largest_difference(output, flushed, signal_size);
  if (!(difference < 1e-6f)) fail("with denormals as zero, samples differ by %g", difference);
  host_close(plugin);
#endif
}

int main(int argc, char **argv) {
  if (argc != 2) fail("usage: plugin_test FILE");
  file = argv[1];
  const unsigned rates[] = {8000, 16000, 22050, 44100, 48000, 96000, 192000};
  for (unsigned i = 0; i < sizeof rates / sizeof *rates; i++) {
    test_samples(1 + i % 2, rates[i]);
    test_latency(rates[i]);
  }
  test_samples(2, 16000);
  test_samples(1, 48000);
  test_bypass();
  test_bad_samples();
  test_flushed_denormals();
  if (host_open(file, 1, 100)) fail("100 Hz are taken");
  if (host_open(file, 2, 1e7)) fail("10 MHz are taken");
  return 0;
}
