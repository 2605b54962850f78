/* setTimeout and its kin. See timers.c. */
#ifndef TIMERS_H
#define TIMERS_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since start-up. */
uint32_t timers_now(void);

/* Forgets every timer. */
void timers_open(void);

/* Is a timer set? Then the idle loop must come back to timers_run() instead of sleeping. */
bool timers_are_set(void);

/* Runs the one that is due longest, if one is due. True if it ran. */
bool timers_run(void);

/* Drops every timer because a person asked for it, and says so. */
void timers_stop(void);

#endif
