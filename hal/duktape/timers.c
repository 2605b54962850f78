/*
 * Timers for apps: setTimeout, setInterval, clearTimeout, clearInterval. They lie in z.timers, an array of at most 16 small
 * objects in the engine's heap; all that is static is when the next one is due.
 *
 * They run in the idle loop between two events of the line, one callback at a time, so a typed line and the store's idle
 * work come in between. A callback is a run like a typed line: Ctrl-C stops it, and then every timer with it; one that throws is
 * printed, and every timer dropped too. While a packet is being received nothing runs, for its body is the stage of firmware/shapes;
 * after a second the packet is given up (its sender repeats it).
 *
 * z.watchdog: milliseconds that a callback may take; 0 or none: as long as it likes.
 *
 * A board with timers set does not sleep: its only clock interrupt is that of the counter's wrap.
 */
#include "timers.h"
#include "board-config.h"
#include "core.h"
#include "engine.h"
#include "hal.h"
#include "output.h"
#include <stdint.h>

enum { TIMER_TIMEOUT, TIMER_INTERVAL, TIMER_CLEAR };
#define TIMERS_MAX 16u
#define PACKET_PATIENCE_MILLIS 1000

/* When the next timer is due, milliseconds since start-up, never 0; 0: none is set. */
static uint32_t next_due;

uint32_t timers_now(void) { return (uint32_t)(clock_ticks() / (BOARD_CLOCK_TICKS_PER_MICRO * 1000u)); }

static uint32_t nonzero(uint32_t millis) { return millis ? millis : 1; }

void timers_open(void) { next_due = 0; }
bool timers_are_set(void) { return next_due != 0; }

/* Pushes z.timers, made if it is not there. */
static void push_timers(duk_context *ctx)
{
    duk_get_global_literal(ctx, "z");
    if (!duk_get_prop_literal(ctx, -1, "timers")) {
        duk_pop(ctx);
        duk_push_array(ctx);
        duk_dup(ctx, -1);
        duk_put_prop_literal(ctx, -3, "timers");
    }
    duk_remove(ctx, -2);
}

static uint32_t number_in(duk_context *ctx, const char *name)
{
    duk_get_prop_string(ctx, -1, name);
    uint32_t number = (uint32_t)duk_get_number_default(ctx, -1, 0);
    duk_pop(ctx);
    return number;
}

static void put_number(duk_context *ctx, const char *name, uint32_t number)
{
    duk_push_number(ctx, number);
    duk_put_prop_string(ctx, -2, name);
}

/* The index of the timer in the array on the stack's top that is due first; its length if there is none. */
static duk_uarridx_t find_first(duk_context *ctx)
{
    duk_uarridx_t count = (duk_uarridx_t)duk_get_length(ctx, -1), first = count;
    uint32_t earliest = 0;
    for (duk_uarridx_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, -1, i);
        uint32_t due = number_in(ctx, "due");
        duk_pop(ctx);
        if (first != count && (int32_t)(due - earliest) >= 0) continue;
        first = i;
        earliest = due;
    }
    next_due = first == count ? 0 : nonzero(earliest);
    return first;
}

/* Takes number `index` out of the array on the stack's top; the last one takes its place. */
static void drop(duk_context *ctx, duk_uarridx_t index)
{
    duk_uarridx_t last = (duk_uarridx_t)duk_get_length(ctx, -1) - 1;
    duk_get_prop_index(ctx, -1, last);
    duk_put_prop_index(ctx, -2, index);
    duk_set_length(ctx, -1, last);
}

/* (function, milliseconds): the timer's number, one more than the highest there is. */
static duk_ret_t set_timer(duk_context *ctx, bool repeats)
{
    double wanted = duk_get_number_default(ctx, 1, 0);
    uint32_t millis = wanted >= 1 ? wanted < 1e9 ? (uint32_t)wanted : 1000000000u : 1, id = 0;
    if (!duk_is_function(ctx, 0)) (void)duk_error(ctx, DUK_ERR_TYPE_ERROR, "a timer takes a function and milliseconds");
    push_timers(ctx);
    duk_uarridx_t count = (duk_uarridx_t)duk_get_length(ctx, -1);
    if (count >= TIMERS_MAX) (void)duk_error(ctx, DUK_ERR_RANGE_ERROR, "16 timers are set: clear one first");
    for (duk_uarridx_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, -1, i);
        if (number_in(ctx, "id") > id) id = number_in(ctx, "id");
        duk_pop(ctx);
    }
    duk_push_object(ctx);
    put_number(ctx, "id", id + 1);
    put_number(ctx, "due", timers_now() + millis);
    put_number(ctx, "every", repeats ? millis : 0);
    duk_dup(ctx, 0);
    duk_put_prop_literal(ctx, -2, "run");
    duk_put_prop_index(ctx, -2, count);
    find_first(ctx);
    duk_push_uint(ctx, id + 1);
    return 1;
}

static duk_ret_t clear_timer(duk_context *ctx)
{
    uint32_t id = duk_get_uint_default(ctx, 0, 0);
    push_timers(ctx);
    for (duk_uarridx_t i = 0; i < duk_get_length(ctx, -1); i++) {
        duk_get_prop_index(ctx, -1, i);
        bool is_it = number_in(ctx, "id") == id;
        duk_pop(ctx);
        if (is_it) drop(ctx, i--);
    }
    find_first(ctx);
    return 0;
}

duk_ret_t timer_method(duk_context *ctx)
{
    int which = duk_get_current_magic(ctx);
    return which == TIMER_CLEAR ? clear_timer(ctx) : set_timer(ctx, which == TIMER_INTERVAL);
}

/* Pushes the function of the timer that is due first; it is due again later, or gone. */
static void take_first(duk_context *ctx)
{
    push_timers(ctx);
    duk_uarridx_t first = find_first(ctx);
    duk_get_prop_index(ctx, -1, first);
    duk_get_prop_literal(ctx, -1, "run");
    duk_insert(ctx, -3);
    uint32_t every = number_in(ctx, "every");
    put_number(ctx, "due", timers_now() + every);
    duk_pop(ctx);
    if (every == 0) drop(ctx, first);
    find_first(ctx);
    duk_pop(ctx);
}

static duk_ret_t run_first(duk_context *ctx, void *unused)
{
    (void)unused;
    take_first(ctx);
    duk_get_global_literal(ctx, "z");
    duk_get_prop_literal(ctx, -1, "watchdog");
    engine_limit_time((uint32_t)duk_get_uint_default(ctx, -1, 0));
    duk_pop_2(ctx);
    engine_limit_app();
    duk_call(ctx, 0);
    return 0;
}

static duk_ret_t forget_all(duk_context *ctx, void *unused)
{
    (void)unused;
    duk_get_global_literal(ctx, "z");
    duk_del_prop_literal(ctx, -1, "timers");
    return 0;
}

void timers_stop(void)
{
    if (!next_due) return;
    next_due = 0;
    engine_run_native(forget_all);
    output_say("timers stopped\n");
}

bool timers_run(void)
{
    if (!next_due) return false;
    int32_t late = (int32_t)(timers_now() - next_due);
    if (late < 0 || (core_wireIsIdle() == 0 && late < PACKET_PATIENCE_MILLIS)) return false;
    if (engine_run_native(run_first) != ENGINE_DONE) timers_stop();
    return true;
}
