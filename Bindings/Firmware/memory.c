/* Run-time support for Embedded Swift and the compiler where there is no C library. */

#include <stddef.h>
#include <stdint.h>

#include "device.h"

extern unsigned char bss_end[], stack_limit[], data_begin[];
extern const unsigned char code_size[];

/* Objects are made at the start and live as long as the device is on. */
static unsigned char *next;
static int is_closed;

int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (!next) next = bss_end;
  const uintptr_t start = ((uintptr_t)next + alignment - 1) & ~(uintptr_t)(alignment - 1);
  if (is_closed) {
    device_print("memory: asked for while it is closed\n");
    device_exit(4);
  }
  if (start > (uintptr_t)stack_limit || size > (uintptr_t)stack_limit - start) {
    device_print("memory: there is not enough\n");
    device_exit(4);
  }
  next = (unsigned char *)start + size;
  *memory = (void *)start;
  return 0;
}

void *memory_take(size_t size) {
  void *memory;
  posix_memalign(&memory, sizeof memory, size);
  return memory;
}

void free(void *memory) { (void)memory; }

size_t memory_used(void) { return next ? (size_t)(next - bss_end) : 0; }
void memory_close(void) { is_closed = 1; }
size_t code_bytes(void) { return (size_t)code_size; }
size_t variable_bytes(void) { return (size_t)(bss_end - data_begin); }

/* Words where both lie at multiples of four bytes. */
static int is_aligned(const void *a, const void *b, size_t count) {
  return (((uintptr_t)a | (uintptr_t)b | count) & 3) == 0;
}

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  if (is_aligned(to, from, count)) {
    uint32_t *t = to;
    for (const uint32_t *f = from; count; count -= 4) *t++ = *f++;
    return to;
  }
  unsigned char *t = to;
  for (const unsigned char *f = from; count; count--) *t++ = *f++;
  return to;
}

void *memmove(void *to, const void *from, size_t count) {
  if ((uintptr_t)to - (uintptr_t)from >= count) return memcpy(to, from, count);
  unsigned char *t = to;
  const unsigned char *f = from;
  while (count--) t[count] = f[count];
  return to;
}

void *memset(void *to, int value, size_t count) {
  unsigned char *t = to;
  while (count && ((uintptr_t)t & 3)) *t++ = (unsigned char)value, count--;
  const uint32_t word = 0x01010101u * (unsigned char)value;
  for (; count >= 4; count -= 4, t += 4) *(uint32_t *)t = word;
  while (count--) *t++ = (unsigned char)value;
  return to;
}

int memcmp(const void *a, const void *b, size_t count) {
  const unsigned char *x = a, *y = b;
  for (; count--; x++, y++)
    if (*x != *y) return *x - *y;
  return 0;
}

