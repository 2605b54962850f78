/*
 * A board's seconds, as the second line behind Ctrl-C sees them (hal/duktape/watch.c): a run begins, perhaps limited, a Ctrl-C comes at
 * one time and is taken at another, and the clock's interrupt comes four times a second. Prints, a line for each argument
 * "limit,comes,taken,end" in milliseconds (0: never), when which panic ended it, or that there was none.
 */
#include "hal.h"
#include "watch.h"
#include <setjmp.h>
#include <stdio.h>

static uint32_t now, comes, taken;
static bool is_watched;
static jmp_buf after;

uint32_t timers_now(void) { return now; }
bool serial_interrupt_waits(void) { return comes && now >= comes && !(taken && now >= taken); }
void clock_watch(bool on) { is_watched = on; }

void fault_panic(const char *what)
{
    printf("%u %s\n", now, what);
    longjmp(after, 1);
}

int main(int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        uint32_t limit, end;
        if (sscanf(arguments[i], "%u,%u,%u,%u", &limit, &comes, &taken, &end) != 4) return 2;
        if (setjmp(after)) continue;
        now = 0;
        watch_begin();
        watch_limit(limit);
        for (; now < end; now += 250) program_tick();
        watch_end();
        if (is_watched) return 3;
        now += 100000;
        comes = 0;
        program_tick();
        printf("none\n");
    }
    return 0;
}
