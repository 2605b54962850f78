/*
 * Maps, logs and caches for JavaScript: keys and values between the engine's heap and the stage and cursor of
 * firmware/shapes. What a value becomes is told by its kind (firmware/api/values.ts): text as the engine has it, bytes, and
 * JSON for everything else. A script may run while a value is encoded (toJSON) and between the entries of a walk, so the
 * key goes on the stage after the first and the cursor is read before the second.
 */
#include "api.h"
#include "board-config.h"
#include "core.h"
#include "engine.h"
#include <stdbool.h>
#include <string.h>

enum { KIND_TEXT = 1, KIND_JSON = 2, KIND_BYTES = 3 };
enum { KEY_BYTES_MAX = 100 };
enum { MAP_GET, MAP_SET, MAP_HAS, MAP_DELETE, MAP_FOR_EACH, MAP_KEYS };
enum { LOG_APPEND, LOG_TAIL, LOG_FOR_EACH };
enum { CACHE_PUT, CACHE_GET, CACHE_DELETE, CACHE_CLEAR };
enum { TAIL_DEFAULT = 10 };

static uint8_t *stage(void) { return core_arena() + core_shapeStage(); }

/* ---- keys and values ---- */

/* Length of the key in argument 0; throws if it is none. */
static uint32_t key_length(const struct call *call)
{
    duk_size_t length = 0;
    if (duk_is_string(call->ctx, 0)) duk_get_lstring(call->ctx, 0, &length);
    if (length < 1 || length > KEY_BYTES_MAX) api_refuse(call, API_BAD_KEY);
    return (uint32_t)length;
}

static void stage_key(const struct call *call)
{
    duk_size_t length = 0;
    const char *key = duk_get_lstring(call->ctx, 0, &length);
    memcpy(stage(), key, length);
}

/* The key in argument 0, on the stage. */
static uint32_t key_of(const struct call *call)
{
    uint32_t length = key_length(call);
    stage_key(call);
    return length;
}

/* The handle of `this` may have been freed by script that a call ran: a toJSON, or the function for each entry. */
static void check_open(const struct call *call)
{
    api_get(call->ctx, ARGUMENT_THIS, NAME_HANDLE);
    bool is_open = duk_get_int_default(call->ctx, -1, -1) >= 0;
    duk_pop(call->ctx);
    if (!is_open) api_refuse(call, API_FREED);
}

struct value {
    const uint8_t *bytes;
    duk_size_t length;
    uint32_t kind;
};

static duk_ret_t encode_json(duk_context *ctx, void *unused)
{
    (void)unused;
    duk_json_encode(ctx, -1);
    return 1;
}

static bool is_finite(duk_context *ctx, duk_idx_t index)
{
    double number = duk_get_number(ctx, index);
    return number - number == 0;
}

/* Argument 1 as bytes, which stay good until the method returns; throws if it cannot be stored. */
static struct value value_of(const struct call *call)
{
    duk_context *ctx = call->ctx;
    struct value value = {NULL, 0, KIND_BYTES};
    if (duk_is_buffer_data(ctx, 1)) value.bytes = api_bytes(ctx, 1, &value.length);
    else if (!duk_is_number(ctx, 1) || is_finite(ctx, 1)) {
        duk_dup(ctx, 1);
        value.kind = duk_is_string(ctx, 1) ? KIND_TEXT : KIND_JSON;
        if (value.kind == KIND_JSON && duk_safe_call(ctx, encode_json, NULL, 1, 1) != DUK_EXEC_SUCCESS) api_refuse(call, API_BAD_VALUE);
        value.bytes = (const uint8_t *)duk_get_lstring(ctx, -1, &value.length);
    }
    if (!value.bytes) api_refuse(call, API_BAD_VALUE);
    check_open(call);
    return value;
}

/* Copies the value under the cursor to `to`. Ok or the Err of a page. */
static int32_t copy_value(uint8_t *to)
{
    for (;;) {
        int32_t at = (int32_t)core_shapePiece(0);
        if (at <= 0) return at;
        uint32_t length = core_shapePieceBytes();
        memcpy(to, core_arena() + at, length);
        to += length;
    }
}

/* Fills what is under the cursor. Ok or the Err of a page. */
static int32_t fill_value(const uint8_t *from)
{
    for (;;) {
        int32_t at = (int32_t)core_shapePiece(1);
        if (at <= 0) return at;
        uint32_t length = core_shapePieceBytes();
        memcpy(core_arena() + at, from, length);
        from += length;
    }
}

static duk_ret_t decode_json(duk_context *ctx, void *unused)
{
    (void)unused;
    duk_json_decode(ctx, -1);
    return 1;
}

