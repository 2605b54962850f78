/*
 * The engine's life on this image.
 *
 * Running text. A console line is compiled straight from where it lies (the line editor's or the packet's bytes), a
 * command from flash: neither is ever copied into the heap. A cold source assigns its run function to the global
 * `coldRun`; it is fetched from there, called, and garbage a moment later.
 *
 * Apps. Their text comes from flash too, but from the chip: "app-text" reads it into a buffer, which lives until it is compiled.
 *
 * Stopping a script. The engine asks engine_timeout_check() every so many operations, and so do the loops in its built-in functions
 * (tools/build/engine-changes.ts). Once a Ctrl-C has been seen the answer stays yes until the run has ended, so a script that catches
 * the engine's error is stopped again at its next step; only then is the keypress taken out of the received bytes, along with whatever
 * was typed before it. A run that does not stop all the same ends in a reset (watch.c).
 *
 * Running out. The heap is a fixed region: an allocation that fails is an error in the script, and the board goes on. A
 * running script may take all but a reserve, which is for the console: without it no line could be compiled any more. Garbage is collected before each line, so that a compilation finds whole pieces of heap. The C stack is asked about
 * at each recursion of the engine (calls, compiler, JSON), and again before a number with a fraction is read or written,
 * because its big integers lie on the stack: too little left is a RangeError as well.
 */
#include "engine.h"
#include "api.h"
#include "binding.h"
#include "board-config.h"
#include "core.h"
#include "hal.h"
#include "heap.h"
#include "lines.h"
#include "output.h"
#include "server.h"
#include "watch.h"
#include <string.h>

/* Bytes of C stack below which the engine may not recurse: a level of it (a native function, a call, the executor: 450) and what its
 * leaves need: a read that faults a page in from flash and then throws takes 1 430, the collector with its 8 levels 550. */
#define STACK_RESERVE_BYTES 2112u
/* The same for a level of the compiler: at most 230 bytes to the next look, and its deepest leaf: an error's text is made and the
 * heap collected for it, 900. */
#define COMPILER_STACK_RESERVE_BYTES 1280u
/* The same for converting a number: 1 440 for the function itself, 600 for what it calls. */
#define NUMBER_STACK_RESERVE_BYTES 2048u
/* Bytes of the heap that an app cannot take: what compiling a console line needs, so that there is a way back from a heap
 * full of globals, and what a small command needs. Flash sources that an app calls for may use them too. */
#define CONSOLE_RESERVE_BYTES 4096u
/* Bytes of the stage (firmware/shapes/stage.ts). */
#define STAGE_BYTES 1024u
/* Slots of the value stack that commands and the runtime use; claimed first, so that it does not move into the middle of
 * the heap later. */
#define VALUE_STACK_SLOTS 112
#define TICKS_PER_MILLI (BOARD_CLOCK_TICKS_PER_MICRO * 1000u)
/* Digits of the longest whole number that fits 30 bits whatever they are. */
#define SHORT_DIGITS 9

static duk_context *context;
/* Why the run is being stopped. */
static enum { GOES_ON, STOPPED_BY_KEY, STOPPED_BY_TIME } __attribute__((packed)) is_stopping;
/* A Ctrl-C stops nothing: the runtime starts, and without it there is no prompt. */
static bool is_deaf;
/* When the run has taken too long, in clock ticks; 0: never. */
static uint64_t deadline;
/* While a command runs: the heap as it was before the command was compiled into it. */
static struct heap_figures before_command;
static bool is_command;

static void *allocate(void *unused, duk_size_t bytes) { (void)unused; return heap_allocate(bytes); }
static void *resize(void *unused, void *block, duk_size_t bytes) { (void)unused; return heap_resize(block, bytes); }
static void release(void *unused, void *block) { (void)unused; heap_release(block); }

static void fatal(void *unused, const char *message)
{
    (void)unused;
    fault_panic(message ? message : "the engine gave up");
}

void engine_open(void)
{
    heap_open();
    output_open();
    is_stopping = GOES_ON;
    is_command = false;
    context = duk_create_heap(allocate, resize, release, NULL, fatal);
    if (!context) fault_panic("the engine does not fit into its heap");
    duk_require_stack(context, VALUE_STACK_SLOTS);
    api_open_names(context);
    binding_open(context);
}

duk_context *engine(void) { return context; }

int engine_timeout_check(void *unused)
{
    (void)unused;
    server_beat();
    if (deadline && clock_ticks() > deadline) is_stopping = STOPPED_BY_TIME;
    if (!is_deaf && serial_interrupted()) is_stopping = STOPPED_BY_KEY;
    return is_stopping;
}

void engine_listen(bool listens) { is_deaf = !listens; }

