/* What this board's files tell each other; the rest of the world knows hal/duktape/hal.h only. */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

/* start.c: notes for the next start that a fault led to it. */
void board_note_fault(void);

/* serial.c */
void serial_open(void);
void serial_interrupt(void);
bool serial_has_bytes(void);
/* Sends text by polling, with interrupts in any state. */
void serial_say(const char *text);

/* clock.c. clock_open() is the first thing that runs after reset: it uses no RAM. */
void clock_open(void);
void clock_enable_wrap(void);
void clock_interrupt(void);

/* spi.c: one chip-select assertion of `frames` bytes; exactly so many exchanges must follow. */
void spi_open(void);
void spi_begin(uint32_t frames);
/* Sends a byte and returns the one received, or -1 when the controller does not answer. */
int spi_exchange(uint8_t byte);
/* Ends a transaction that failed half-way. */
void spi_abort(void);

/* nor.c: identifies the chip. */
void nor_open(void);

/* fault.c: entry of every fault vector. */
void fault_entry(void);

#endif
