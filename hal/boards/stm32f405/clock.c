/*
 * The clocks, and the clock. The chip starts on its internal 16 MHz; the crystal and the PLL bring it to 168 MHz. Every
 * wait is bounded: an emulator never reports them ready, and a board whose crystal is broken still comes up, only slower
 * (uart.c asks which it is).
 *
 * TIM2 counts up through 32 bits without interrupts. Each reading that is smaller than the one before is a wrap; SysTick
 * comes ten times a second and reads, so that none is missed while the board sleeps (a wrap takes 51 s on silicon, 4.3 s
 * in the emulator). See hal/clock.ts.
 */
#include "board-config.h"
#include "board.h"
#include "hal.h"
#include "registers.h"

/* Polls for the crystal and for the PLL, some eight cycles each at 16 MHz: 10 ms. They take 2 ms and 300 us. */
#define POLLS_MAX 20000u
/* 336 MHz in the PLL, divided by 2 for the core and by 7 for USB. */
#define PLL_FACTORS (BOARD_CRYSTAL_MEGAHERTZ | 336u << 6 | 7u << 24 | PLL_FROM_CRYSTAL)
/* APB1 at a quarter, APB2 at half the core's clock. */
#define BUS_DIVISORS (5u << 10 | 4u << 13)
/* Five wait states, prefetch and both caches. */
#define ACCESS_168_MHZ (5u | 7u << 8)

static uint32_t last, wraps;

static int becomes_ready(uint32_t bit)
{
    for (uint32_t polls = 0; polls < POLLS_MAX; polls++) {
        if (RCC_CONTROL & bit) return 1;
    }
    return 0;
}

static void speed_up(void)
{
    RCC_CONTROL |= RCC_CRYSTAL_ON;
    if (!becomes_ready(RCC_CRYSTAL_READY)) return;
    RCC_PLL = PLL_FACTORS;
    RCC_CONTROL |= RCC_PLL_ON;
    if (!becomes_ready(RCC_PLL_READY)) return;
    FLASH_ACCESS = ACCESS_168_MHZ;
    RCC_CONFIGURATION = BUS_DIVISORS | 2u;
    for (uint32_t polls = 0; polls < POLLS_MAX && !is_fast(); polls++) {}
}

/* The chip's own loader may have been here before: the vectors are named, not inherited. */
void clock_open(void)
{
    SCB_VTOR = BOARD_MEMORY_CODE_ORIGIN;
    if (!is_fast()) speed_up();
    RCC_APB1_ENABLE |= APB1_TIM2;
    TIM2_CONTROL = 1;
}

void clock_enable_wrap(void)
{
    SYSTICK_RELOAD = SYSTICK_MOST;
    SYSTICK_CONTROL = 1 | 1 << 1 | 1 << 2;
}

void clock_interrupt(void)
{
    clock_ticks();
    program_tick();
}

void clock_watch(bool on) { (void)on; }

uint64_t clock_ticks(void)
{
    uint32_t were = interrupts_off();
    uint32_t low = TIM2_COUNT;
    if (low < last) wraps++;
    last = low;
    uint64_t ticks = (uint64_t)wraps << 32 | low;
    interrupts_restore(were);
    return ticks;
}
