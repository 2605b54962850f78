/*
 * The API on our own image: what firmware/api is on other engines. An app's calls end here, in C, because JavaScript code
 * costs 2.8 bytes of heap for each byte of its source: as classes the API took 3.8 KB of the 18, and that was areas alone.
 * The objects whose methods these are lie in ROM (engine/builtins.yaml); a handle is a small object with one of them as its prototype:
 *
 *     {name: "accel", bytes: 98304, handle: 0, shape: 0}       handle -1: it was freed
 *
 * Each method is a light function with a number; one dispatcher takes them all. What is needed rarely (sentences,
 * statistics, events) is TypeScript in flash, compiled when used. One suite,
 * test/api, says line by line what either implementation prints.
 */
#include "api.h"
#include "areas.h"
#include "board-config.h"
#include "core.h"
#include "engine.h"
#include "hal.h"
#include <string.h>

/* Numbers of methods: sixteen for each object, in the order of engine/builtins.yaml. */
enum { METHODS_STORE = 0, METHODS_AREA = 16, METHODS_MAP = 32, METHODS_LOG = 48, METHODS_CACHE = 64, METHODS_DEVICE = 80 };
enum { STORE_FREE = 5, STORE_STATS = 6, STORE_ON = 7, STORE_FRAMES = 9, STORE_SYNC = 10, STORE_DELETE = 11 };
enum { AREA_READ, AREA_WRITE, AREA_AT, AREA_SET, AREA_FILL, AREA_SLICE };
enum { DEVICE_READ, DEVICE_WRITE, DEVICE_DISCARD, DEVICE_STATS };

#define SECTOR_BYTES 512.0

/* ---- names ---- */

/* The engine's strings for the names of enum api_name, which lie in ROM (engine/builtins.yaml). */
static void *names[API_NAMES];

void api_open_names(duk_context *ctx)
{
    static const char *const texts[API_NAMES] = {"handle", "shape", "bytes", "BYTES_PER_ELEMENT"};
    for (int name = 0; name < API_NAMES; name++) {
        duk_push_string(ctx, texts[name]);
        names[name] = duk_get_heapptr(ctx, -1);
        duk_pop(ctx);
        if ((uint32_t)names[name] - BOARD_MEMORY_CODE_ORIGIN >= BOARD_MEMORY_CODE_BYTES) fault_panic("a name of the API is not in ROM");
    }
}

void api_get(duk_context *ctx, duk_idx_t index, enum api_name name) { duk_get_prop_heapptr(ctx, index, names[name]); }

/* ---- refusing ---- */

void api_refuse(const struct call *call, int32_t code)
{
    if (call->shape == SHAPE_STORE) duk_push_string(call->ctx, "the store");
    else duk_get_prop_literal(call->ctx, ARGUMENT_THIS, "name");
    api_refuse_named(call->ctx, code, call->shape, -1);
}

int32_t api_answer(const struct call *call, int32_t code)
{
    if (code < 0) api_refuse(call, code);
    return code;
}

uint8_t *api_bytes(duk_context *ctx, duk_idx_t index, duk_size_t *length)
{
    *length = 0;
    if (!duk_is_buffer_data(ctx, index)) return NULL;
    api_get(ctx, index, NAME_BYTES_PER_ELEMENT);
    bool is_single = duk_get_int_default(ctx, -1, 0) == 1;
    duk_pop(ctx);
    if (!is_single) return NULL;
    uint8_t *bytes = duk_get_buffer_data(ctx, index, length);
    static uint8_t none[1];
    return bytes ? bytes : none;
}

/* ---- areas ---- */

/* Writes text one byte a character; there is none above U+00FF. The engine's strings are UTF-8: one or two bytes each. */
static int32_t area_write_text(uint32_t handle, uint32_t offset, const uint8_t *text, duk_size_t length)
{
    uint32_t done = 0, room = 0;
    int32_t error = 0;
    uint8_t *page = NULL;
    for (duk_size_t i = 0; i < length; i++) {
        uint8_t byte = text[i];
        if (byte >= 0xc2) byte = (uint8_t)(byte << 6 | (text[++i] & 0x3f));
        if (room == 0) page = area_at(handle, offset + done, 1, &room, &error);
        if (!page) return error;
        *page++ = byte;
        room--;
        done++;
    }
    return (int32_t)done;
}

