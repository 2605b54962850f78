/*
 * What the files of one board tell each other, the shared ones (hal/cortex-m, hal/devices) and its own; the rest of the
 * world knows hal/duktape/hal.h only. Each function says which file has it; a board brings the ones marked "board's own",
 * or names a shared file that does (docs/PORTING.md).
 *
 * A board's own registers.h says what the shared files must know of the chip:
 *   EXTERNAL_INTERRUPTS   how many entries the vector table has behind the sixteen of the processor
 *   BOARD_VECTORS         designated initialisers of the table: [16 + UART_IRQ] = serial_interrupt, ...
 *   UART_IRQ              the interrupt of received bytes
 *   CLOCK_IRQ             that of the clock, unless it is SysTick
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

/* cortex-m/start.c: notes for the next start that a fault led to it. */
void board_note_fault(void);

/* cortex-m/fault.c: entry of every fault vector. */
void fault_entry(void);

/* devices/serial.c */
void serial_open(void);
void serial_interrupt(void);
bool serial_has_bytes(void);
/* Puts a received byte into the ring, which must have room; with interrupts off, or in the interrupt. */
void serial_keep(uint8_t byte);
/* Sends text by polling, with interrupts in any state. */
void serial_say(const char *text);

/* Board's own: the UART beneath devices/serial.c. Bytes arrive by its interrupt while it listens. */
void uart_open(void);
void uart_listen(bool on);
/* The oldest byte in the receiver, or -1. */
int uart_take(void);
/* True once for each time the receiver reported that it lost bytes; asked after each uart_take(). */
bool uart_has_lost(void);
bool uart_has_room(void);
void uart_send(uint8_t byte);

/* Board's own, where cortex-m/clock-systick.c is the clock: what must be set up before anything else runs. It has a stack
 * and no static RAM. */
void chip_open(void);

/* Board's own: the clock. clock_open() is the first thing that runs after reset: it uses no static RAM, and brings up
 * what clocks the chip has. clock_enable_wrap() lets its interrupt work. */
void clock_open(void);
void clock_enable_wrap(void);
void clock_interrupt(void);

/* devices/nor.c, or devices/no-flash.c: looks for the chip. */
void flash_open(void);

/* Board's own, for devices/nor.c: the SPI controller. */
void spi_open(void);
/*
 * One transaction, chip select held from its first byte to its last: `header` is sent, then `length` bytes are sent from
 * `out` or received into `in` (at most one of them; neither when `length` is 0). False: the controller did not answer in
 * time, and is ready for the next transaction.
 */
bool spi_transfer(const uint8_t *header, uint32_t header_bytes, const uint8_t *out, uint8_t *in, uint32_t length);

#endif
