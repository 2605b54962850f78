/*
 * Refusals as errors: the sentence of firmware/api/messages.ts for a code, looked up where the text lies in flash and put together on the
 * C stack, so that being told of a full heap needs next to none of it. If the code stands for an event, the app's
 * handlers for it are called first.
 */
#include "api.h"
#include "binding.h"
#include "board-config.h"
#include "core.h"
#include "engine.h"
#include <stdbool.h>
#include <string.h>

/* Longest sentence with the longest name, and what is cut off beyond. */
#define SENTENCE_MAX 224u

/* Chip.Foreign of firmware/core/swap/recovery.ts, the first of the findings that keep the swap area closed. */
enum { CHIP_FOREIGN = 16 };

uint32_t api_kept_bytes;

struct sentence {
    char text[SENTENCE_MAX];
    uint32_t length;
};

static void add(struct sentence *sentence, const char *text, uint32_t length)
{
    if (length > SENTENCE_MAX - sentence->length) length = SENTENCE_MAX - sentence->length;
    memcpy(sentence->text + sentence->length, text, length);
    sentence->length += length;
}

static void add_number(struct sentence *sentence, long long number)
{
    char digits[24];
    engine_write_integer(digits, number);
    add(sentence, digits, (uint32_t)strlen(digits));
}

/* Does the line begin with this code? */
static bool has_code(const char *line, int32_t code)
{
    int32_t number = 0;
    if (*line++ != '-') return false;
    while (*line != '|') number = number * 10 + (*line++ - '0');
    return -number == code;
}

/* The sentence for `code`, as it stands in the table; the last line is for codes without one. */
static const char *find_line(int32_t code)
{
    const char *line = engine_find_cold(MESSAGES, sizeof MESSAGES - 1)->text;
    for (;;) {
        const char *bar = strchr(line, '|'), *end = strchr(bar, '\n');
        if (*line == '|' || has_code(line, code)) return bar + 1;
        line = end + 1;
    }
}

static void write_sentence(struct sentence *sentence, int32_t code, const char *title, const char *name)
{
    for (const char *at = find_line(code); *at != '\n'; at++) {
        switch (*at) {
        case '#': add_number(sentence, (long long)API_PAGES_MOST * BOARD_KNOBS_PAGE_BYTES); break;
        case '@': add_number(sentence, BOARD_KNOBS_PAGES_MAX); break;
        case '~': add_number(sentence, BOARD_KNOBS_OBJECTS_MAX); break;
        case '$': add_number(sentence, (int32_t)core_shapePieceBytes()); break;
        case '^': add_number(sentence, (long long)BOARD_KNOBS_DURABLE_PAGES_MAX * BOARD_KNOBS_PAGE_BYTES); break;
        case '&': add_number(sentence, api_kept_bytes); break;
        case '%':
            add(sentence, title, (uint32_t)strlen(title));
            add(sentence, name, (uint32_t)strlen(name));
            break;
        default: add(sentence, at, 1);
        }
    }
}

/* The number an app sees, as codeOf() of messages.ts has it. */
static int32_t code_for_app(int32_t code)
{
    switch (code) {
    case API_FULL: return ERR_NO_ENTRY;
    case API_WRONG_VERSION: return ERR_CORRUPT;
    case API_CLOSED: return ERR_NO_FLASH;
    case API_TOO_LONG:
    case API_DURABLE_TOO_BIG: return ERR_TOO_BIG;
    case API_MEM_LIMIT: return ERR_NO_FRAME;
    default: return code > API_OUTSIDE ? code : ERR_INVALID;
    }
}

/* Pushes the array of handlers of `event`; nothing and false if there is none. */
static bool push_handlers(duk_context *ctx, const char *event)
{
    duk_get_global_literal(ctx, "z");
    duk_get_prop_literal(ctx, -1, "handlers");
    return duk_is_object(ctx, -1) && duk_get_prop_string(ctx, -1, event);
}

/* A handler is running: what is refused to it is no event. */
static bool is_telling;

