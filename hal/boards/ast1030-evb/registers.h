/* Registers of the AST1030 that this board's drivers use. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "cortex-m.h"

/* UART5, for devices/uart-16550.c. */
#define UART_BASE 0x7e784000u
#define UART_IRQ 8

/* SPI1: the controller, and the window through which chip select 0 is spoken to byte by byte. */
#define SPI_CONFIGURATION REGISTER(0x7e630000)
#define SPI_CONTROL0 REGISTER(0x7e630010)
#define SPI_WINDOW (*(volatile uint8_t *)0x90000000)
#define SPI_WRITE_ENABLE0 (1u << 16)
#define SPI_USER_MODE 3u
#define SPI_DESELECT 4u

/* The memory protection unit (ARMv7-M reference manual B3.5). */
#define MPU_CONTROL REGISTER(0xe000ed94)
#define MPU_BASE REGISTER(0xe000ed9c)
#define MPU_ATTRIBUTES REGISTER(0xe000eda0)

/* For cortex-m/start.c; SysTick is the clock. */
#define EXTERNAL_INTERRUPTS 16
#define BOARD_VECTORS [15] = clock_interrupt, [16 + UART_IRQ] = serial_interrupt,

#endif
