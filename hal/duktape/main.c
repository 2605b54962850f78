/*
 * The image's program: brings the board up, starts the engine, runs the runtime from flash, and then serves what comes
 * in on the serial line until somebody asks for a fresh start.
 *
 *     byte -> wirePush -> text: lineKey -> a whole line: run it, prompt
 *                      -> a whole packet: answer it
 *             then the store's idle work until nothing is left; a timer that is due (timers.c), or else sleep
 *
 * Idle work follows each event to its end, never the clock, so the same events lead to the same state.
 *
 * After the boot the app that is kept in flash is run, if there is one: "boot-app" finds it and says so, after a fault it refuses;
 * then a Ctrl-C that has come since the start, or comes within a moment, leaves it out. So there is always a way to the prompt.
 *
 * What comes while all this goes on waits in the receive ring, Ctrl-C too, which stops nothing before (engine_listen()): keys are
 * taken at the prompt, as if they had been struck there.
 *
 * A soft reset (Ctrl-D on an empty line) runs the same path again from the engine on: engine heap and arena are built
 * anew, the hardware is left alone.
 */
#include "api.h"
#include "binding.h"
#include "board-config.h"
#include "core.h"
#include "engine.h"
#include "hal.h"
#include "output.h"
#include "server.h"
#include "sources.h"
#include "timers.h"
#include "wire.h"

/* How long a boot waits for a Ctrl-C before it runs the app. */
#define APP_WAIT_MICROS 300000u

/* Steps of idle work a call. */
#define IDLE_STEPS 4

/* States of the write budget from which on nothing is written (Budget of firmware/core/swap/budget.ts). */
#define BUDGET_EXHAUSTED 2

static bool is_resetting;
/* Was the write budget used up after the last event? */
static bool was_exhausted;

static void prompt(void) { output_say("> "); }

static void take_text(uint32_t byte)
{
    uint32_t event = core_lineKey(byte);
    if (event == LINE_DONE) server_run_typed();
    if (event == LINE_REFUSED) server_refuse_typed();
    if (event == LINE_DONE || event == LINE_REFUSED) prompt();
    if (event == LINE_CLEARED) {
        if (!server_end_load(false)) timers_stop();
        prompt();
    }
    if (event == LINE_RESET) {
        is_resetting = !server_end_load(true);
        if (!is_resetting) prompt();
    }
}

/* The store's own work, to its end; then an app is told if the write budget is used up now and was not before. */
static void work_idle(void)
{
    while ((int32_t)core_coreTick(IDLE_STEPS) > 0) {}
    bool is_exhausted = (int32_t)core_coreBudget() >= BUDGET_EXHAUSTED;
    if (is_exhausted && !was_exhausted) engine_run_native(api_tell_budget);
    was_exhausted = is_exhausted;
}

static void take_byte(uint32_t byte)
{
    switch (wire_take(byte)) {
    case EVENT_TEXT: take_text(byte); break;
    case EVENT_PACKET: server_answer(); break;
    case EVENT_DAMAGED: core_wireComplain(); break;
    default: return;
    }
    work_idle();
}

static void serve(void)
{
    is_resetting = false;
    while (!is_resetting && !server_starts_safe) {
        int byte = serial_get();
        int32_t lost = serial_gap();
        if (lost >= 0 && server_lose((uint32_t)lost)) prompt();
        if (byte >= 0) take_byte((uint32_t)byte);
        else if (timers_run()) work_idle();
        else if (!timers_are_set()) board_wait();
    }
    output_say("soft reset\n");
}

/* Runs the app that boot-app has found, unless a Ctrl-C is there, or comes in the moment that is left for it. */
static void run_kept_app(void)
{
    uint64_t start = clock_ticks();
    if (!engine_has_app()) return;
    while (clock_ticks() - start < (uint64_t)APP_WAIT_MICROS * BOARD_CLOCK_TICKS_PER_MICRO) {
        if (!serial_interrupted()) continue;
        serial_skip_interrupt();
        output_say("Interrupted: the app is left out, .app run runs it\n");
        return;
    }
    engine_run_app("", true);
}

/* The rest of the boot: everything that a soft reset does again. `start`: when this began, in ticks. */
static void start_runtime(uint32_t start)
{
    bool is_safe = server_starts_safe;
    was_exhausted = false;
    engine_open();
    server_open();
    timers_open();
    uint32_t engine_is_open = (uint32_t)clock_ticks();
    boot_ticks[BOOT_ENGINE] = engine_is_open - start;
    boot_ticks[BOOT_STORE] = 0;
    engine_listen(false);
    engine_run_boot();
    wire_open();
    boot_ticks[BOOT_RUNTIME] = (uint32_t)clock_ticks() - engine_is_open - boot_ticks[BOOT_STORE];
    engine_run_cold("boot-banner", "", 0);
    bool runs_app = engine_run_cold("boot-app", is_safe ? "safe" : "", is_safe ? 4 : 0) == ENGINE_DONE;
    engine_listen(true);
    if (runs_app) run_kept_app();
    work_idle();
    prompt();
}

int main(void)
{
    board_open();
    serial_release();
    boot_ticks[BOOT_START_UP] = (uint32_t)clock_ticks();
    uint32_t start = boot_ticks[BOOT_START_UP];
    for (;;) {
        start_runtime(start);
        serve();
        start = (uint32_t)clock_ticks();
    }
}
