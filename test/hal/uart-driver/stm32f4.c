/*
 * The USART of STM32F4 (RM0090, 30.6): one byte deep, the line a state. A byte that comes too late is lost itself; the
 * overrun asks for the interrupt as well, and goes when the data are read after a status that showed it: one that comes
 * between the two reads stays, without a byte. QEMU's (7.2) knows no overrun, and holds its line up, whatever the control
 * register says, until the byte is taken.
 */
#include "model.h"
#include "board-config.h"

enum { STATUS = 0x00, DATA = 0x04, CONTROL = 0x0c };
enum { OVERRUN = 1 << 3, RECEIVED = 1 << 5, ROOM = 1 << 7 };
enum { ON = 1 << 13, SENDER_ON = 1 << 3, RECEIVER_ON = 1 << 2, RECEIVED_INTERRUPT = 1 << 5 };

const uint32_t model_base = BOARD_UART_BASE;
const unsigned model_depth = 1;

static uint32_t status, control, sending;
static uint8_t received;
static bool overrun_was_seen, byte_was_seen, line_is_held;

void model_reset(void)
{
    status = ROOM;
    control = sending = 0;
    overrun_was_seen = byte_was_seen = line_is_held = false;
}

static void hold_line(void) { line_is_held |= control & RECEIVED_INTERRUPT && status & RECEIVED; }

static uint8_t take(void)
{
    if (status & RECEIVED && !byte_was_seen) world_loses();
    status &= ~(uint32_t)(overrun_was_seen ? RECEIVED | OVERRUN : RECEIVED);
    overrun_was_seen = byte_was_seen = line_is_held = false;
    return received;
}

static uint32_t look(void)
{
    overrun_was_seen = status & OVERRUN;
    byte_was_seen = status & RECEIVED;
    return status;
}

uint32_t model_read(uint32_t at)
{
    return at == STATUS ? look() : at == DATA ? take() : at == CONTROL ? control : 0;
}

void model_write(uint32_t at, uint32_t value)
{
    if (at == CONTROL) control = value;
    hold_line();
    if (at != DATA) return;
    if (!(control & SENDER_ON) || !(status & ROOM)) world_fails("a byte was given to a sender that is full or off");
    status &= ~(uint32_t)ROOM;
    sending = SENDING_TICKS;
    world_sends((uint8_t)value);
}

bool model_receive(uint8_t byte)
{
    bool is_lost = status & RECEIVED;
    status |= is_lost ? OVERRUN : RECEIVED;
    if (!is_lost) received = byte;
    hold_line();
    return !is_lost;
}

bool model_accepts(void) { return control & ON && control & RECEIVER_ON && !(status & RECEIVED); }

bool model_line(void)
{
    return is_emulated ? line_is_held : control & RECEIVED_INTERRUPT && status & (RECEIVED | OVERRUN);
}

void model_tick(void)
{
    if (sending && --sending == 0) status |= ROOM;
}