static double bytes_of_this(const struct call *call)
{
    api_get(call->ctx, ARGUMENT_THIS, NAME_BYTES);
    double bytes = duk_get_number_default(call->ctx, -1, 0);
    duk_pop(call->ctx);
    return bytes;
}

/* The offset in argument `index`, `needed` bytes of the area behind it; `*left`: bytes from there to the area's end. */
static uint32_t offset_at(const struct call *call, duk_idx_t index, double needed, uint32_t *left)
{
    double bytes = bytes_of_this(call), offset = duk_get_number_default(call->ctx, index, -1);
    if (!(offset >= 0 && needed <= bytes - offset) || offset != (double)(uint32_t)offset) api_refuse(call, API_OUTSIDE);
    *left = (uint32_t)(bytes - offset);
    return (uint32_t)offset;
}

/* Characters of a text, one of their bytes each; -1 if one is above U+00FF. */
static int32_t count_characters(const uint8_t *text, duk_size_t length)
{
    int32_t count = 0;
    for (duk_size_t i = 0; i < length; i++) {
        if (text[i] > 0xc3) return -1;
        count += (text[i] & 0xc0) != 0x80;
    }
    return count;
}

static int32_t area_write(const struct call *call)
{
    uint32_t left = 0;
    duk_size_t length = 0;
    if (duk_is_string(call->ctx, 1)) {
        const uint8_t *text = (const uint8_t *)duk_get_lstring(call->ctx, 1, &length);
        int32_t characters = count_characters(text, length);
        if (characters < 0) return API_WIDE_TEXT;
        uint32_t offset = offset_at(call, 0, characters, &left);
        return area_write_text(call->handle, offset, text, length);
    }
    uint8_t *bytes = api_bytes(call->ctx, 1, &length);
    if (!bytes) return API_NO_BYTES;
    return area_copy(call->handle, offset_at(call, 0, (double)length, &left), bytes, (uint32_t)length, 1);
}

static int32_t area_read(const struct call *call)
{
    uint32_t left = 0;
    duk_size_t length = 0;
    uint8_t *bytes = api_bytes(call->ctx, 1, &length);
    if (!bytes) return API_NO_BYTES;
    uint32_t offset = offset_at(call, 0, 0, &left);
    return area_copy(call->handle, offset, bytes, length < left ? (uint32_t)length : left, 0);
}

static int32_t area_byte(const struct call *call, int for_write)
{
    uint32_t left = 0, room = 0;
    int32_t error = 0;
    uint32_t offset = offset_at(call, 0, 1, &left);
    uint8_t *at = area_at(call->handle, offset, for_write, &room, &error);
    if (!at) return error;
    if (!for_write) return *at;
    *at = (uint8_t)duk_to_int32(call->ctx, 1);
    return OK;
}

static int32_t area_fill(const struct call *call)
{
    uint32_t length = (uint32_t)bytes_of_this(call), done = 0, room = 0;
    int32_t error = 0, byte = duk_to_int32(call->ctx, 0);
    while (done < length) {
        uint8_t *page = area_at(call->handle, done, 1, &room, &error);
        if (!page) return error;
        uint32_t piece = length - done < room ? length - done : room;
        memset(page, byte, piece);
        done += piece;
    }
    return OK;
}

/* (start, end, into): pushes the bytes, in a fresh Uint8Array or in `into`. */
static void area_slice(const struct call *call)
{
    duk_context *ctx = call->ctx;
    uint32_t left = 0;
    duk_size_t room = 0;
    bool is_fresh = duk_is_undefined(ctx, 2);
    uint8_t *into = is_fresh ? NULL : api_bytes(ctx, 2, &room);
    if (!is_fresh && !into) api_refuse(call, API_NO_BYTES);
    double length = duk_get_number_default(ctx, 1, -1) - duk_get_number_default(ctx, 0, 0);
    uint32_t start = offset_at(call, 0, length, &left);
    if (!(length >= 0) || length != (double)(uint32_t)length || (!is_fresh && (double)room < length)) api_refuse(call, API_OUTSIDE);
    if (is_fresh) into = api_push_bytes(ctx, (duk_size_t)length);
    else duk_dup(ctx, 2);
    api_answer(call, area_copy(call->handle, start, into, (uint32_t)length, 0));
}

