/* The processor between the driver and the model: its accesses and its interrupt controller. */
#ifndef PROCESSOR_H
#define PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>

/* How often serial_interrupt() was entered since processor_reset(), which leaves the UART's interrupt disabled. */
extern uint32_t processor_served;
void processor_reset(void);
void processor_enable(void);
/* Interrupts wait while it is set (cpsid). */
extern bool processor_is_masked;
/* Nothing to do for so long. */
void processor_idles(unsigned ticks);

/* ---- main.c's ---- */

/* Called once a tick: before every access to volatile memory, and while the processor idles. */
void world_passes(void);

#endif
