/*
 * The CMSDK's UART, one byte deep each way. Its interrupt is a note that a byte came, not a state: a byte that came while
 * nobody listened would wait for ever, so listening again has the interrupt served once. And a note stays when its byte was
 * taken just before it was written: one that is left while nobody listens would have the interrupt served without end.
 */
#include "board-config.h"
#include "board.h"
#include "registers.h"

void uart_open(void)
{
    UART_DIVISOR = BOARD_UART_INPUT_HERTZ / BOARD_UART_BAUD;
    UART_CONTROL = UART_ON;
}

void uart_listen(bool on)
{
    UART_CONTROL = on ? UART_ON | UART_RECEIVED_INTERRUPT : UART_ON;
    if (on) NVIC_PEND(UART_IRQ);
    else UART_INTERRUPT_CLEAR = UART_RECEIVED_CLEAR;
}

bool uart_has_lost(void)
{
    if (!(UART_STATE & UART_OVERRUN)) return false;
    UART_STATE = UART_OVERRUN;
    return true;
}

/* The note goes first: a byte that comes after the look writes a new one. */
int uart_take(void)
{
    UART_INTERRUPT_CLEAR = UART_RECEIVED_CLEAR;
    return UART_STATE & UART_RECEIVER_FULL ? (int)(UART_DATA & 0xff) : -1;
}

bool uart_has_room(void) { return !(UART_STATE & UART_SENDER_FULL); }

void uart_send(uint8_t byte) { UART_DATA = byte; }