uint8_t *api_push_bytes(duk_context *ctx, duk_size_t length)
{
    uint8_t *bytes = duk_push_fixed_buffer(ctx, length);
    duk_push_buffer_object(ctx, -1, 0, length, DUK_BUFOBJ_UINT8ARRAY);
    duk_remove(ctx, -2);
    return bytes;
}

static duk_ret_t push_answer(const struct call *call, int32_t code)
{
    duk_push_int(call->ctx, api_answer(call, code));
    return 1;
}

static duk_ret_t area_method(const struct call *call, int method)
{
    switch (method) {
    case AREA_READ: return push_answer(call, area_read(call));
    case AREA_WRITE: return push_answer(call, area_write(call));
    case AREA_AT: return push_answer(call, area_byte(call, 0));
    case AREA_SET: api_answer(call, area_byte(call, 1)); return 0;
    case AREA_FILL: api_answer(call, area_fill(call)); return 0;
    default: area_slice(call); return 1;
    }
}

/* ---- devices ---- */

/* The byte offset of sector argument 0, `count` sectors behind it. */
static uint32_t sectors_at(const struct call *call, double count)
{
    double sector = duk_get_number_default(call->ctx, 0, -1);
    bool are_whole = sector >= 0 && count >= 0 && sector == (double)(uint32_t)sector && count == (double)(uint32_t)count;
    if (!are_whole || (sector + count) * SECTOR_BYTES > bytes_of_this(call)) api_refuse(call, API_BAD_SECTORS);
    return (uint32_t)(sector * SECTOR_BYTES);
}

/* Is RAM taken up to the device's mem_limit? */
static bool is_at_limit(const struct call *call)
{
    duk_get_prop_literal(call->ctx, ARGUMENT_THIS, "mem_limit");
    double limit = duk_get_number_default(call->ctx, -1, 0);
    duk_pop(call->ctx);
    if (!(limit > 0)) return false;
    uint32_t pages = ((uint32_t)bytes_of_this(call) + BOARD_KNOBS_PAGE_BYTES - 1) / BOARD_KNOBS_PAGE_BYTES;
    uint32_t in_ram = core_areaCount(call->handle, pages, 1) + core_areaCount(call->handle, pages, 3);
    return in_ram * (double)BOARD_KNOBS_PAGE_BYTES >= limit;
}

static int32_t device_transfer(const struct call *call, int for_write)
{
    duk_size_t length = 0;
    uint8_t *bytes = api_bytes(call->ctx, 1, &length);
    if (!bytes) return API_NO_BYTES;
    uint32_t offset = sectors_at(call, (double)length / SECTOR_BYTES);
    if (for_write && is_at_limit(call)) return API_MEM_LIMIT;
    return area_copy(call->handle, offset, bytes, (uint32_t)length, for_write);
}

static duk_ret_t device_method(const struct call *call, int method)
{
    if (method == DEVICE_READ || method == DEVICE_WRITE) return push_answer(call, device_transfer(call, method == DEVICE_WRITE));
    if (method == DEVICE_STATS) {
        engine_push_cold(call->ctx, "device-stats", ARGUMENT_THIS);
        return 1;
    }
    double count = duk_get_number_default(call->ctx, 1, -1);
    uint32_t offset = sectors_at(call, count);
    api_answer(call, (int32_t)core_areaZero(call->handle, offset, (uint32_t)(count * SECTOR_BYTES)));
    return 0;
}

/* ---- the store ---- */

static duk_ret_t store_frames(const struct call *call)
{
    if (!duk_is_undefined(call->ctx, 0)) {
        double frames = duk_get_number_default(call->ctx, 0, 0);
        int32_t code = frames == (int32_t)frames ? (int32_t)core_governorSetTarget((uint32_t)(int32_t)frames) : ERR_INVALID;
        api_answer(call, code == ERR_INVALID ? API_BAD_FRAMES : code);
    }
    duk_push_uint(call->ctx, core_governorTarget());
    return 1;
}

