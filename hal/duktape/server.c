/*
 * The board's end of the packets, where it takes the engine (the rest: wire.c), and the lines both ends run.
 *
 * Open and Close ask the store's JavaScript, so that a tool's area and an app's area of one name are the same area.
 *
 * While an app is being loaded (.load, to .end or Ctrl-D) lines are its text, whoever sends them. A tool that begins a session, or
 * Ctrl-C, drops what was loaded so far. A typed load that is refused at once, or lacks some of a line, fails whole; what follows up to its end
 * is passed over then, because it is an app's text and no commands. A tool stops by itself at the packet that fails.
 *
 * A tool that misses an answer asks again with the same sequence number. Reading and writing again is harmless; a Run
 * that was answered already is not run again, its kept text is sent once more.
 *
 * While a script runs, whoever waits hears so once a second: the sender of its Run, and a tool whose packet has begun and is not taken
 * yet. Where nobody asks nothing is sent, because a person's terminal would show it.
 */
#include "server.h"
#include "api.h"
#include "board-config.h"
#include "core.h"
#include "engine.h"
#include "hal.h"
#include "output.h"
#include "timers.h"
#include "utf8.h"
#include "wire.h"
#include <stdbool.h>
#include <string.h>

static uint32_t run_line(const char *line, uint32_t length, uint8_t source);

/* Bytes of printed text that fit behind the status and the total length. */
#define TEXT_PART_BYTES (WIRE_PAYLOAD_MAX - 8u)

/* How often a script that runs long tells so. */
#define BEAT_MILLIS 1000u

/* Type and sequence of the packet before this one; type 0: none. */
static uint8_t last_type, last_sequence;
static uint8_t run_status;
/* A Run is carried out, and when a sender last heard that a script runs (timers_now()). */
static bool is_at_work;
static uint32_t beat_at;
/* The lines that come are an app's; a typed one's; those of an app that has failed. */
static enum { LOADS_NOTHING, LOADS_PACKETS, LOADS_TYPED, LOADS_IN_VAIN } __attribute__((packed)) loading;
/* Bytes of the input that the load lacks, and the number of the line before its first. */
static uint32_t load_lost, line_before_load;
bool server_starts_safe;

void server_open(void)
{
    last_type = 0;
    is_at_work = false;
    loading = LOADS_NOTHING;
    server_starts_safe = false;
}

/* ---- one function a type; each sends its reply ---- */

static void answer_hello(void)
{
    output_forget();
    loading = LOADS_NOTHING;
    wire_answer();
}

/* The number in property `name` of the object on the stack's top. */
static int32_t number_in_top(const char *name)
{
    if (!duk_is_object(engine(), -1)) return ERR_INVALID;
    duk_get_prop_string(engine(), -1, name);
    int32_t number = duk_get_int_default(engine(), -1, ERR_INVALID);
    duk_pop(engine());
    return number;
}

/* An error thrown by the store's API carries the Err as `code`. */
static void answer_open(void)
{
    uint32_t length = core_wireLength();
    duk_int_t code = DUK_EXEC_ERROR;
    duk_context *ctx = engine();
    if (length < 5 || length > 4 + AREA_NAME_MAX) {
        wire_reply(ERR_INVALID, 0);
        return;
    }
    duk_push_lstring(ctx, (const char *)wire_payload() + 4, length - 4);
    duk_push_uint(ctx, wire_word(0));
    code = engine_call_store("area", 2);
    wire_reply(number_in_top(code == DUK_EXEC_SUCCESS ? "handle" : "code"), 0);
    duk_set_top(ctx, 0);
}

static void answer_close(void)
{
    duk_context *ctx = engine();
    duk_push_uint(ctx, wire_half(0));
    duk_int_t code = engine_call_store("free", 1);
    wire_reply(code == DUK_EXEC_SUCCESS ? OK : number_in_top("code"), 0);
    duk_set_top(ctx, 0);
}

/* Replies with the kept text from `offset` on. */
static void reply_text(uint32_t status, uint32_t offset)
{
    uint32_t total = output_kept_length();
    uint32_t part = offset < total ? total - offset : 0;
    if (part > TEXT_PART_BYTES) part = TEXT_PART_BYTES;
    wire_put_word(0, total);
    if (part) output_kept_copy(offset, wire_payload() + 4, part);
    wire_reply((int32_t)status, 4 + part);
}

static void answer_run(bool is_repeated)
{
    if (!is_repeated) {
        output_keep_begin();
        if (loading == LOADS_IN_VAIN) loading = LOADS_NOTHING;
        is_at_work = true;
        beat_at = timers_now();
        run_status = (uint8_t)run_line((const char *)wire_payload(), core_wireLength(), LOADS_PACKETS);
        is_at_work = false;
        if (!output_keep_end()) run_status = 1;
    }
    reply_text(run_status, 0);
}