void engine_limit_time(uint32_t millis)
{
    deadline = millis ? clock_ticks() + (uint64_t)millis * TICKS_PER_MILLI : 0;
    watch_limit(millis);
}

int engine_stack_is_low(void) { return board_stack_free() < STACK_RESERVE_BYTES; }

int engine_stack_is_low_for_compiler(void) { return board_stack_free() < COMPILER_STACK_RESERVE_BYTES; }

int engine_stack_is_low_for_numbers(void) { return board_stack_free() < NUMBER_STACK_RESERVE_BYTES; }

int engine_short_integer(const char *text)
{
    int value = 0, digits = 0;
    if (!text || (text[0] == '0' && text[1])) return -1;
    for (; text[digits] >= '0' && text[digits] <= '9'; digits++) {
        if (digits == SHORT_DIGITS) return -1;
        value = value * 10 + (text[digits] - '0');
    }
    return digits && !text[digits] ? value : -1;
}

double engine_left_out(const char *name)
{
    (void)duk_error(context, DUK_ERR_ERROR, "Math.%s is left out of this board's image", name);
    __builtin_unreachable();
}

void engine_collect(void) { duk_gc(context, 0); }

struct heap_figures engine_heap_figures(void) { return is_command ? before_command : heap_figures(); }

/* ---- what a run ended with ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Is it the engine's way of saying that an allocation failed, or that it had no room left to say so? */
static bool tells_of_memory(const char *message)
{
    static const char double_error[] = "DoubleError";
    return ends_with(message, "alloc failed") || strncmp(message, double_error, sizeof double_error - 1) == 0
        || strcmp(message, "Error") == 0 || strcmp(message, "error") == 0;
}

/* Does the message begin with an error's name, as in "TypeError: ..."? */
static bool names_error(const char *message)
{
    static const char error[] = "Error";
    while (*message && strncmp(message, error, sizeof error - 1) != 0) message++;
    return *message != 0;
}

/* Prints the error on top of the stack, without a line feed; nothing if its text had to be stopped. The engine's own words for an
 * exhausted heap are replaced by ours. */
static void print_error(void)
{
    duk_size_t length = 0;
    const char *message = duk_safe_to_lstring(context, -1, &length);
    if (is_stopping) return;
    if (tells_of_memory(message)) {
        output_say("Error: out of memory: the engine's heap of ");
        output_number(BOARD_RAM_ENGINE_HEAP_BYTES);
        output_say(" bytes is full: let go of what globals hold, or type .reset safe to start it anew without the app.");
        return;
    }
    if (!names_error(message)) output_say("Error: ");
    output_text(message, length);
}

static duk_ret_t find_line(duk_context *ctx, void *unused);

/* Ends a run: `code` and the stack's top are what a protected call left. */
static enum engine_result finish(duk_int_t code)
{
    heap_limit(BOARD_RAM_ENGINE_HEAP_BYTES);
    enum engine_result result = code == DUK_EXEC_SUCCESS ? ENGINE_DONE : ENGINE_THREW;
    /* The error's own text may run script, which can be stopped as what threw it. */
    if (result == ENGINE_THREW && !is_stopping) print_error();
    engine_limit_time(0);
    if (is_stopping) {
        if (is_stopping == STOPPED_BY_KEY) serial_skip_interrupt();
        output_say(is_stopping == STOPPED_BY_KEY ? "Interrupted" : "Error: stopped, it took longer than z.watchdog allows");
        result = ENGINE_INTERRUPTED;
    }
    duk_set_top(context, 0);
    if (result != ENGINE_DONE) {
        is_stopping = GOES_ON;
        if (!is_command) {
            engine_collect();
            (void)duk_safe_call(context, find_line, NULL, 0, 1);
            (void)lines_found();
            duk_set_top(context, 0);
        }
        if (is_stopping) serial_skip_interrupt();
        is_stopping = GOES_ON;
        output_say("\n");
    }
    is_command = false;
    api_end_telling();
    watch_end();
    return result;
}

static enum engine_result run(duk_safe_call_function function, void *data)
{
    watch_begin();
    return finish(duk_safe_call(context, function, data, 0, 1));
}

/* ---- running text ---- */

struct text {
    const char *start;
    uint32_t length;
};

void engine_limit_app(void) { heap_limit(BOARD_RAM_ENGINE_HEAP_BYTES - CONSOLE_RESERVE_BYTES); }

enum engine_result engine_run_native(duk_safe_call_function function) { return run(function, NULL); }

static duk_ret_t evaluate_text(duk_context *ctx, void *data)
{
    const struct text *source = data;
    duk_compile_lstring(ctx, DUK_COMPILE_EVAL, source->start, source->length);
    engine_limit_app();
    duk_call(ctx, 0);
    heap_limit(BOARD_RAM_ENGINE_HEAP_BYTES);
    engine_print_value(ctx, -1);
    return 0;
}

