/* Run-time support for Embedded Swift and the compiler where there is no C library: memory in
 * blocks of powers of two, each with a list of free ones. Objects are made at the start and rarely
 * freed. */

#include <stddef.h>
#include <stdint.h>

extern unsigned char __heap_base;

enum { least = 5, most = 28 }; /* blocks of 32 bytes to 256 MiB */
static void *free_blocks[most + 1];
static uintptr_t end;

/* A block begins with its size class; what is given lies behind, aligned. */
typedef struct block {
  uint32_t size_class;
  struct block *next;
} block;

static void *new_memory(size_t size) {
  if (end == 0) end = (uintptr_t)&__heap_base;
  uintptr_t start = (end + 63) & ~(uintptr_t)63;
  size_t pages = __builtin_wasm_memory_size(0);
  if (start + size > pages * 65536) {
    size_t missing = (start + size - pages * 65536 + 65535) / 65536;
    if (__builtin_wasm_memory_grow(0, missing) == (size_t)-1) return NULL;
  }
  end = start + size;
  return (void *)start;
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (alignment > 64) return 22;
  /* 64 bytes before what is given hold the block's size class. */
  uint32_t size_class = least;
  while (size_class < most && ((size_t)1 << size_class) < size) size_class++;
  if (((size_t)1 << size_class) < size) return 12;
  unsigned char *base = free_blocks[size_class];
  if (base) {
    free_blocks[size_class] = ((block *)base)->next;
  } else {
    base = new_memory(64 + ((size_t)1 << size_class));
    if (!base) return 12;
  }
  ((block *)base)->size_class = size_class;
  *memory = base + 64;
  return 0;
}

void free(void *memory) {
  if (!memory) return;
  block *freed = (block *)((unsigned char *)memory - 64);
  freed->next = free_blocks[freed->size_class];
  free_blocks[freed->size_class] = freed;
}

/* For the page: memory that it writes samples and plans to. */
void *sparrow_web_allocate(size_t size) {
  void *memory;
  return posix_memalign(&memory, 64, size) ? NULL : memory;
}
void sparrow_web_release(void *memory) { free(memory); }

/* Instructions of their own, as the compiler's option -mbulk-memory allows them. */
void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  return __builtin_memcpy(to, from, count);
}
void *memmove(void *to, const void *from, size_t count) {
  return __builtin_memmove(to, from, count);
}
void *memset(void *to, int value, size_t count) { return __builtin_memset(to, value, count); }
int memcmp(const void *a, const void *b, size_t count) {
  const unsigned char *x = a, *y = b;
  for (; count--; x++, y++) if (*x != *y) return *x - *y;
  return 0;
}

/* The product of 128-bit integers, by which Swift checks products of 64 bits. */
__int128 __multi3(__int128 a, __int128 b) {
  const uint64_t a_low = (uint64_t)a, b_low = (uint64_t)b;
  const uint64_t a0 = a_low & 0xffffffff, a1 = a_low >> 32, b0 = b_low & 0xffffffff,
                 b1 = b_low >> 32;
  const uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
  const uint64_t other = a0 * b1 + (middle & 0xffffffff);
  const uint64_t low = (other << 32) | (a0 * b0 & 0xffffffff);
  uint64_t high = a1 * b1 + (middle >> 32) + (other >> 32);
  high += (uint64_t)((unsigned __int128)a >> 64) * b_low;
  high += a_low * (uint64_t)((unsigned __int128)b >> 64);
  return (__int128)((unsigned __int128)high << 64 | low);
}
