/* The JavaScript engine of the image: its life, running text, stopping scripts. See engine.c. */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include "duktape.h"
#include "heap.h"
#include "sources.h"

/* How a run ended. */
enum engine_result {
    ENGINE_DONE = 0,
    /* It threw; the message has been printed. */
    ENGINE_THREW = 1,
    /* Ctrl-C stopped it, or z.watchdog did; it has been said. */
    ENGINE_INTERRUPTED = 2,
};

/* Empties the engine's heap and starts an engine in it with the globals `native`, `print` and `coldRun`. */
void engine_open(void);

/* The engine; never NULL after engine_open(). */
duk_context *engine(void);

/* Opens the store (flash source "boot-open") and runs the runtime's start ("boot"). One that throws is a panic. */
void engine_run_boot(void);

/* Compiles and runs program text that stays where it is, prints its value unless undefined, prints what it throws. */
enum engine_result engine_evaluate(const char *source, uint32_t length);

/* Runs the flash source `name` with `argument`; the same about printing. The name must exist. */
enum engine_result engine_run_cold(const char *name, const char *argument, uint32_t length);

/* Runs a flash source from inside a script: pushes what its run(argument at `argument_index`) returns. May throw. */
void engine_push_cold(duk_context *ctx, const char *name, duk_idx_t argument_index);

/* An app's text, as the flash source "app-text" gives it for `which`: "" the app that is kept, "?" the one being loaded. Compiles it, which
 * shows its syntax errors, and runs it if `runs`; nothing is done when there is none. */
enum engine_result engine_run_app(const char *which, bool runs);

/* A run that takes longer than so many milliseconds from now on is stopped, until it has ended. 0: no limit. */
void engine_limit_time(uint32_t millis);

/* The flash source of this name, or NULL. */
const struct cold_source *engine_find_cold(const char *name, uint32_t length);

/* Runs C that calls script, as a line is run: Ctrl-C stops it, what it throws is printed. engine_limit_app(), called before
 * the script, keeps the console's reserve of the heap out of its reach. */
enum engine_result engine_run_native(duk_safe_call_function run);
void engine_limit_app(void);

/* Is an app kept (z.app)? */
bool engine_has_app(void);

/* False: a Ctrl-C stops nothing and stays among the received bytes, until this is true again. */
void engine_listen(bool listens);

/* Calls z.METHOD(arguments) with the `arguments` values on the stack's top, replacing them by the result or the error
 * thrown. DUK_EXEC_SUCCESS or another code. Prints nothing. */
duk_int_t engine_call_store(const char *method, duk_idx_t arguments);

/* Collects garbage. */
void engine_collect(void);

/* The heap's figures; while a command runs, as they were before it: what the app has, not what the question costs. */
struct heap_figures engine_heap_figures(void);

/* Prints a value as the console shows it, and a line feed; nothing for undefined. May throw. */
void engine_print_value(duk_context *ctx, duk_idx_t index);

#endif
