/*
 * The console line of every board: received by interrupt into a ring, sent by waiting for room. See hal/serial.ts. Beneath
 * it lies the board's UART (uart_... in board.h).
 *
 * The ring has one writer (the interrupt) and one reader (the program); each owns one index, so neither locks. When the
 * ring is full the interrupt switches itself off and leaves the bytes in the UART: an emulator then holds the sender
 * back, and a wire loses nothing until the UART's own FIFO is full. The reader switches it on again. While a script runs
 * nobody reads; then serial_interrupted() looks through what the UART holds, because a Ctrl-C must always get through,
 * and only then are bytes dropped.
 */
#include "board-config.h"
#include "board.h"
#include "hal.h"

#define RING_BYTES BOARD_RAM_RECEIVE_RING_BYTES
#define CTRL_C 0x03
/* A byte that finds no room for so long is given up. A healthy line needs 1.4 ms for a full FIFO. */
#define PATIENCE_TICKS ((uint64_t)SERIAL_PATIENCE_MICROS * BOARD_CLOCK_TICKS_PER_MICRO)

_Static_assert((RING_BYTES & (RING_BYTES - 1)) == 0, "the receive ring's size must be a power of two");

static volatile uint8_t ring[RING_BYTES];
/* Counts of bytes ever written and taken; their difference is what the ring holds. */
static volatile uint32_t written, taken;
/* Ctrl-C bytes in the ring: those ever written and those taken. */
static volatile uint32_t interrupts_written, interrupts_taken;
static volatile uint32_t overflows;
static volatile bool receiver_off;
static bool line_is_stuck;

void serial_open(void)
{
    uart_open();
    uart_listen(true);
}

void serial_keep(uint8_t byte)
{
    ring[written & (RING_BYTES - 1)] = byte;
    if (byte == CTRL_C) interrupts_written++;
    written++;
}

/* The look for losses comes last: on some UARTs it is taking a byte that meets them. */
static int take(void)
{
    int byte = uart_take();
    if (uart_has_lost()) overflows++;
    return byte;
}

void serial_interrupt(void)
{
    for (;;) {
        if (written - taken == RING_BYTES) {
            receiver_off = true;
            uart_listen(false);
            return;
        }
        int byte = take();
        if (byte < 0) return;
        serial_keep((uint8_t)byte);
    }
}

bool serial_has_bytes(void) { return written != taken; }

static void receiver_on(void)
{
    receiver_off = false;
    uart_listen(true);
}

int serial_get(void)
{
    if (written == taken) return -1;
    uint8_t byte = ring[taken & (RING_BYTES - 1)];
    if (byte == CTRL_C) interrupts_taken++;
    taken++;
    if (receiver_off && written - taken <= RING_BYTES / 2) receiver_on();
    return byte;
}

/* The receiver is off: throws away what the UART holds, up to a Ctrl-C, which takes the place of the ring's content. */
static void drain_to_interrupt(void)
{
    for (int byte = take(); byte >= 0; byte = take()) {
        if (byte == CTRL_C) {
            overflows += written - taken;
            taken = written;
            serial_keep(CTRL_C);
            receiver_on();
            return;
        }
        overflows++;
    }
}

/* The receiver first: between the two looks the interrupt may fill the ring with a Ctrl-C and what follows it. */
bool serial_interrupted(void)
{
    if (receiver_off && interrupts_written == interrupts_taken) drain_to_interrupt();
    return interrupts_written != interrupts_taken;
}

bool serial_interrupt_waits(void) { return interrupts_written != interrupts_taken; }

void serial_skip_interrupt(void)
{
    while (interrupts_written != interrupts_taken) serial_get();
}

uint32_t serial_overflows(void) { return overflows; }

/* After a byte had to be dropped the line counts as stuck, and nobody waits for it again until it has room. */
static bool has_room_in_time(void)
{
    if (uart_has_room()) return true;
    if (line_is_stuck) return false;
    uint64_t start = clock_ticks();
    while (clock_ticks() - start < PATIENCE_TICKS) {
        if (uart_has_room()) return true;
    }
    return uart_has_room();
}

/* After a byte had to be dropped the line counts as stuck, and nobody waits for it again until it has room. */
void serial_put(uint8_t byte)
{
    line_is_stuck = !has_room_in_time();
    if (!line_is_stuck) uart_send(byte);
}

void serial_say(const char *text)
{
    while (*text) serial_put((uint8_t)*text++);
}