void server_beat(void)
{
    bool is_asked = is_at_work || serial_next_is(WIRE_START) || !core_wireIsIdle();
    if (!is_asked || timers_now() - beat_at < BEAT_MILLIS) return;
    beat_at = timers_now();
    core_wireBusy(is_at_work ? core_wireSequence() : 0);
}

/* Straight to the core: a durable area is found by its name there, the store's JavaScript need not know of it. */
static void answer_open_durable(void)
{
    uint32_t length = core_wireLength(), pages = (wire_word(0) + BOARD_KNOBS_PAGE_BYTES - 1) / BOARD_KNOBS_PAGE_BYTES;
    bool sound = length >= 5 && length <= 4 + AREA_NAME_MAX;
    wire_reply(sound ? (int32_t)core_areaOpenDurable(core_wirePayload() + 4, length - 4, pages) : ERR_INVALID, 0);
}

/* Handle 0xffff: all durable areas. */
static void answer_sync(void)
{
    uint32_t handle = wire_half(0);
    wire_reply(core_wireLength() == 2 ? (int32_t)core_areaSync(handle == 0xffff ? (uint32_t)-1 : handle) : ERR_INVALID, 0);
}

void server_answer(void)
{
    uint32_t type = core_wireType(), sequence = core_wireSequence();
    bool is_repeated = type == last_type && sequence == last_sequence;
    last_type = (uint8_t)type;
    last_sequence = (uint8_t)sequence;
    if (wire_refuses()) return;
    switch (type) {
    case WIRE_HELLO: answer_hello(); break;
    case WIRE_OPEN: answer_open(); break;
    case WIRE_CLOSE: answer_close(); break;
    case WIRE_RUN: answer_run(is_repeated); break;
    case WIRE_MORE: reply_text(OK, wire_word(0)); break;
    case WIRE_OPEN_DURABLE: answer_open_durable(); break;
    case WIRE_SYNC: answer_sync(); break;
    default: wire_answer();
    }
}

/* ---- lines ---- */

/* ---- loading an app ---- */

/* Says that nothing was loaded, and how much of it was lost. */
static void say_in_vain(void)
{
    output_say("Nothing was loaded");
    if (load_lost) {
        output_say(", ");
        output_number(load_lost);
        output_say(" bytes of it were lost");
    }
    output_say(": what was kept before stays.\n");
}

bool server_end_load(bool is_whole)
{
    bool was_sound = loading != LOADS_IN_VAIN;
    if (loading == LOADS_NOTHING) return false;
    loading = LOADS_NOTHING;
    run_status = 1;
    if (is_whole && was_sound && engine_run_app("?", false) == ENGINE_DONE) run_status = engine_run_cold("load-keep", "", 0) != ENGINE_DONE;
    else say_in_vain();
    return true;
}

/* The load has failed. What is typed is passed over up to its end; a packet's sender knows by the status. */
static uint32_t fail_load(void)
{
    if (loading != LOADS_TYPED) server_end_load(false);
    else output_say("The load has failed: what follows is passed over, up to .end, Ctrl-D or Ctrl-C.\n");
    if (loading) loading = LOADS_IN_VAIN;
    return 1;
}

/* What .load led to. If a typed one is refused, the pasted lines behind it are still an app's text and no commands. */
static void begin_load(enum engine_result result, uint8_t source)
{
    if (result == ENGINE_INTERRUPTED || (result != ENGINE_DONE && source != LOADS_TYPED)) return;
    loading = source;
    load_lost = 0;
    line_before_load = core_lineNumber();
    if (result != ENGINE_DONE) fail_load();
}

/* A line of the app, as it is. */
static uint32_t load_line(const char *line, uint32_t length)
{
    static const char end[] = ".end";
    if (length == sizeof end - 1 && memcmp(line, end, length) == 0) {
        server_end_load(true);
        return run_status;
    }
    if (loading == LOADS_IN_VAIN) {
        if (length && *line == '.') output_say("Passed over: .end, Ctrl-D or Ctrl-C ends the load that has failed.\n");
        return 1;
    }
    enum engine_result result = engine_run_cold("load-line", line, length);
    if (result == ENGINE_DONE) return 0;
    if (result == ENGINE_INTERRUPTED) return !server_end_load(false);
    return fail_load();
}

