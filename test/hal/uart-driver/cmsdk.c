/*
 * The CMSDK's UART (ARM DDI 0479, and the same in QEMU): one byte deep, a byte that comes too late takes the place of the
 * one before. Its interrupt is a note, written when a byte comes while the interrupt is on, and cleared by hand alone:
 * neither taking the byte nor turning the interrupt off takes the line down.
 */
#include "model.h"

enum { DATA = 0x00, STATE = 0x04, CONTROL = 0x08, INTERRUPT = 0x0c };
enum { SENDER_FULL = 1, FULL = 2, OVERRUN = 8 };
enum { SENDER_ON = 1, RECEIVER_ON = 2, RECEIVED_INTERRUPT = 8 };

const uint32_t model_base = 0x40004000;
const unsigned model_depth = 1;

static uint32_t state, control, notes, sending;
static uint8_t received;

void model_reset(void) { state = control = notes = sending = 0; }

static void send(uint8_t byte)
{
    if (!(control & SENDER_ON) || state & SENDER_FULL) world_fails("a byte was given to a sender that is full or off");
    state |= SENDER_FULL;
    sending = SENDING_TICKS;
    world_sends(byte);
}

uint32_t model_read(uint32_t at)
{
    if (at == DATA) state &= ~(uint32_t)FULL;
    return at == DATA ? received : at == STATE ? state : at == CONTROL ? control : at == INTERRUPT ? notes : 0;
}

void model_write(uint32_t at, uint32_t value)
{
    if (at == DATA) send((uint8_t)value);
    if (at == STATE) state &= ~(value & OVERRUN);
    if (at == CONTROL) control = value;
    if (at == INTERRUPT) notes &= ~value;
}

bool model_receive(uint8_t byte)
{
    bool is_lost = state & FULL;
    if (is_lost) state |= OVERRUN;
    received = byte;
    state |= FULL;
    if (control & RECEIVED_INTERRUPT) notes |= 2;
    return !is_lost;
}

bool model_accepts(void) { return control & RECEIVER_ON && !(state & FULL); }

bool model_line(void) { return notes != 0; }

void model_tick(void)
{
    if (sending && --sending == 0) state &= ~(uint32_t)SENDER_FULL;
}
