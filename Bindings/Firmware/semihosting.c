/* The device as QEMU or a debugger lends it: semihosting for files, console and exit, SysTick for
 * time. The command line gives the files: PROGRAM INPUT OUTPUT. */

#include "device.h"

enum { sys_open = 1, sys_write0 = 4, sys_write = 5, sys_read = 6, sys_get_cmdline = 21,
       sys_exit_extended = 32 };

static int semihosting(int operation, const void *arguments) {
  register int r0 __asm("r0") = operation;
  register const void *r1 __asm("r1") = arguments;
  __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void device_print(const char *text) { semihosting(sys_write0, text); }

void device_print_number(uint32_t number) {
  char digits[11];
  char *place = digits + sizeof digits - 1;
  *place = 0;
  do *--place = (char)('0' + number % 10);
  while (number /= 10);
  device_print(place);
}

_Noreturn void device_exit(int status) {
  const uint32_t arguments[2] = {0x20026 /* the application ends */, (uint32_t)status};
  semihosting(sys_exit_extended, arguments);
  for (;;) {
  }
}

/* Opens the file that the command line has at a place, for reading or writing. */
static int open_argument(int place, int mode) {
  char line[1024];
  const struct { char *text; int size; } command = {line, sizeof line};
  if (semihosting(sys_get_cmdline, &command) != 0) return -1;
  char *begin = line;
  for (; place > 0 && *begin; place--) {
    while (*begin && *begin != ' ') begin++;
    while (*begin == ' ') begin++;
  }
  int length = 0;
  while (begin[length] && begin[length] != ' ') length++;
  begin[length] = 0;
  const struct { const char *name; int mode, length; } file = {begin, mode, length};
  return semihosting(sys_open, &file);
}

/* What is left to do of a read or write. */
static size_t left(int operation, int file, const void *bytes, size_t size) {
  const struct { int file; const void *bytes; size_t size; } arguments = {file, bytes, size};
  const size_t rest = (size_t)semihosting(operation, &arguments);
  return rest > size ? size : rest;
}

size_t device_read(void *bytes, size_t size) {
  static int file;
  if (!file) file = open_argument(1, 1 /* rb */);
  return file < 0 ? 0 : size - left(sys_read, file, bytes, size);
}

size_t device_write(const void *bytes, size_t size) {
  static int file;
  if (!file) file = open_argument(2, 5 /* wb */);
  return file < 0 ? 0 : size - left(sys_write, file, bytes, size);
}

/* SysTick, which counts 24 bits down. */
static volatile uint32_t *const systick = (volatile uint32_t *)0xe000e010;

uint32_t device_ticks(void) {
  if (!(systick[0] & 1)) {
    systick[1] = 0xffffff;
    systick[2] = 0;
    systick[0] = 5; /* on, at the processor's clock */
  }
  return 0xffffff - systick[2];
}

/* Of a loop of 2 million instructions, which QEMU's -icount gives as much time as any others. */
uint32_t device_instructions(uint64_t units) {
  static uint32_t reference;
  if (!reference) {
    const uint32_t begin = device_ticks();
    uint32_t count = 1000000;
    __asm volatile("1: subs %0, #1\n bne 1b" : "+r"(count) : : "cc");
    reference = (device_ticks() - begin) & 0xffffff;
  }
  return (uint32_t)(units * 2000000 / reference);
}
