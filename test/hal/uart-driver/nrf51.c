/*
 * The UART of nRF51 (its reference manual, chapter 29): six bytes deep, events instead of flags. The event is raised when
 * a byte becomes the one that can be read, be it by coming or by the one before being read; in QEMU every byte that comes
 * raises it. It stays until 0 is written. A byte that finds no room is lost, and ERRORSRC says so until it is cleared.
 */
#include "model.h"
#include <string.h>

enum { START_RECEIVER = 0x000, START_SENDER = 0x008, RECEIVED = 0x108, SENT = 0x11c, INTERRUPT_ON = 0x304, INTERRUPT_OFF = 0x308,
    ERRORS = 0x480, ENABLE = 0x500, RECEIVE = 0x518, SEND = 0x51c };

const uint32_t model_base = 0x40002000;
const unsigned model_depth = 6;

static uint8_t fifo[6];
static unsigned held, sending;
static uint32_t interrupts, errors, enabled;
static bool is_receiving, is_sender_on, has_received, has_sent;

void model_reset(void)
{
    held = sending = interrupts = errors = enabled = 0;
    is_receiving = is_sender_on = has_received = has_sent = false;
}

static uint8_t take(void)
{
    uint8_t byte = fifo[0];
    if (held) memmove(fifo, fifo + 1, --held);
    if (held) has_received = true;
    return byte;
}

uint32_t model_read(uint32_t at)
{
    return at == RECEIVED ? has_received : at == SENT ? has_sent : at == ERRORS ? errors : at == RECEIVE ? take() : 0;
}

static void send(uint8_t byte)
{
    if (sending || !is_sender_on) world_fails("a byte was given to a sender that is full or off");
    sending = SENDING_TICKS;
    world_sends(byte);
}

void model_write(uint32_t at, uint32_t value)
{
    if (at == ENABLE) enabled = value;
    if (enabled != 4) return;
    if (at == START_RECEIVER && value == 1) is_receiving = true;
    if (at == START_SENDER && value == 1) is_sender_on = true;
    if (at == RECEIVED) has_received = value;
    if (at == SENT) has_sent = value;
    if (at == INTERRUPT_ON) interrupts |= value;
    if (at == INTERRUPT_OFF) interrupts &= ~value;
    if (at == ERRORS) errors &= ~value;
    if (at == SEND) send((uint8_t)value);
}

bool model_receive(uint8_t byte)
{
    if (held == sizeof fifo) {
        errors |= 1;
        return false;
    }
    fifo[held++] = byte;
    if (is_emulated || held == 1) has_received = true;
    return true;
}

bool model_accepts(void) { return is_receiving && held < sizeof fifo; }

bool model_line(void) { return has_received && interrupts & 1 << 2; }

void model_tick(void)
{
    if (sending && --sending == 0) has_sent = true;
}