static duk_ret_t store_method(const struct call *call, int method)
{
    duk_context *ctx = call->ctx;
    if (method == STORE_FRAMES) return store_frames(call);
    if (method == STORE_STATS) {
        if (duk_is_undefined(ctx, 0)) duk_push_string(ctx, "");
        else duk_dup(ctx, 0);
        engine_push_cold(ctx, "store-stats", -1);
        return 1;
    }
    if (method == STORE_FREE || method == STORE_DELETE) return api_free(ctx, method == STORE_DELETE);
    if (method == STORE_SYNC) {
        api_answer(call, (int32_t)core_coreSync());
        return 0;
    }
    if (method < STORE_FREE) return api_open(ctx, (enum shape)method);
    api_handle(call, method == STORE_ON);
    return 0;
}

/* ---- the way in ---- */

/* Fills `call` from `this`. Throws when the handle was freed, or is another shape's. */
static void find_handle(struct call *call)
{
    api_get(call->ctx, ARGUMENT_THIS, NAME_HANDLE);
    api_get(call->ctx, ARGUMENT_THIS, NAME_SHAPE);
    int32_t handle = duk_get_int_default(call->ctx, -2, -1);
    if (handle < 0 || duk_get_int_default(call->ctx, -1, -1) != (int32_t)call->shape) api_refuse(call, API_FREED);
    duk_pop_2(call->ctx);
    call->handle = (uint32_t)handle;
}

static duk_ret_t free_this(const struct call *call)
{
    duk_dup(call->ctx, ARGUMENT_THIS);
    duk_replace(call->ctx, 0);
    return api_free(call->ctx, false);
}

static duk_ret_t sync_this(const struct call *call)
{
    int32_t code = (int32_t)core_areaSync(call->handle);
    api_answer(call, code == ERR_INVALID ? API_NOT_DURABLE : code);
    return 0;
}

duk_ret_t api_method(duk_context *ctx)
{
    /* The number of free() of each shape; that of sync(), where there is one, is the number before. */
    static const uint8_t frees[] = {7, 8, 5, 4, 4};
    int number = duk_get_current_magic(ctx), group = number >> 4, method = number & 15;
    struct call call = {ctx, group == 0 ? SHAPE_STORE : (enum shape)(group - 1), 0};
    duk_push_this(ctx);
    if (group == 0) return store_method(&call, method);
    /* Turning the byte into a number may run script, so that comes before the handle is looked at. */
    if (number == METHODS_AREA + AREA_SET || number == METHODS_AREA + AREA_FILL) duk_to_number(ctx, AREA_FILL - method);
    find_handle(&call);
    if (method == frees[call.shape]) return free_this(&call);
    if (call.shape <= SHAPE_LOG && method == frees[call.shape] - 1) return sync_this(&call);
    switch (call.shape) {
    case SHAPE_AREA: return area_method(&call, method);
    case SHAPE_MAP: return map_method(&call, method);
    case SHAPE_LOG: return log_method(&call, method);
    case SHAPE_CACHE: return cache_method(&call, method);
    default: return device_method(&call, method);
    }
}

/* Bytes of an area in pages that were never written. */
static int32_t area_room(const struct call *call)
{
    uint32_t bytes = (uint32_t)bytes_of_this(call), pages = (bytes + BOARD_KNOBS_PAGE_BYTES - 1) / BOARD_KNOBS_PAGE_BYTES;
    uint32_t room = core_areaCount(call->handle, pages, 0) * BOARD_KNOBS_PAGE_BYTES;
    return (int32_t)(room < bytes ? room : bytes);
}

/* The `room` of an area, a map or a log. */
static duk_ret_t room_of(struct call *call)
{
    find_handle(call);
    if (call->shape == SHAPE_AREA) return push_answer(call, area_room(call));
    return push_answer(call, (int32_t)(call->shape == SHAPE_MAP ? core_mapRoom(call->handle) : core_logRoom(call->handle)));
}

/* area.length, map.size, log.length, device.disksize; 16 more: the room of the first three. */
duk_ret_t api_getter(duk_context *ctx)
{
    int number = duk_get_current_magic(ctx);
    struct call call = {ctx, (enum shape)(number & 15), 0};
    duk_set_top(ctx, ARGUMENT_THIS);
    duk_push_this(ctx);
    if (number > 15) return room_of(&call);
    if (call.shape == SHAPE_AREA || call.shape == SHAPE_DEVICE) {
        duk_push_number(ctx, bytes_of_this(&call));
        return 1;
    }
    find_handle(&call);
    return push_answer(&call, (int32_t)(call.shape == SHAPE_MAP ? core_mapSize(call.handle) : core_logEntries(call.handle)));
}
