/* From reset to main on a Cortex-M with a floating-point unit, and what happens on a fault. */

#include <stddef.h>
#include <stdint.h>

#include "device.h"

extern uint32_t data_begin[], data_end[], data_source[], bss_begin[], bss_end[], stack_top[],
    stack_limit[];

/* The pattern by which stack_used knows what was never written. */
enum { untouched = 0x5aa55aa5 };

static void begin(void) __attribute__((used));

/* No C before there are a stack and a unit for floating point: any function may use them. */
__attribute__((naked, used)) void reset_handler(void) {
  __asm volatile(
      "ldr r0, =stack_top\n"
      "msr msp, r0\n"
      /* CPACR: coprocessors 10 and 11, the unit for floating point. */
      "ldr r0, =0xe000ed88\n"
      "ldr r1, [r0]\n"
      "orr r1, r1, #0xf00000\n"
      "str r1, [r0]\n"
      "dsb\n"
      "isb\n"
      "b %c0\n" ::"i"(begin));
}

static void begin(void) {
  for (uint32_t *to = data_begin, *from = data_source; to < data_end;) *to++ = *from++;
  for (uint32_t *to = bss_begin; to < bss_end;) *to++ = 0;
  /* As numbers: the compiler takes addresses of two objects for never the same. */
  const uintptr_t here = (uintptr_t)__builtin_frame_address(0) - 256;
  for (uintptr_t word = (uintptr_t)stack_limit; word < here; word += 4)
    *(volatile uint32_t *)word = untouched;
  device_exit(run());
}

size_t stack_used(void) {
  uintptr_t word = (uintptr_t)stack_limit;
  const uintptr_t top = (uintptr_t)stack_top;
  while (word < top && *(volatile uint32_t *)word == untouched) word += 4;
  return top - word;
}

/* A fault ends the program with a message and does not hang. */
static void fault(void) {
  const uint32_t status = *(volatile uint32_t *)0xe000ed28; /* CFSR */
  device_print("fault: CFSR ");
  device_print_number(status);
  device_print("\n");
  device_exit(3);
}

__attribute__((section(".vectors"), used)) static const struct {
  void *stack;
  void (*handlers[15])(void);
} vectors = {stack_top, {reset_handler, fault, fault, fault, fault, fault, fault}};
