/* Registers of the STM32F405 (reference manual RM0090) that these drivers use. Which UART and which pins a board has is
 * data of its board.json: ports count from A = 0, `apb` is the bus and `enableBit` the UART's bit in its clock register. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "board-config.h"
#include "cortex-m.h"

/* Clocks: RCC at 0x40023800, flash interface, power control. */
#define RCC_CONTROL REGISTER(0x40023800)
#define RCC_PLL REGISTER(0x40023804)
#define RCC_CONFIGURATION REGISTER(0x40023808)
#define RCC_AHB1_ENABLE REGISTER(0x40023830)
#define RCC_APB1_ENABLE REGISTER(0x40023840)
#define RCC_APB2_ENABLE REGISTER(0x40023844)
#define FLASH_ACCESS REGISTER(0x40023c00)
#define RCC_CRYSTAL_ON (1u << 16)
#define RCC_CRYSTAL_READY (1u << 17)
#define RCC_PLL_ON (1u << 24)
#define RCC_PLL_READY (1u << 25)
#define PLL_FROM_CRYSTAL (1u << 22)
#define SWITCH_STATE_PLL (2u << 2)
#define SWITCH_STATE_MASK (3u << 2)
#define APB1_TIM2 (1u << 0)
#define APB2_SPI1 (1u << 12)

/* Pins: a port each kilobyte from 0x40020000 on. */
#define GPIO(port, at) REGISTER(0x40020000u + (port) * 0x400u + (at))
#define GPIO_MODE 0x00u
#define GPIO_SPEED 0x08u
#define GPIO_PULL 0x0cu
#define GPIO_SET 0x18u
#define GPIO_ALTERNATE 0x20u

/* UART. */
#define UART_STATUS REGISTER(BOARD_UART_BASE + 0x00)
#define UART_DATA REGISTER(BOARD_UART_BASE + 0x04)
#define UART_DIVISOR REGISTER(BOARD_UART_BASE + 0x08)
#define UART_CONTROL REGISTER(BOARD_UART_BASE + 0x0c)
#define UART_IRQ BOARD_UART_IRQ

/* TIM2 counts up through 32 bits. */
#define TIM2_CONTROL REGISTER(0x40000000)
#define TIM2_COUNT REGISTER(0x40000024)

/* SPI1. */
#define SPI_CONTROL REGISTER(0x40013000)
#define SPI_STATUS REGISTER(0x40013008)
#define SPI_DATA (*(volatile uint8_t *)0x4001300c)
#define SPI_RECEIVED (1u << 0)
#define SPI_ROOM (1u << 1)
#define SPI_BUSY (1u << 7)

#define SCB_VTOR REGISTER(0xe000ed08)

/* Frequencies once the PLL runs, and what the chip starts with. */
#define INTERNAL_HERTZ 16000000u
#define APB1_HERTZ 42000000u
#define APB2_HERTZ 84000000u

/* Does the chip run from its PLL? */
static inline int is_fast(void) { return (RCC_CONFIGURATION & SWITCH_STATE_MASK) == SWITCH_STATE_PLL; }

/* Gives a pin to a peripheral; its port's clock must be on. */
static inline void pin_alternate(uint32_t port, uint32_t pin, uint32_t function)
{
    uint32_t at = GPIO_ALTERNATE + pin / 8 * 4, shift = pin % 8 * 4;
    GPIO(port, at) = (GPIO(port, at) & ~(15u << shift)) | function << shift;
    GPIO(port, GPIO_SPEED) |= 2u << 2 * pin;
    GPIO(port, GPIO_MODE) = (GPIO(port, GPIO_MODE) & ~(3u << 2 * pin)) | 2u << 2 * pin;
}

/* For cortex-m/start.c. SysTick only looks after the clock, see clock.c. */
#define EXTERNAL_INTERRUPTS 82
#define BOARD_VECTORS [15] = clock_interrupt, [16 + UART_IRQ] = serial_interrupt,

#endif
