/*
 * The clock: TIMER0 counts the 16 MHz crystal up through 32 bits and is read by capturing it into compare register 1. A
 * reading that is smaller than the one before is a wrap; compare register 0 interrupts once a wrap (268 s) and reads, so
 * that none is missed while the board sleeps. See hal/clock.ts.
 */
#include "board.h"
#include "hal.h"
#include "registers.h"

/* Polls for the crystal, which takes under a millisecond; without it the internal oscillator goes on. */
#define POLLS_MAX 10000u

static uint32_t last, wraps;

void clock_open(void)
{
    CRYSTAL_STARTED = 0;
    CRYSTAL_START = 1;
    for (uint32_t polls = 0; polls < POLLS_MAX && !CRYSTAL_STARTED; polls++) {}
    TIMER_BITS = TIMER_32_BITS;
    TIMER_PRESCALER = 0;
    TIMER_COMPARE0 = 1u << 31;
    TIMER_START = 1;
}

void clock_enable_wrap(void) { TIMER_INTERRUPT_ON = TIMER_COMPARE0_INTERRUPT; }

/* No script runs on this board. */
void clock_watch(bool on) { (void)on; }

void clock_interrupt(void)
{
    TIMER_COMPARED = 0;
    clock_ticks();
}

uint64_t clock_ticks(void)
{
    uint32_t were = interrupts_off();
    TIMER_CAPTURE = 1;
    uint32_t low = TIMER_COMPARE1;
    if (low < last) wraps++;
    last = low;
    uint64_t ticks = (uint64_t)wraps << 32 | low;
    interrupts_restore(were);
    return ticks;
}
