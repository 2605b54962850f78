/*
 * A 16550 with its FIFO of 16 on. The line is a state: up while the FIFO holds as many bytes as the trigger, or any at
 * all for the time of four characters without one coming or being read. A byte that finds the FIFO full is lost itself,
 * and the overrun that says so goes with the first look at the line status, whoever looks. QEMU's hands over bytes up
 * to the trigger only.
 */
#include "model.h"
#include "board-config.h"
#include "registers.h"
#include <string.h>

enum { DATA = 0x00, INTERRUPT_ENABLE = 0x04, FIFO_CONTROL = 0x08, LINE_CONTROL = 0x0c, LINE_STATUS = 0x14 };
enum { RECEIVED = 1, OVERRUN = 2, ROOM = 0x20, DIVISOR_LATCH = 0x80 };
#define FOUR_CHARACTERS_TICKS 24

const uint32_t model_base = UART_BASE;
const unsigned model_depth = 16;

static uint8_t fifo[16];
static unsigned held, trigger, quiet, sending;
static uint32_t interrupts, line_control;
static bool has_overrun, has_timed_out;

void model_reset(void)
{
    held = quiet = sending = interrupts = line_control = 0;
    trigger = 1;
    has_overrun = has_timed_out = false;
}

static uint8_t take(void)
{
    uint8_t byte = fifo[0];
    if (held) memmove(fifo, fifo + 1, --held);
    quiet = 0;
    has_timed_out = false;
    return byte;
}

static uint32_t line_status(void)
{
    uint32_t status = (held ? RECEIVED : 0) | (has_overrun ? OVERRUN : 0) | (sending ? 0 : ROOM);
    has_overrun = false;
    return status;
}

uint32_t model_read(uint32_t at) { return at == DATA ? take() : at == LINE_STATUS ? line_status() : 0; }

static void set_fifo(uint32_t value)
{
    static const unsigned triggers[] = { 1, 4, 8, 14 };
    if (!(value & 1)) world_fails("the FIFO is off");
    trigger = triggers[value >> 6 & 3];
    if (value & 2) held = 0;
}

void model_write(uint32_t at, uint32_t value)
{
    if (at == LINE_CONTROL) line_control = value;
    if (at == FIFO_CONTROL) set_fifo(value);
    if (line_control & DIVISOR_LATCH) return;
    if (at == INTERRUPT_ENABLE) interrupts = value;
    if (at != DATA) return;
    if (sending) world_fails("a byte was given to a sender that is full");
    sending = SENDING_TICKS;
    world_sends((uint8_t)value);
}

bool model_receive(uint8_t byte)
{
    quiet = 0;
    has_overrun |= held == sizeof fifo;
    if (held == sizeof fifo) return false;
    fifo[held++] = byte;
    return true;
}

bool model_accepts(void) { return held < trigger; }

bool model_line(void) { return interrupts & 1 && (held >= trigger || has_timed_out); }

void model_tick(void)
{
    if (sending) sending--;
    if (held && ++quiet >= FOUR_CHARACTERS_TICKS) has_timed_out = true;
}
