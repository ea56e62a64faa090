/* Runs the plan in flash on sound: 16-bit samples at the network's rate come in. Out of a denoiser
 * come samples as 32-bit floats; out of a spotter, for every hop, the averaged probabilities, and
 * the detection. Prints what it took. The same file makes a program for this machine (host.c), so
 * that the bits can be compared. */

#include <sparrow.h>

#include "device.h"

/* What the firmware can run; 0 leaves out what it needs. */
#ifndef RUNS_DENOISER
#define RUNS_DENOISER 1
#endif
#ifndef RUNS_SPOTTER
#define RUNS_SPOTTER 1
#endif

static void print_value(const char *name, uint32_t value) {
  device_print(name);
  device_print(" ");
  device_print_number(value);
  device_print("\n");
}

static int refuse(sparrow_status status) {
  device_print("the plan is refused: ");
  device_print(sparrow_status_text(status));
  device_print("\n");
  return 2;
}

static int fail(const char *reason) {
  device_print(reason);
  device_print("\n");
  return 2;
}

/* Hops, and the time that they took. */
typedef struct work {
  uint32_t hops;
  uint64_t ticks;
} work;

static void add_time(work *work, uint32_t begin) {
  work->ticks += (device_ticks() - begin) & 0xffffff;
  work->hops++;
}

#if RUNS_DENOISER
static int denoise(const sparrow_model *model, size_t hop, work *work) {
  sparrow_hop_denoiser *denoiser;
  const sparrow_status status = sparrow_hop_denoiser_create(model, &denoiser);
  if (status != SPARROW_OK) return refuse(status);
  /* Samples are read into the second half of the floats' buffer and converted in place, in order:
   * no float overwrites a sample that has not been converted. */
  float *sound = memory_take(hop * sizeof *sound);
  int16_t *samples = (int16_t *)sound + hop;
  memory_close();
  while (device_read(samples, hop * sizeof *samples) == hop * sizeof *samples) {
    for (size_t i = 0; i < hop; i++) sound[i] = (float)samples[i] / 32768.0f;
    const uint32_t begin = device_ticks();
    sparrow_hop_denoiser_process(denoiser, sound, sound);
    add_time(work, begin);
    if (device_write(sound, hop * sizeof *sound) != hop * sizeof *sound)
      return fail("output cannot be written");
  }
  return 0;
}
#endif

#if RUNS_SPOTTER
static int spot(const sparrow_model *model, size_t hop, size_t words, work *work) {
  sparrow_hop_spotter *spotter;
  const sparrow_status status = sparrow_hop_spotter_create(model, &spotter);
  if (status != SPARROW_OK) return refuse(status);
  const size_t bytes = (words + 1) * sizeof(float);
  float *probabilities = memory_take(bytes);
  int16_t *samples = memory_take(hop * sizeof *samples);
  memory_close();
  while (device_read(samples, hop * sizeof *samples) == hop * sizeof *samples) {
    sparrow_hop_detection heard;
    const uint32_t begin = device_ticks();
    sparrow_hop_spotter_process(spotter, samples, &heard);
    add_time(work, begin);
    sparrow_hop_spotter_probabilities(spotter, probabilities);
    if (device_write(probabilities, bytes) != bytes ||
        device_write(&heard, sizeof heard) != sizeof heard)
      return fail("output cannot be written");
  }
  return 0;
}
#endif

int run(void) {
  sparrow_model *model;
  sparrow_model_information information;
  const sparrow_status status =
      sparrow_model_create_in_place(plan_begin, (size_t)(plan_end - plan_begin), &model);
  if (status != SPARROW_OK) return refuse(status);
  sparrow_model_get_information(model, &information);
  work work = {0, 0};
  int failure;
  switch (information.kind) {
#if RUNS_DENOISER
    case SPARROW_KIND_DENOISER: failure = denoise(model, information.hop, &work); break;
#endif
#if RUNS_SPOTTER
    case SPARROW_KIND_SPOTTER:
      failure = spot(model, information.hop, information.word_count, &work);
      break;
#endif
    default: return fail("the plan is for another task than the firmware");
  }
  if (failure) return failure;
  if (work.hops == 0) return fail("there is not a hop of input");
  print_value("hops", work.hops);
  print_value("instructions per hop", device_instructions(work.ticks / work.hops));
  print_value("of these the network's step", device_instructions(network_ticks() / work.hops));
  print_value("code bytes", (uint32_t)code_bytes());
  print_value("plan bytes", (uint32_t)(plan_end - plan_begin));
  print_value("variable bytes", (uint32_t)variable_bytes());
  print_value("object bytes", (uint32_t)memory_used());
  print_value("stack bytes", (uint32_t)stack_used());
  print_value("RAM bytes", (uint32_t)(variable_bytes() + memory_used() + stack_used()));
  return 0;
}
