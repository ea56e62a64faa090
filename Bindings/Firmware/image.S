/* The plan where it is run: in flash, at a multiple of 64 bytes. PLAN_FILE: its path. PLAN_SHIFT:
 * bytes to be off, by which a test sees that it is refused. */
  .section .plan, "a"
  .balign 64
#ifdef PLAN_SHIFT
  .skip PLAN_SHIFT
#endif
  .global plan_begin, plan_end
plan_begin:
  .incbin PLAN_FILE
plan_end:
#ifdef __linux__
  .section .note.GNU-stack, "", %progbits
#endif
