/*
 * The clock: TIMER1 counts down from all ones without end, an interrupt at each wrap counts the upper 32 bits. A wrap
 * comes every 43 seconds at 100 MHz. A reader that catches the timer after the wrap but before the interrupt sees the
 * pending bit and adds the carry itself. See hal/clock.ts.
 */
#include "board.h"
#include "hal.h"
#include "registers.h"

static volatile uint32_t wraps;

void clock_open(void)
{
    TIMER_LOAD = 0xffffffffu;
    TIMER_CONTROL = 1;
}

void clock_enable_wrap(void) { TIMER_CONTROL = 1 | 1 << 2; }

/* SysTick is free for it: six times a second at 100 MHz, and only while it is on, so that the board sleeps undisturbed. */
void clock_watch(bool on)
{
    SYSTICK_RELOAD = SYSTICK_MOST;
    SYSTICK_CONTROL = on ? 1 | 1 << 1 | 1 << 2 : 0;
}

void clock_interrupt(void)
{
    TIMER_RAW_STATUS = 1;
    wraps++;
}

uint64_t clock_ticks(void)
{
    uint32_t were = interrupts_off();
    uint32_t low = ~TIMER_VALUE;
    uint32_t high = wraps;
    if (TIMER_RAW_STATUS & 1) {
        low = ~TIMER_VALUE;
        high++;
    }
    interrupts_restore(were);
    return (uint64_t)high << 32 | low;
}
