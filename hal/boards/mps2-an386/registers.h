/* Registers of the MPS2's AN386 image (ARM application note AN386, CMSDK) that this board's drivers use. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "cortex-m.h"

/* UART0 of the CMSDK. */
#define UART_DATA REGISTER(0x40004000)
#define UART_STATE REGISTER(0x40004004)
#define UART_CONTROL REGISTER(0x40004008)
#define UART_INTERRUPT_CLEAR REGISTER(0x4000400c)
#define UART_DIVISOR REGISTER(0x40004010)
#define UART_SENDER_FULL (1u << 0)
#define UART_RECEIVER_FULL (1u << 1)
#define UART_OVERRUN (1u << 3)
#define UART_ON 3u
#define UART_RECEIVED_INTERRUPT (1u << 3)
#define UART_RECEIVED_CLEAR (1u << 1)
#define UART_IRQ 0

/* For cortex-m/start.c; SysTick is the clock. */
#define EXTERNAL_INTERRUPTS 32
#define BOARD_VECTORS [15] = clock_interrupt, [16 + UART_IRQ] = serial_interrupt,

#endif