enum engine_result engine_evaluate(const char *source, uint32_t length)
{
    struct text text = {source, length};
    engine_collect();
    return run(evaluate_text, &text);
}

const struct cold_source *engine_find_cold(const char *name, uint32_t length)
{
    for (const struct cold_source *source = cold_sources; source->name; source++) {
        if (strlen(source->name) == length && memcmp(source->name, name, length) == 0) return source;
    }
    return NULL;
}

/* Unpacks a source to `to`; the copies' format is told in tools/build/pack-text.ts. */
static void unpack(const struct cold_source *source, char *to)
{
    const uint8_t *from = (const uint8_t *)source->text, *end = from + source->packed_length;
    const char *shared_end = cold_shared + cold_shared_length;
    uint32_t done = 0;
    while (from < end) {
        uint32_t byte = *from++;
        if (byte < 0x80) {
            to[done++] = (char)byte;
            continue;
        }
        uint32_t back = ((byte & 15) << 8 | *from++) + 1, left = (byte >> 4 & 7) + 3;
        if (left == 10) left += *from++;
        for (; left; left--, done++) to[done] = back <= done ? to[done - back] : *(shared_end + done - back);
    }
}

/* Compiles a source, which is unpacked to the stage of firmware/shapes: that is nobody's while something is compiled. Before the
 * store is open, and for a text too long, to the heap. */
static void compile_cold(duk_context *ctx, const struct cold_source *source)
{
    const char *text = source->text;
    bool is_on_heap = source->packed_length && (source->length > STAGE_BYTES || core_linkOffset() == 0);
    if (source->packed_length) {
        char *to = is_on_heap ? duk_push_fixed_buffer(ctx, source->length) : (char *)core_arena() + core_shapeStage();
        unpack(source, to);
        text = to;
    }
    duk_compile_lstring(ctx, DUK_COMPILE_EVAL, text, source->length);
    if (is_on_heap) duk_remove(ctx, -2);
}

void engine_push_cold(duk_context *ctx, const char *name, duk_idx_t argument_index)
{
    const struct cold_source *source = engine_find_cold(name, (uint32_t)strlen(name));
    uint32_t limit = heap_limit(BOARD_RAM_ENGINE_HEAP_BYTES);
    argument_index = duk_normalize_index(ctx, argument_index);
    if (!source) (void)duk_error(ctx, DUK_ERR_ERROR, "there is no source named %s in this image", name);
    compile_cold(ctx, source);
    duk_call(ctx, 0);
    duk_pop(ctx);
    duk_get_global_literal(ctx, "coldRun");
    duk_push_undefined(ctx);
    duk_put_global_literal(ctx, "coldRun");
    duk_dup(ctx, argument_index);
    duk_call(ctx, 1);
    heap_limit(limit);
}

struct cold_call {
    const char *name;
    struct text argument;
};

static duk_ret_t run_cold(duk_context *ctx, void *data)
{
    const struct cold_call *call = data;
    duk_push_lstring(ctx, call->argument.start, call->argument.length);
    engine_push_cold(ctx, call->name, -1);
    engine_print_value(ctx, -1);
    return 0;
}

enum engine_result engine_run_cold(const char *name, const char *argument, uint32_t length)
{
    struct cold_call call = {name, {argument, length}};
    engine_collect();
    before_command = heap_figures();
    is_command = true;
    return run(run_cold, &call);
}

/* The text of an app, while it is compiled. */
static const char *app_text;

void engine_compile_failed(const char *text, unsigned line, unsigned offset)
{
    uint32_t column = 1;
    if (text != app_text) return;
    while (offset && text[--offset] != '\n') column++;
    output_say("line ");
    output_number(line);
    output_say(", column ");
    output_number(column);
    output_say(": ");
}

/* Replaces the text (a string or bytes) on the stack's top by the function it compiles to. */
static void compile_top(duk_context *ctx)
{
    duk_size_t length = 0;
    app_text = duk_is_string(ctx, -1) ? duk_get_lstring(ctx, -1, &length) : duk_get_buffer(ctx, -1, &length);
    duk_compile_lstring(ctx, DUK_COMPILE_EVAL, app_text, length);
    app_text = NULL;
    duk_remove(ctx, -2);
}

struct app_run {
    const char *which;
    bool runs;
};

/* Pushes the text that `which` names; false: there is none, undefined is pushed. */
static bool push_text(duk_context *ctx, const char *which)
{
    duk_push_string(ctx, which);
    engine_push_cold(ctx, "app-text", -1);
    duk_remove(ctx, -2);
    return !duk_is_undefined(ctx, -1);
}