/* Makes the text on the stack's top the value it says; undefined and Corrupt if it says none. Any other error, as of a full heap, goes on. */
static int32_t read_json(duk_context *ctx)
{
    if (duk_safe_call(ctx, decode_json, NULL, 1, 1) == DUK_EXEC_SUCCESS) return OK;
    if (duk_get_error_code(ctx, -1) != DUK_ERR_SYNTAX_ERROR) (void)duk_throw(ctx);
    duk_pop(ctx);
    duk_push_undefined(ctx);
    return ERR_CORRUPT;
}

/* Pushes the value under the cursor; undefined if a page cannot be had or is damaged, and returns its Err. */
static int32_t push_value(duk_context *ctx, uint32_t kind)
{
    uint32_t length = core_shapeLeft();
    uint8_t *bytes = kind == KIND_BYTES ? api_push_bytes(ctx, length) : duk_push_fixed_buffer(ctx, length);
    int32_t code = copy_value(bytes);
    if (code < 0) {
        duk_pop(ctx);
        duk_push_undefined(ctx);
        return code;
    }
    if (kind != KIND_BYTES) duk_buffer_to_string(ctx, -1);
    return kind == KIND_JSON ? read_json(ctx) : OK;
}

/* ---- maps ---- */

static int32_t map_set(const struct call *call)
{
    uint32_t key_bytes = key_length(call);
    struct value value = value_of(call);
    stage_key(call);
    int32_t first = (int32_t)core_mapReserve(call->handle, key_bytes, (uint32_t)value.length);
    if (first < 0) return first;
    if (first == 0) memcpy(stage() + KEY_BYTES_MAX, value.bytes, value.length);
    else {
        int32_t code = fill_value(value.bytes);
        if (code < 0) {
            core_mapForget(call->handle, (uint32_t)first);
            return code;
        }
    }
    return (int32_t)core_mapCommit(call->handle, key_bytes, (uint32_t)value.length, value.kind, (uint32_t)first);
}

static duk_ret_t map_get(const struct call *call)
{
    int32_t code = (int32_t)core_mapGet(call->handle, key_of(call));
    if (code == ERR_NOT_FOUND) return 0;
    api_answer(call, code);
    api_answer(call, push_value(call->ctx, core_shapeKind()));
    return 1;
}

static duk_ret_t push_found(const struct call *call, int32_t code)
{
    if (code != ERR_NOT_FOUND) api_answer(call, code);
    duk_push_boolean(call->ctx, code != ERR_NOT_FOUND);
    return 1;
}

/* Throws unless argument 0 can be called for each entry. */
static void check_function(const struct call *call)
{
    if (!duk_is_function(call->ctx, 0)) api_refuse(call, API_NO_FUNCTION);
}

/* forEach(function) when `keys` is 0; else keys(), into the array at that index. */
static void map_walk(const struct call *call, duk_idx_t keys)
{
    duk_context *ctx = call->ctx;
    if (!keys) check_function(call);
    int32_t at = -1;
    for (duk_uarridx_t i = 0;; i++) {
        at = (int32_t)core_mapNext(call->handle, (uint32_t)at);
        if (at == ERR_NOT_FOUND) return;
        api_answer(call, at);
        if (!keys) duk_dup(ctx, 0);
        duk_push_lstring(ctx, (const char *)stage(), core_shapePieceBytes());
        if (keys) {
            duk_put_prop_index(ctx, keys, i);
            continue;
        }
        api_answer(call, push_value(ctx, core_shapeKind()));
        duk_swap_top(ctx, -2);
        duk_call(ctx, 2);
        duk_pop(ctx);
        check_open(call);
    }
}

duk_ret_t map_method(const struct call *call, int method)
{
    switch (method) {
    case MAP_GET: return map_get(call);
    case MAP_SET: api_answer(call, map_set(call)); return 0;
    case MAP_HAS: return push_found(call, (int32_t)core_mapGet(call->handle, key_of(call)));
    case MAP_DELETE: return push_found(call, (int32_t)core_mapDelete(call->handle, key_of(call)));
    case MAP_FOR_EACH: map_walk(call, 0); return 0;
    case MAP_KEYS: map_walk(call, duk_push_array(call->ctx)); return 1;
    default: api_answer(call, (int32_t)core_mapClear(call->handle)); return 0;
    }
}

/* ---- logs ---- */

