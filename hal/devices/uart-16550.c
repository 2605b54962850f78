/*
 * A 16550 UART with a stride of four bytes, 8N1, FIFO on. registers.h says where it is (UART_BASE) and board.json what
 * clock its divisor divides (uart.inputHertz) and the line's speed (uart.baud).
 */
#include "board-config.h"
#include "board.h"
#include "registers.h"

#define UART_DATA REGISTER(UART_BASE)                    /* THR when written, RBR when read */
#define UART_INTERRUPT_ENABLE REGISTER(UART_BASE + 0x04) /* bit 0: received data */
#define UART_FIFO_CONTROL REGISTER(UART_BASE + 0x08)     /* 0x87: on, both cleared, interrupt at 8 bytes or after a pause */
#define UART_LINE_CONTROL REGISTER(UART_BASE + 0x0c)     /* 3: 8N1; bit 7: divisor latch */
#define UART_LINE_STATUS REGISTER(UART_BASE + 0x14)
#define UART_RECEIVED (1u << 0)
#define UART_OVERRUN (1u << 1)
#define UART_ROOM (1u << 5)

#define DIVISOR (BOARD_UART_INPUT_HERTZ / (16 * BOARD_UART_BAUD))

void uart_open(void)
{
    UART_LINE_CONTROL = 0x83;
    UART_DATA = DIVISOR & 0xff;
    UART_INTERRUPT_ENABLE = DIVISOR >> 8;
    UART_LINE_CONTROL = 3;
    UART_FIFO_CONTROL = 0x87;
}

void uart_listen(bool on) { UART_INTERRUPT_ENABLE = on; }

/* Reading the line status clears the overrun, so taking a byte must not be the first to read it. */
bool uart_has_lost(void) { return UART_LINE_STATUS & UART_OVERRUN; }

int uart_take(void) { return UART_LINE_STATUS & UART_RECEIVED ? (int)(UART_DATA & 0xff) : -1; }

bool uart_has_room(void) { return UART_LINE_STATUS & UART_ROOM; }

void uart_send(uint8_t byte) { UART_DATA = byte; }
