/* A run that cannot be stopped. See watch.c. */
#ifndef WATCH_H
#define WATCH_H

#include <stdint.h>

/* A run begins, and has ended. */
void watch_begin(void);
void watch_end(void);

/* The run may take so many milliseconds from now on, and is being stopped then; 0: no limit. */
void watch_limit(uint32_t millis);

#endif
