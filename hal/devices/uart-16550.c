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

/* An overrun was seen and not reported yet. */
static volatile bool has_lost;

void uart_open(void)
{
    UART_LINE_CONTROL = 0x83;
    UART_DATA = DIVISOR & 0xff;
    UART_INTERRUPT_ENABLE = DIVISOR >> 8;
    UART_LINE_CONTROL = 3;
    UART_FIFO_CONTROL = 0x87;
}

void uart_listen(bool on) { UART_INTERRUPT_ENABLE = on; }

/* Reading the line status clears the overrun, whoever reads it. */
static uint32_t line_status(void)
{
    uint32_t status = UART_LINE_STATUS;
    if (status & UART_OVERRUN) has_lost = true;
    return status;
}

bool uart_has_lost(void)
{
    bool was_lost = has_lost;
    has_lost = false;
    return was_lost;
}

int uart_take(void) { return line_status() & UART_RECEIVED ? (int)(UART_DATA & 0xff) : -1; }

bool uart_has_room(void) { return line_status() & UART_ROOM; }

void uart_send(uint8_t byte) { UART_DATA = byte; }
