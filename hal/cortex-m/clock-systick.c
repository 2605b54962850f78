/*
 * The clock of boards without a better timer: SysTick counts the processor's clock down through 24 bits, an interrupt at
 * each wrap counts the rest. A reader that catches the counter after the wrap but before the interrupt sees the pending
 * bit and adds the carry itself. A wrap comes every 84 ms at 200 MHz, and would be lost if interrupts stayed off for
 * longer. See hal/clock.ts.
 */
#include "board.h"
#include "cortex-m.h"
#include "hal.h"

#define WRAP_TICKS (SYSTICK_MOST + 1ull)

static volatile uint32_t wraps;

void clock_open(void)
{
    chip_open();
    SYSTICK_RELOAD = SYSTICK_MOST;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 1 | 1 << 2;
}

void clock_enable_wrap(void) { SYSTICK_CONTROL = 1 | 1 << 1 | 1 << 2; }

void clock_interrupt(void)
{
    wraps++;
    program_tick();
}

void clock_watch(bool on) { (void)on; }

uint64_t clock_ticks(void)
{
    uint32_t were = interrupts_off();
    uint32_t low = SYSTICK_MOST - SYSTICK_VALUE;
    uint32_t high = wraps;
    if (SCB_ICSR & ICSR_SYSTICK_PENDING) {
        low = SYSTICK_MOST - SYSTICK_VALUE;
        high++;
    }
    interrupts_restore(were);
    return high * WRAP_TICKS + low;
}
