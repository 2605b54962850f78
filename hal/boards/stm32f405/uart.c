/* The console's UART, of the kind all STM32F4 have, 8N1. One byte deep: the interrupt must come before the next byte has. */
#include "board-config.h"
#include "board.h"
#include "registers.h"

#define RECEIVED (1u << 5)
#define OVERRUN (1u << 3)
#define ROOM (1u << 7)
#define ON (1u << 13 | 1u << 3 | 1u << 2)
#define RECEIVED_INTERRUPT (1u << 5)
#define BUS_HERTZ (BOARD_UART_APB == 1 ? APB1_HERTZ : APB2_HERTZ)

/* An overrun was seen and not reported yet. */
static volatile bool has_lost;

void uart_open(void)
{
    RCC_AHB1_ENABLE |= 1u << BOARD_UART_TX_PORT | 1u << BOARD_UART_RX_PORT;
    if (BOARD_UART_APB == 1) RCC_APB1_ENABLE |= 1u << BOARD_UART_ENABLE_BIT;
    else RCC_APB2_ENABLE |= 1u << BOARD_UART_ENABLE_BIT;
    pin_alternate(BOARD_UART_TX_PORT, BOARD_UART_TX_PIN, BOARD_UART_ALTERNATE);
    pin_alternate(BOARD_UART_RX_PORT, BOARD_UART_RX_PIN, BOARD_UART_ALTERNATE);
    GPIO(BOARD_UART_RX_PORT, GPIO_PULL) |= 1u << 2 * BOARD_UART_RX_PIN;
    UART_DIVISOR = ((is_fast() ? BUS_HERTZ : INTERNAL_HERTZ) + BOARD_UART_BAUD / 2) / BOARD_UART_BAUD;
    UART_CONTROL = ON;
}

/* Off in the interrupt controller too: the emulator's UART holds its line up until the byte is taken, whatever it may announce. */
void uart_listen(bool on)
{
    UART_CONTROL = on ? ON | RECEIVED_INTERRUPT : ON;
    if (on) NVIC_ENABLE(UART_IRQ);
    else NVIC_DISABLE(UART_IRQ);
}

bool uart_has_lost(void)
{
    bool was_lost = has_lost;
    has_lost = false;
    return was_lost;
}

/* An overrun is cleared by reading the data, also one without a byte, or its interrupt would never end. */
int uart_take(void)
{
    uint32_t status = UART_STATUS;
    if (!(status & (RECEIVED | OVERRUN))) return -1;
    if (status & OVERRUN) has_lost = true;
    uint32_t byte = UART_DATA & 0xff;
    return status & RECEIVED ? (int)byte : -1;
}

bool uart_has_room(void) { return UART_STATUS & ROOM; }

void uart_send(uint8_t byte) { UART_DATA = byte; }
