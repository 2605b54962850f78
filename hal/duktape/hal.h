/*
 * What a board owes the engine port: the C mirror of the contracts in hal (board.ts, serial.ts, ...). A board folder (hal/boards/NAME)
 * implements every function here and nothing else; hal/duktape calls them and knows no register.
 *
 *     board    who I am, where my stack lies, how to reset                     hal/board.ts
 *     serial   one line of bytes, received by interrupt, sent with waiting     hal/serial.ts
 *     clock    ticks since start-up, 64 bits                                   hal/clock.ts
 *     flash    one NOR chip behind a driver                                    hal/flash.ts
 *     fault    what happens when the processor gives up                        hal/fault.ts
 *
 * Everything is called from one thread. Only the serial receiver, the clock's wrap and program_tick() work in interrupts.
 */
#ifndef HAL_H
#define HAL_H

#include <stdbool.h>
#include <stdint.h>

/* ---- board ---- */

/* Why the processor started. */
enum reset_cause { RESET_POWER, RESET_REQUESTED, RESET_FAULT };

/* Brings up UART, clock and flash, in this order, and enables interrupts. Called once, first thing in main(). */
void board_open(void);

/* Resets the whole chip. Does not return. */
void board_reset(void) __attribute__((noreturn));

/* What caused the last start. RESET_FAULT: the fault handler printed its dump and asked for it. */
enum reset_cause board_reset_cause(void);

/* The stack of the main thread, in bytes: its size, and the most that was ever in use (painted at start-up). */
uint32_t board_stack_bytes(void);
/* Bytes of RAM that nothing lies in. */
uint32_t board_ram_unused(void);
uint32_t board_stack_peak(void);

/* Bytes between the stack pointer and the stack's end, now. */
uint32_t board_stack_free(void);

/* Sleeps until an interrupt was served. Returns at once if a byte was received since the last serial_get(). */
void board_wait(void);

/* ---- serial ---- */

/* The oldest received byte, or -1 when there is none. */
int serial_get(void);

/* Will serial_get() give this byte next? It is not taken. */
bool serial_next_is(uint8_t byte);

/* The longest serial_put() waits: far more than a wire at any speed needs, so that an emulator whose reader is slow, the
 * only line that ever holds a byte back, loses nothing. */
#define SERIAL_PATIENCE_MICROS 1000000u

/* Sends a byte; waits for room, at most SERIAL_PATIENCE_MICROS, then drops it (a line that is stuck must not stop the
 * board). After that nobody waits again until there was room once. */
void serial_put(uint8_t byte);

/* True while a Ctrl-C (a raw 03) is in the received bytes that nobody has taken. Callable while a script runs. */
bool serial_interrupted(void);

/* The same for an interrupt: it only looks, and does not see one that has no room among the received bytes. */
bool serial_interrupt_waits(void);

/* Throws away what was received up to and including the last Ctrl-C. */
void serial_skip_interrupt(void);

/* How long a script that does not look at its input holds the sender back when the ring is full. Then bytes are given up for
 * the sake of a Ctrl-C that may be behind them. */
#ifndef SERIAL_HOLD_MICROS
#define SERIAL_HOLD_MICROS 2000000u
#endif

/* -1: nothing was lost right before the byte that serial_get() gave last. Else how many bytes were, since this was last told: 0 if
 * they were told already. When serial_get() gave none: what was lost behind the last byte. */
int32_t serial_gap(void);

/* Tells the sender that it may send (XON), whatever it was told before the board started. */
void serial_release(void);

/* Bytes that were lost since start-up because nobody took them in time. */
uint32_t serial_overflows(void);

/* ---- clock ---- */

/* Ticks since start-up; CLOCK_TICKS_PER_MICRO of them are a microsecond. Monotonic for five thousand years. */
uint64_t clock_ticks(void);

/* Busy-waits at least so many microseconds. */
void clock_delay(uint32_t micros);

/* While it is on, program_tick() is called by interrupt, at least once a second. A board whose clock interrupts that often anyway
 * calls it always. */
void clock_watch(bool on);

/* The program's, not the board's: what it does then. A program without one does nothing. */
void program_tick(void);

/* ---- flash ---- */

/* Results: the numbers of FlashResult in hal/flash.ts, which are those of the core's Err. */
enum { FLASH_OK = 0, FLASH_INVALID = -1, FLASH_FAILED = -6, FLASH_NONE = -9 };

/* What the chip is. `name` is empty and `size_bytes` 0 when there is no chip or an unknown one. */
struct flash_part {
    const char *name;
    uint8_t jedec[3];
    uint32_t size_bytes;
    uint32_t sector_bytes;
    uint32_t program_bytes;
    /* The longest a program unit and a sector may take, microseconds; every wait ends there. */
    uint32_t program_max_micros;
    uint32_t erase_max_micros;
};

/* The chip found at start-up. `jedec` is what answered even if it is unknown. Never NULL. */
const struct flash_part *flash_chip(void);

/* Any range inside the chip; else FLASH_INVALID. */
int flash_read(uint32_t from, void *into, uint32_t length);

/* Any range inside the chip that was erased before; split at program units here. Returns when the chip is done. */
int flash_program(uint32_t at, const void *from, uint32_t length);

/* The sector that starts at `at`; any other address is FLASH_INVALID. Returns when the chip is done. */
int flash_erase(uint32_t at);

/* ---- fault ---- */

/* A defect found by software: prints `what` by polling, then resets as after a fault. Does not return. */
void fault_panic(const char *what) __attribute__((noreturn));

#endif
