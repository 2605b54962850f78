/* Registers of the SmartFusion2's peripherals that this board's drivers use. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "cortex-m.h"

/* UART0, for devices/uart-16550.c. */
#define UART_BASE 0x40000000u
#define UART_IRQ 10

/* TIMER1: counts down. */
#define TIMER_VALUE REGISTER(0x40004000)
#define TIMER_LOAD REGISTER(0x40004004)
#define TIMER_CONTROL REGISTER(0x4000400c) /* bit 0 enable, bit 1 one-shot, bit 2 interrupt */
#define TIMER_RAW_STATUS REGISTER(0x40004010)
#define CLOCK_IRQ 14

/* SPI0. */
#define SPI_CONTROL REGISTER(0x40001000)
#define SPI_FRAME_BITS REGISTER(0x40001004)
#define SPI_STATUS REGISTER(0x40001008)
#define SPI_RECEIVE REGISTER(0x40001010)
#define SPI_TRANSMIT REGISTER(0x40001014)
#define SPI_ENABLE (1u << 0)
#define SPI_MASTER (1u << 1)
#define SPI_HOLD_SELECT (1u << 26)
#define SPI_BIG_FIFO (1u << 29)
#define SPI_RESET (1u << 31)
#define SPI_RECEIVE_EMPTY (1u << 6)
#define SPI_FRAMES_MAX 65535u

/* For cortex-m/start.c. */
#define EXTERNAL_INTERRUPTS 16
#define BOARD_VECTORS [15] = program_tick, [16 + UART_IRQ] = serial_interrupt, [16 + CLOCK_IRQ] = clock_interrupt,

#endif
