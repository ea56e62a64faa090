/* What the firmware needs of the processor and of what is around it. On a board these are drivers;
 * here semihosting, by which a debugger or QEMU lends files and a console. */

#ifndef SPARROW_FIRMWARE_DEVICE_H
#define SPARROW_FIRMWARE_DEVICE_H

#include <stddef.h>
#include <stdint.h>

/* The firmware's main function: its exit status, 0 where all is well. */
int run(void);

/* Where input comes from and output goes to: on a board, buffers that DMA fills and empties. Both
 * return how many bytes they moved. */
size_t device_read(void *bytes, size_t size);
size_t device_write(const void *bytes, size_t size);

void device_print(const char *text);
void device_print_number(uint32_t number);
_Noreturn void device_exit(int status);

/* Time, in units of its own, as 24 bits that count up. */
uint32_t device_ticks(void);
/* Instructions of `units` of time. */
uint32_t device_instructions(uint64_t units);

/* The time that networks' steps have taken, of the whole. */
uint64_t network_ticks(void);

/* Bytes that the stack has taken at most. */
size_t stack_used(void);

/* Memory for objects and buffers: all RAM that is left, handed out and never taken back. Asking for
 * more than there is ends the program, and so does asking after memory_close. */
void *memory_take(size_t size);
size_t memory_used(void);
void memory_close(void);

/* The plan, in flash: image.S. */
extern const unsigned char plan_begin[], plan_end[];
/* Bytes of code and constants, and of variables. */
size_t code_bytes(void);
size_t variable_bytes(void);

#endif
