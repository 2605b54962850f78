/* The nRF51's UART: events instead of flags. Six received bytes wait in it; one is sent at a time. */
#include "board-config.h"
#include "board.h"
#include "registers.h"

_Static_assert(BOARD_UART_BAUD == 115200, "the UART's divisor is that of 115200");

static bool is_sending;

void uart_open(void)
{
    PINS_SET = 1u << BOARD_UART_TX_PIN;
    PINS_OUTPUT = 1u << BOARD_UART_TX_PIN;
    UART_SEND_PIN = BOARD_UART_TX_PIN;
    UART_RECEIVE_PIN = BOARD_UART_RX_PIN;
    UART_BAUD = UART_BAUD_115200;
    UART_ENABLE = 4;
    UART_RECEIVED = 0;
    UART_START_RECEIVER = 1;
    UART_START_SENDER = 1;
    is_sending = false;
}

void uart_listen(bool on)
{
    if (on) UART_INTERRUPT_ON = UART_RECEIVED_INTERRUPT;
    else UART_INTERRUPT_OFF = UART_RECEIVED_INTERRUPT;
}

bool uart_has_lost(void)
{
    if (!(UART_ERRORS & UART_OVERRUN)) return false;
    UART_ERRORS = UART_OVERRUN;
    return true;
}

/* The event goes before the byte is taken: the next byte, which may be there already, raises it again. */
int uart_take(void)
{
    if (!UART_RECEIVED) return -1;
    UART_RECEIVED = 0;
    return (int)(UART_RECEIVE & 0xff);
}

bool uart_has_room(void) { return !is_sending || UART_SENT; }

void uart_send(uint8_t byte)
{
    is_sending = true;
    UART_SENT = 0;
    UART_SEND = byte;
}
