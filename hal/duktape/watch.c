/*
 * The second line behind Ctrl-C and z.watchdog. The engine looks for both between a script's operations and in the loops of its
 * built-in functions, so what runs ends within milliseconds, and a call of the store when it is done. If it does not all the same,
 * only a reset helps: the clock's interrupt sees that a Ctrl-C has waited for half a minute, or that a run is that much older than
 * z.watchdog allowed. The board then says so and resets as after a fault, which leaves the app out.
 *
 * Half a minute, because the longest call of the store is a sync that has to erase many sectors, and a reset drops what is volatile.
 * The interrupt comes some times a second, and on most boards only while something runs. The alternative not taken, the chip's own
 * watchdog: each chip has another, most cannot be switched off, and none says why.
 */
#include "watch.h"
#include "hal.h"
#include "timers.h"
#include <stdbool.h>

#define PATIENCE_MILLIS 30000u
/* A longer limit is no limit here: half of what a difference of two times can tell. */
#define LIMIT_MOST_MILLIS 1000000000u

/* When a run that z.watchdog limits must have ended, and since when a Ctrl-C has waited: milliseconds of timers_now(). */
static volatile uint32_t latest, asked;
static volatile bool is_limited, is_asked;

void watch_limit(uint32_t millis)
{
    is_limited = false;
    latest = timers_now() + millis + PATIENCE_MILLIS;
    is_limited = millis && millis <= LIMIT_MOST_MILLIS;
}

void watch_begin(void)
{
    is_asked = false;
    clock_watch(true);
}

void watch_end(void)
{
    clock_watch(false);
    is_limited = false;
}

void program_tick(void)
{
    uint32_t now = timers_now();
    if (is_limited && (int32_t)(now - latest) > 0) fault_panic("a function took longer than z.watchdog allows, and could not be stopped");
    if (!is_asked) asked = now;
    is_asked = serial_interrupt_waits();
    if (is_asked && now - asked > PATIENCE_MILLIS) fault_panic("what runs could not be stopped by Ctrl-C");
}