void api_end_telling(void) { is_telling = false; }

/* Calls the handlers of `event` with {event, reason}; the reason is at the absolute index `reason`. */
static void tell(duk_context *ctx, const char *event, duk_idx_t reason)
{
    if (is_telling || !push_handlers(ctx, event)) return;
    duk_uarridx_t count = (duk_uarridx_t)duk_get_length(ctx, -1);
    is_telling = true;
    for (duk_uarridx_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, -1, i);
        duk_push_object(ctx);
        duk_push_string(ctx, event);
        duk_put_prop_literal(ctx, -2, "event");
        duk_dup(ctx, reason);
        duk_put_prop_literal(ctx, -2, "reason");
        duk_call(ctx, 1);
        duk_pop(ctx);
    }
    is_telling = false;
}

/* z.on() and z.off(), argument 0 an event and 1 a function. Either makes a new array: the old one may be walked just now. */
void api_handle(const struct call *call, bool adds)
{
    duk_context *ctx = call->ctx;
    const char *event = duk_get_string_default(ctx, 0, "");
    bool is_event = strcmp(event, "lowmemory") == 0 || strcmp(event, "budget") == 0;
    if (adds && !(is_event && duk_is_function(ctx, 1))) api_refuse(call, API_NO_HANDLER);
    if (!is_event) return;
    duk_idx_t fresh = duk_push_array(ctx);
    duk_uarridx_t count = push_handlers(ctx, event) ? (duk_uarridx_t)duk_get_length(ctx, -1) : 0, kept = 0;
    for (duk_uarridx_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, -1, i);
        if (adds || !duk_strict_equals(ctx, -1, 1)) duk_put_prop_index(ctx, fresh, kept++);
        else duk_pop(ctx);
    }
    duk_dup(ctx, 1);
    if (adds) duk_put_prop_index(ctx, fresh, kept);
    duk_set_top(ctx, fresh + 3);
    if (!duk_is_object(ctx, -1)) {
        duk_push_object(ctx);
        duk_dup(ctx, -1);
        duk_put_prop_literal(ctx, fresh + 1, "handlers");
    }
    duk_dup(ctx, fresh);
    duk_put_prop_string(ctx, -2, event);
}

/* Pushes the sentence for `code` about `title` and `name`; its index. */
static duk_idx_t push_sentence(duk_context *ctx, int32_t code, const char *title, const char *name)
{
    struct sentence sentence = {.length = 0};
    write_sentence(&sentence, code, title, name);
    duk_push_lstring(ctx, sentence.text, sentence.length);
    return duk_get_top_index(ctx);
}

duk_ret_t api_tell_budget(duk_context *ctx, void *unused)
{
    (void)unused;
    engine_limit_app();
    tell(ctx, "budget", push_sentence(ctx, ERR_REJECT_BUDGET, "", ""));
    return 0;
}

/* The swap area is closed if boot found something on the chip that it left alone (swap/recovery.ts Chip). */
static bool is_closed(void) { return core_swapFound() >= CHIP_FOREIGN; }

void api_refuse_named(duk_context *ctx, int32_t code, enum shape shape, duk_idx_t index)
{
    static const char *const titles[] = {"area ", "map ", "log ", "cache ", "device ", ""};
    if (code == ERR_NO_FLASH && is_closed()) code = API_CLOSED;
    duk_idx_t reason = push_sentence(ctx, code, titles[shape], duk_safe_to_string(ctx, index));
    duk_push_error_object(ctx, DUK_ERR_ERROR, "%s", duk_get_string(ctx, reason));
    duk_push_int(ctx, code_for_app(code));
    duk_put_prop_literal(ctx, reason + 1, "code");
    if (code == ERR_NO_FRAME || code == ERR_SWAP_FULL || code == API_MEM_LIMIT) tell(ctx, "lowmemory", reason);
    duk_dup(ctx, reason + 1);
    (void)duk_throw(ctx);
    for (;;) {}
}
