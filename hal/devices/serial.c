/*
 * The console line of every board: received by interrupt into a ring, sent by waiting for room. See hal/serial.ts. Beneath
 * it lies the board's UART (uart_... in board.h).
 *
 * The ring has one writer (the interrupt) and one reader (the program); each owns one index, so neither locks.
 *
 * What comes too fast is held back, and what is lost all the same is told:
 *   - at half a ring the sender is asked to pause (XOFF), at a quarter to go on (XON). Many senders do not listen.
 *   - When the ring is full the interrupt switches itself off and leaves the bytes in the UART: an emulator then holds the sender
 *     back, and a wire loses nothing until the UART's own FIFO is full. The reader switches it on again.
 *   - While a script runs nobody reads. Then serial_interrupted() waits SERIAL_HOLD_MICROS, and after that looks through what the
 *     UART holds, because a Ctrl-C must always get through. Only then are bytes dropped.
 *   - A bit for each place of the ring says that bytes were lost right before it. So a line that lacks something is known as such.
 *
 * XOFF and XON are sent by whoever finds the UART ready: the interrupt, unless the program is at that moment sending a byte.
 */
#include "board-config.h"
#include "board.h"
#include "hal.h"

#define RING_BYTES BOARD_RAM_RECEIVE_RING_BYTES
#define CTRL_C 0x03
#define XON 0x11
#define XOFF 0x13
#define PAUSE_BYTES (RING_BYTES / 2)
#define RESUME_BYTES (RING_BYTES / 4)
/* A byte that finds no room for so long is given up. A healthy line needs 1.4 ms for a full FIFO. */
#define PATIENCE_TICKS ((uint64_t)SERIAL_PATIENCE_MICROS * BOARD_CLOCK_TICKS_PER_MICRO)
#define HOLD_TICKS (int32_t)(SERIAL_HOLD_MICROS * BOARD_CLOCK_TICKS_PER_MICRO)

_Static_assert((RING_BYTES & (RING_BYTES - 1)) == 0, "the receive ring's size must be a power of two");

static volatile uint8_t ring[RING_BYTES];
/* Counts of bytes ever written and taken; their difference is what the ring holds. */
static volatile uint32_t written, taken;
/* Ctrl-C bytes in the ring: those ever written and those taken. */
static volatile uint32_t interrupts_written, interrupts_taken;
static volatile uint32_t overflows;
/* Of these, how many serial_gap() has told. */
static volatile uint32_t told;
/* A bit for each place of the ring: bytes were lost right before it. */
static volatile uint8_t gaps[(RING_BYTES + 7) / 8];
/* The next byte that is kept stands behind a gap; so do those that the UART holds; so does the one that the program took last. */
static volatile bool is_gap_next, is_gap_behind, is_gap_here;
static volatile bool receiver_off;
/* The sender shall pause; it was told so last; a byte is being sent by the program. */
static volatile bool is_paused, was_told_pause, is_putting;
/* A script holds the sender back, since when; and it has done so for long enough. */
static volatile bool is_holding, was_held;
static volatile uint32_t hold_start;
static bool line_is_stuck;

void serial_open(void)
{
    uart_open();
    uart_listen(true);
}

void serial_keep(uint8_t byte)
{
    uint32_t place = written & (RING_BYTES - 1), bit = 1u << (place & 7);
    ring[place] = byte;
    gaps[place >> 3] = (uint8_t)(is_gap_next ? gaps[place >> 3] | bit : gaps[place >> 3] & ~bit);
    is_gap_next = false;
    if (byte == CTRL_C) interrupts_written++;
    written++;
}

/* The look for losses comes last: on some UARTs it is taking a byte that meets them. Where bytes are missing is not known: before
 * one of those that the UART holds, or before the first that comes then. Each of them stands behind a gap. */
static int take(void)
{
    int byte = uart_take();
    if (uart_has_lost()) {
        overflows++;
        is_gap_behind = true;
    }
    if (is_gap_behind) is_gap_next = true;
    if (byte < 0) is_gap_behind = false;
    return byte;
}

/* Tells the sender to pause or to go on, if it is to know and the UART has room. */
static void tell_sender(void)
{
    bool pauses = is_paused;
    if (pauses == was_told_pause || !uart_has_room()) return;
    uart_send(pauses ? XOFF : XON);
    was_told_pause = pauses;
}

static void receive_all(void)
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

void serial_interrupt(void)
{
    receive_all();
    if (written - taken >= PAUSE_BYTES) is_paused = true;
    if (!is_putting) tell_sender();
}

bool serial_has_bytes(void) { return written != taken; }

static void receiver_on(void)
{
    receiver_off = is_holding = was_held = false;
    uart_listen(true);
}

/* The program's turn to tell the sender. */
static void let_go_on(void)
{
    if (is_paused && written - taken <= RESUME_BYTES) is_paused = false;
    if (is_paused == was_told_pause) return;
    is_putting = true;
    tell_sender();
    is_putting = false;
}

bool serial_next_is(uint8_t byte) { return written != taken && ring[taken & (RING_BYTES - 1)] == byte; }

int serial_get(void)
{
    let_go_on();
    if (written == taken) return -1;
    uint32_t place = taken & (RING_BYTES - 1);
    uint8_t byte = ring[place];
    if (gaps[place >> 3] >> (place & 7) & 1) is_gap_here = true;
    if (byte == CTRL_C) interrupts_taken++;
    taken++;
    if (receiver_off && written - taken <= RING_BYTES / 2) receiver_on();
    return byte;
}

int32_t serial_gap(void)
{
    uint32_t lost = overflows - told;
    bool is_here = is_gap_here || (lost && written == taken);
    is_gap_here = false;
    if (!is_here) return -1;
    told += lost;
    return (int32_t)lost;
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
        is_gap_next = true;
    }
}

/* Has the sender been held back for long enough? */
static bool is_hold_over(void)
{
    uint32_t now = (uint32_t)clock_ticks();
    if (!is_holding) {
        is_holding = true;
        hold_start = now;
    }
    if ((int32_t)(now - hold_start) >= HOLD_TICKS) was_held = true;
    return was_held;
}

/* The receiver first: between the two looks the interrupt may fill the ring with a Ctrl-C and what follows it. */
bool serial_interrupted(void)
{
    if (receiver_off && interrupts_written == interrupts_taken && is_hold_over()) drain_to_interrupt();
    return interrupts_written != interrupts_taken;
}

bool serial_interrupt_waits(void) { return interrupts_written != interrupts_taken; }

/* What was lost before a Ctrl-C is as void as what was received before it. */
void serial_skip_interrupt(void)
{
    while (interrupts_written != interrupts_taken) serial_get();
    is_gap_here = false;
    told = overflows;
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

void serial_put(uint8_t byte)
{
    is_putting = true;
    line_is_stuck = !has_room_in_time();
    if (!line_is_stuck && is_paused != was_told_pause) {
        tell_sender();
        line_is_stuck = !has_room_in_time();
    }
    if (!line_is_stuck) uart_send(byte);
    is_putting = false;
}

void serial_release(void) { serial_put(XON); }

void serial_say(const char *text)
{
    while (*text) serial_put((uint8_t)*text++);
}