static int32_t log_append(const struct call *call)
{
    duk_size_t length = 0;
    bool is_text = duk_is_string(call->ctx, 0);
    const uint8_t *bytes = is_text ? (const uint8_t *)duk_get_lstring(call->ctx, 0, &length) : api_bytes(call->ctx, 0, &length);
    if (!bytes) return API_NO_BYTES;
    int32_t code = (int32_t)core_logReserve(call->handle, (uint32_t)length);
    if (code == OK) code = fill_value(bytes);
    return code < 0 ? code : (int32_t)core_logCommit(call->handle, (uint32_t)length, !is_text);
}

/* Pushes the entry after position *at, or before it. */
static void push_entry(const struct call *call, int32_t *at, bool back)
{
    *at = api_answer(call, (int32_t)core_logNext(call->handle, (uint32_t)*at, back));
    api_answer(call, push_value(call->ctx, core_shapeKind() ? KIND_BYTES : KIND_TEXT));
}

static void log_for_each(const struct call *call)
{
    duk_context *ctx = call->ctx;
    check_function(call);
    uint32_t count = (uint32_t)api_answer(call, (int32_t)core_logEntries(call->handle));
    int32_t at = -1, stamp = (int32_t)core_logStamp(call->handle);
    for (uint32_t i = 0; i < count; i++) {
        duk_dup(ctx, 0);
        push_entry(call, &at, duk_to_boolean(ctx, 1));
        duk_push_uint(ctx, i);
        duk_call(ctx, 2);
        duk_pop(ctx);
        check_open(call);
        if ((int32_t)core_logStamp(call->handle) != stamp) api_refuse(call, API_CHANGED);
    }
}

/* The newest entries, the oldest of them first: walked backwards, so that old pages stay where they are. */
static void log_tail(const struct call *call)
{
    duk_context *ctx = call->ctx;
    double all = api_answer(call, (int32_t)core_logEntries(call->handle));
    double wanted = duk_get_number_default(ctx, 0, TAIL_DEFAULT);
    uint32_t count = (uint32_t)(wanted < all ? wanted > 0 ? wanted : 0 : all);
    duk_idx_t array = duk_push_array(ctx);
    int32_t at = -1;
    for (uint32_t left = count; left-- > 0;) {
        push_entry(call, &at, true);
        duk_put_prop_index(ctx, array, left);
    }
}

duk_ret_t log_method(const struct call *call, int method)
{
    switch (method) {
    case LOG_APPEND: api_answer(call, log_append(call)); return 0;
    case LOG_TAIL: log_tail(call); return 1;
    case LOG_FOR_EACH: log_for_each(call); return 0;
    default: api_answer(call, (int32_t)core_logClear(call->handle)); return 0;
    }
}

/* ---- caches ---- */

/* Puts a value that has pages of its own, from `slot` on. */
static int32_t put_pages(const struct call *call, uint32_t key_bytes, const struct value *value)
{
    uint32_t slot = core_cacheBegin(call->handle, key_bytes), page_bytes = BOARD_KNOBS_PAGE_BYTES;
    for (uint32_t page = 0; page * page_bytes < value->length; page++) {
        uint32_t left = (uint32_t)value->length - page * page_bytes;
        memcpy(stage(), value->bytes + page * page_bytes, left < page_bytes ? left : page_bytes);
        int32_t code = (int32_t)core_cachePutPage(call->handle, slot, page);
        if (code < 0) return code;
    }
    stage_key(call);
    return (int32_t)core_cachePutLong(call->handle, key_bytes, (uint32_t)value->length, value->kind);
}

/* True if the value was kept. */
static bool cache_put(const struct call *call)
{
    uint32_t key_bytes = key_length(call);
    struct value value = value_of(call);
    stage_key(call);
    if (api_answer(call, (int32_t)core_cacheIsLong(key_bytes, (uint32_t)value.length))) return put_pages(call, key_bytes, &value) == OK;
    memcpy(stage() + KEY_BYTES_MAX, value.bytes, value.length);
    return (int32_t)core_cachePutShort(call->handle, key_bytes, (uint32_t)value.length, value.kind) == OK;
}

duk_ret_t cache_method(const struct call *call, int method)
{
    uint32_t key_bytes = method == CACHE_GET || method == CACHE_DELETE ? key_of(call) : 0;
    switch (method) {
    case CACHE_PUT: duk_push_boolean(call->ctx, cache_put(call)); return 1;
    case CACHE_GET:
        if ((int32_t)core_cacheGet(call->handle, key_bytes) < 0) return 0;
        push_value(call->ctx, core_shapeKind());
        return 1;
    case CACHE_DELETE: duk_push_boolean(call->ctx, (int32_t)core_cacheDelete(call->handle, key_bytes) == OK); return 1;
    default: core_cacheClear(call->handle); return 0;
    }
}
