/* Registers of the SmartFusion2's peripherals and of the Cortex-M3 that this board's drivers use. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* UART0, a 16550 with a stride of four bytes. */
#define UART_DATA REGISTER(0x40000000)             /* THR when written, RBR when read */
#define UART_INTERRUPT_ENABLE REGISTER(0x40000004) /* bit 0: received data */
#define UART_FIFO_CONTROL REGISTER(0x40000008)     /* 0x87: on, both cleared, interrupt at 8 bytes or after a pause */
#define UART_LINE_CONTROL REGISTER(0x4000000c)     /* 3: 8N1; bit 7: divisor latch */
#define UART_LINE_STATUS REGISTER(0x40000014)
#define UART_RECEIVED (1u << 0)
#define UART_OVERRUN (1u << 1)
#define UART_ROOM (1u << 5)
#define UART_IRQ 10

/* TIMER1: counts down. */
#define TIMER_VALUE REGISTER(0x40004000)
#define TIMER_LOAD REGISTER(0x40004004)
#define TIMER_CONTROL REGISTER(0x4000400c) /* bit 0 enable, bit 1 one-shot, bit 2 interrupt */
#define TIMER_RAW_STATUS REGISTER(0x40004010)
#define TIMER_IRQ 14

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

/* The core: NVIC and system control block (ARMv7-M reference manual, B3.2). */
#define NVIC_ENABLE0 REGISTER(0xe000e100)
#define SCB_AIRCR REGISTER(0xe000ed0c)
#define SCB_CCR REGISTER(0xe000ed14)
#define SCB_SHCSR REGISTER(0xe000ed24)
#define SCB_CFSR REGISTER(0xe000ed28)
#define SCB_HFSR REGISTER(0xe000ed2c)
#define SCB_BFAR REGISTER(0xe000ed38)
#define AIRCR_RESET 0x05fa0004u
#define SHCSR_FAULTS (7u << 16)
#define CCR_DIVIDE_BY_ZERO (1u << 4)

static inline uint32_t interrupts_off(void)
{
    uint32_t were;
    __asm__ volatile("mrs %0, primask\n cpsid i" : "=r"(were)::"memory");
    return were;
}

static inline void interrupts_restore(uint32_t were)
{
    __asm__ volatile("msr primask, %0" ::"r"(were) : "memory");
}

#endif