/* Is it one of the commands that an image without control has: those that only look, and .reset? */
static bool is_open_command(const char *line, uint32_t end, uint32_t start, uint32_t length)
{
#ifdef LEAVES_OUT_CONTROL
    bool is_load = end == 5 && memcmp(line, ".load", 5) == 0;
    return !is_load && (start == length || (length - start == 4 && memcmp(line + start, "json", 4) == 0));
#else
    (void)line, (void)end, (void)start, (void)length;
    return true;
#endif
}

static uint32_t refuse_control(void)
{
    output_say("This board's image leaves control out: it takes no JavaScript, no app and no setting from the line.\n");
    return 1;
}

/* A dot command: the word behind the dot names a flash source, the rest of the line is its argument. Names with a hyphen
 * are the runtime's own and no commands; "boot" is none either. `.reset` is here because it must work when nothing else does. */
static uint32_t run_command(const char *line, uint32_t length, uint8_t source)
{
    uint32_t end = 1, start;
    while (end < length && line[end] != ' ') end++;
    for (start = end; start < length && line[start] == ' ';) start++;
    bool is_own = memchr(line, '-', end) || (end == 5 && memcmp(line, ".boot", 5) == 0);
    if (!is_open_command(line, end, start, length)) return refuse_control();
    if (end == 6 && memcmp(line, ".reset", 6) == 0) {
        if (start == length) board_reset();
        server_starts_safe = true;
        return 0;
    }
    if (is_own || !engine_find_cold(line + 1, end - 1)) {
        output_say("There is no command ");
        output_text(line, end);
        output_say("; .help lists them.\n");
        return 1;
    }
    char name[16] = "";
    memcpy(name, line + 1, end - 1);
    /* Asked before the command runs: it may use the packet's bytes, where the line lies. */
    bool is_load = end == 5 && memcmp(line, ".load", 5) == 0, is_run = length == 8 && memcmp(line, ".app run", 8) == 0;
    enum engine_result result = engine_run_cold(name, line + start, length - start);
    bool failed = result != ENGINE_DONE;
    if (is_load) begin_load(result, source);
    if (!failed && is_run) return engine_run_app("", true) != ENGINE_DONE;
    return failed;
}

/* A line that is no UTF-8. A load fails with it. */
static uint32_t refuse_bytes(void)
{
    output_say("Error: not UTF-8: save the file, or set the terminal, as UTF-8.\n");
    return loading ? fail_load() : 1;
}

/* Runs a line: a dot command or JavaScript. `source`: how an app's lines come if it is .load. 0, or 1 if it threw or was stopped. */
static uint32_t run_line(const char *line, uint32_t length, uint8_t source)
{
    static const char mark[] = "\xef\xbb\xbf";
    if (!utf8_is_sound(line, length)) return refuse_bytes();
    if (loading) return load_line(line, length);
    if (length >= 3 && memcmp(line, mark, 3) == 0) line += 3, length -= 3;
    while (length && *line == ' ') line++, length--;
    while (length && line[length - 1] == ' ') length--;
    if (length == 0) return 0;
    if (line[0] == '.' && length > 1) return run_command(line, length, source);
#ifdef LEAVES_OUT_CONTROL
    return refuse_control();
#else
    return engine_evaluate(line, length) != ENGINE_DONE;
#endif
}

/* ---- what is typed ---- */

void server_run_typed(void) { run_line((const char *)core_arena() + core_lineText(), core_lineLength(), LOADS_TYPED); }

static void say_fault(void)
{
    uint32_t fault = core_lineFault();
    if (fault == FAULT_TOO_LONG) {
        output_say("is longer than ");
        output_number(core_lineRoom());
        output_say(" bytes");
    } else {
        output_say(fault == FAULT_LOST ? "has lost some of its bytes" : "has bytes that are no UTF-8");
    }
}

void server_refuse_typed(void)
{
    bool is_load = loading == LOADS_TYPED;
    if (loading == LOADS_IN_VAIN) return;
    output_say("Line ");
    output_number(core_lineNumber() - (is_load ? line_before_load : 0));
    output_say(is_load ? " of the app " : " ");
    say_fault();
    output_say(": nothing of it was used.\n");
    if (is_load) fail_load();
}

/* Inside a packet nothing is said: it arrives damaged and is sent again. */
bool server_lose(uint32_t lost)
{
    if (!core_wireIsIdle()) return false;
    core_lineCut(FAULT_LOST);
    load_lost += lost;
    if (!lost || loading == LOADS_IN_VAIN) return false;
    output_say("\n");
    output_number(lost);
    output_say(" bytes of the input were lost: they came faster than they were taken.\n");
    if (loading == LOADS_TYPED) fail_load();
    return true;
}