/* Names by which compilers call the same on ARM; sizes that end in 4 or 8 are promises. */
void __aeabi_memcpy(void *to, const void *from, size_t count) { memcpy(to, from, count); }
void __aeabi_memcpy4(void *to, const void *from, size_t count) { memcpy(to, from, count); }
void __aeabi_memcpy8(void *to, const void *from, size_t count) { memcpy(to, from, count); }
void __aeabi_memmove(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memmove4(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memmove8(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memclr(void *to, size_t count) { memset(to, 0, count); }
void __aeabi_memclr4(void *to, size_t count) { memset(to, 0, count); }
void __aeabi_memclr8(void *to, size_t count) { memset(to, 0, count); }
void __aeabi_memset(void *to, size_t count, int value) { memset(to, value, count); }
void __aeabi_memset4(void *to, size_t count, int value) { memset(to, value, count); }
void __aeabi_memset8(void *to, size_t count, int value) { memset(to, value, count); }

float sqrtf(float x) {
  float root;
  __asm("vsqrt.f32 %0, %1" : "=t"(root) : "t"(x));
  return root;
}

/* To the nearest whole number, ties to even. */
float rintf(float x) {
  const float large = 8388608.0f; /* 2^23: from here on numbers are whole */
  if (!(x > -large && x < large)) return x;
  volatile float shifted = x < 0 ? x - large : x + large;
  return x < 0 ? shifted + large : shifted - large;
}

/* Quotient and remainder of 64-bit numbers, by long division. */
typedef struct quotient {
  uint64_t quotient, remainder;
} quotient;

static quotient divide(uint64_t a, uint64_t b) {
  quotient result = {0, 0};
  for (int bit = 63; bit >= 0; bit--) {
    result.remainder = result.remainder << 1 | (a >> bit & 1);
    if (result.remainder >= b) {
      result.remainder -= b;
      result.quotient |= UINT64_C(1) << bit;
    }
  }
  return result;
}

__attribute__((used)) static quotient divide_signed(int64_t a, int64_t b) {
  quotient result = divide(a < 0 ? -(uint64_t)a : (uint64_t)a, b < 0 ? -(uint64_t)b : (uint64_t)b);
  if ((a < 0) != (b < 0)) result.quotient = -result.quotient;
  if (a < 0) result.remainder = -result.remainder;
  return result;
}

__attribute__((used)) static quotient divide_unsigned(uint64_t a, uint64_t b) {
  return divide(a, b);
}

/* The quotient in r0 and r1, the remainder in r2 and r3, which no C function returns. */
#define DIVIDE(name, function)                                                     \
  __attribute__((naked)) void name(void) {                                         \
    __asm volatile(                                                                \
        "push {r4, lr}\n"                                                          \
        "sub sp, #24\n"                                                            \
        "strd r2, r3, [sp]\n"                                                      \
        "mov r2, r0\n"                                                             \
        "mov r3, r1\n"                                                             \
        "add r0, sp, #8\n"                                                         \
        "bl " #function "\n"                                                       \
        "ldrd r0, r1, [sp, #8]\n"                                                  \
        "ldrd r2, r3, [sp, #16]\n"                                                 \
        "add sp, #24\n"                                                            \
        "pop {r4, pc}\n");                                                         \
  }
DIVIDE(__aeabi_uldivmod, divide_unsigned)
DIVIDE(__aeabi_ldivmod, divide_signed)

uint64_t __aeabi_llsl(uint64_t x, int count) {
  const uint32_t low = (uint32_t)x, high = (uint32_t)(x >> 32);
  if (count >= 32) return (uint64_t)(low << (count - 32)) << 32;
  return count ? (uint64_t)(high << count | low >> (32 - count)) << 32 | (uint32_t)(low << count)
               : x;
}

uint64_t __aeabi_llsr(uint64_t x, int count) {
  const uint32_t low = (uint32_t)x, high = (uint32_t)(x >> 32);
  if (count >= 32) return high >> (count - 32);
  return count ? (uint64_t)(high >> count) << 32 | (low >> count | high << (32 - count)) : x;
}

int64_t __aeabi_lasr(int64_t x, int count) {
  return x < 0 ? (int64_t)~__aeabi_llsr(~(uint64_t)x, count)
               : (int64_t)__aeabi_llsr((uint64_t)x, count);
}

/* The nearest float, ties to even. Helpers of compilers give floats in r0, whatever others do. */
__attribute__((pcs("aapcs"))) float __aeabi_l2f(int64_t x) {
  const int32_t word = (int32_t)x;
  if (word == x) return (float)word;
  uint64_t magnitude = x < 0 ? -(uint64_t)x : (uint64_t)x;
  int shift = 0;
  /* What is shifted out is kept as whether there was any, below the bits that decide. */
  for (; magnitude >> 30; shift++) magnitude = magnitude >> 1 | (magnitude & 1);
  float result = (float)(int32_t)magnitude;
  for (; shift; shift--) result *= 2;
  return x < 0 ? -result : result;
}
