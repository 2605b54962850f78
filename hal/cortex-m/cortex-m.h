/* The Cortex-M processor itself: NVIC, SysTick and system control block (ARMv7-M reference manual B3.2, ARMv6-M B3.2). */
#ifndef CORTEX_M_H
#define CORTEX_M_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define NVIC_ENABLE(irq) (REGISTER(0xe000e100 + (irq) / 32u * 4u) = 1u << (irq) % 32u)
#define NVIC_DISABLE(irq) (REGISTER(0xe000e180 + (irq) / 32u * 4u) = 1u << (irq) % 32u)
/* Has an interrupt served as if its device had asked. */
#define NVIC_PEND(irq) (REGISTER(0xe000e200 + (irq) / 32u * 4u) = 1u << (irq) % 32u)

#define SYSTICK_CONTROL REGISTER(0xe000e010) /* bit 0 enable, bit 1 interrupt, bit 2 processor clock */
#define SYSTICK_RELOAD REGISTER(0xe000e014)
#define SYSTICK_VALUE REGISTER(0xe000e018)
#define SYSTICK_MOST 0xffffffu

#define SCB_ICSR REGISTER(0xe000ed04)
#define SCB_AIRCR REGISTER(0xe000ed0c)
#define SCB_CCR REGISTER(0xe000ed14)
#define SCB_SHCSR REGISTER(0xe000ed24)
#define SCB_CFSR REGISTER(0xe000ed28)
#define SCB_HFSR REGISTER(0xe000ed2c)
#define SCB_BFAR REGISTER(0xe000ed38)
#define ICSR_SYSTICK_PENDING (1u << 26)
#define AIRCR_RESET 0x05fa0004u
#define SHCSR_FAULTS (7u << 16)
#define CCR_DIVIDE_BY_ZERO (1u << 4)

/* ARMv6-M (Cortex-M0) has one fault for everything and no registers that say why. */
#define HAS_FAULT_STATUS (__ARM_ARCH >= 7)

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