/* The same, compiled. The flash source has returned before that, because both together would need more stack than there is. */
static bool push_compiled(duk_context *ctx, const char *which)
{
    bool is_there = push_text(ctx, which);
    if (is_there) compile_top(ctx);
    return is_there;
}

/* Looks for what threw in the texts that are kept, and says on which line of which it is ("@0" is the first, z.module its name). */
static duk_ret_t find_line(duk_context *ctx, void *unused)
{
    (void)unused;
    char which[] = "@0";
    for (unsigned line = 0; !line; which[1]++) {
        if (!push_text(ctx, which)) return 0;
        lines_seek();
        compile_top(ctx);
        line = lines_found();
        if (!line) continue;
        output_say(" (line ");
        output_number(line);
        duk_get_global_literal(ctx, "z");
        duk_get_prop_literal(ctx, -1, "module");
        if (duk_get_length(ctx, -1)) output_say(" of ");
        output_say(duk_safe_to_string(ctx, -1));
        output_say(")");
    }
    return 0;
}

/* The modules are compiled before the app, for the same reason: "+" is the next that is not, and then z.module its object. */
static duk_ret_t run_app(duk_context *ctx, void *data)
{
    const struct app_run *run = data;
    while (run->runs && push_compiled(ctx, "+")) {
        duk_call(ctx, 0);
        duk_get_global_literal(ctx, "z");
        duk_get_prop_literal(ctx, -1, "module");
        duk_dup(ctx, -3);
        duk_put_prop_literal(ctx, -2, "run");
        duk_set_top(ctx, 0);
    }
    if (!push_compiled(ctx, run->which) || !run->runs) return 0;
    engine_limit_app();
    duk_call(ctx, 0);
    return 0;
}

bool engine_has_app(void)
{
    duk_get_global_literal(context, "z");
    duk_get_prop_literal(context, -1, "app");
    bool has_app = duk_is_object(context, -1);
    duk_pop_2(context);
    return has_app;
}

enum engine_result engine_run_app(const char *which, bool runs)
{
    struct app_run app = {which, runs};
    engine_collect();
    return run(run_app, &app);
}

void engine_run_boot(void)
{
    const struct cold_source *boot = engine_find_cold("boot", 4);
    bool has_started = engine_run_cold("boot-open", "", 0) == ENGINE_DONE
        && engine_evaluate(boot->text, boot->length) == ENGINE_DONE;
    if (!has_started) fault_panic("the runtime did not start");
    engine_collect();
}

struct store_call {
    const char *method;
    duk_idx_t arguments;
};

static duk_ret_t call_store(duk_context *ctx, void *data)
{
    const struct store_call *call = data;
    duk_get_global_literal(ctx, "z");
    duk_get_prop_string(ctx, -1, call->method);
    duk_insert(ctx, -2 - call->arguments);
    duk_insert(ctx, -1 - call->arguments);
    duk_call_method(ctx, call->arguments);
    return 1;
}

duk_int_t engine_call_store(const char *method, duk_idx_t arguments)
{
    struct store_call call = {method, arguments};
    return duk_safe_call(context, call_store, &call, arguments, 1);
}

/* ---- values as the console shows them ---- */

#define SHOWN_ELEMENTS 16u

static void print_bytes(duk_context *ctx, duk_idx_t index)
{
    duk_size_t length = 0;
    duk_get_buffer_data(ctx, index, &length);
    duk_get_prop_literal(ctx, index, "length");
    uint32_t elements = duk_get_uint_default(ctx, -1, (duk_uint_t)length);
    duk_pop(ctx);
    output_number(elements);
    output_say(" elements:");
    for (uint32_t i = 0; i < elements && i < SHOWN_ELEMENTS; i++) {
        output_say(" ");
        duk_get_prop_index(ctx, index, i);
        output_say(duk_safe_to_string(ctx, -1));
        duk_pop(ctx);
    }
    output_say(elements > SHOWN_ELEMENTS ? " ...\n" : "\n");
}

void engine_print_value(duk_context *ctx, duk_idx_t index)
{
    index = duk_normalize_index(ctx, index);
    if (duk_is_undefined(ctx, index)) return;
    if (duk_is_buffer_data(ctx, index)) {
        print_bytes(ctx, index);
        return;
    }
    duk_dup(ctx, index);
    bool is_plain = duk_is_object(ctx, index) && !duk_is_function(ctx, index) && !duk_is_error(ctx, index);
    if (is_plain) duk_json_encode(ctx, -1);
    duk_size_t length = 0;
    const char *text = duk_safe_to_lstring(ctx, -1, &length);
    output_text(text, length);
    output_say("\n");
    duk_pop(ctx);
}
