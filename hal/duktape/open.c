/*
 * Opening and freeing by name: firmware/api/open.ts for our own image, in C because compiling that source from inside an
 * app's call would need more stack than there is. Open handles stand in z.handles, an array.
 */
#include "api.h"
#include "binding.h"
#include "board-config.h"
#include "core.h"
#include <stdbool.h>
#include <string.h>

enum { DEFAULT_BYTES = 65536, CACHES_MAX = 8, NAME_MAX = 24, DEVICES = 16, SECTOR_BYTES = 512, DURABLE_MARK = 0xb0 };
/* Where things lie on the value stack from here on: arguments, `this`, z.handles. */
enum { NAME, BYTES, OPTIONS, HANDLES = ARGUMENT_THIS + 1 };

static void push_handles(duk_context *ctx)
{
    duk_get_global_literal(ctx, "z");
    duk_get_prop_literal(ctx, -1, "handles");
    duk_remove(ctx, -2);
}

static int32_t int_in(duk_context *ctx, duk_idx_t index, const char *name)
{
    duk_get_prop_string(ctx, index, name);
    int32_t value = duk_get_int_default(ctx, -1, -1);
    duk_pop(ctx);
    return value;
}

/* Pushes the open handle of this shape whose name is that at NAME. False: there is none, nothing is pushed. */
static bool push_known(duk_context *ctx, enum shape shape)
{
    duk_uarridx_t count = (duk_uarridx_t)duk_get_length(ctx, HANDLES);
    for (duk_uarridx_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, HANDLES, i);
        duk_get_prop_literal(ctx, -1, "name");
        bool is_it = int_in(ctx, -2, "shape") == (int32_t)shape && duk_strict_equals(ctx, -1, NAME);
        duk_pop(ctx);
        if (is_it) return true;
        duk_pop(ctx);
    }
    return false;
}

static bool is_whole(duk_context *ctx, duk_idx_t index, double least, double most)
{
    double value = duk_get_number_default(ctx, index, -1);
    return value >= least && value <= most && value == (double)(uint32_t)value;
}

/* What is wrong with the arguments; 0: nothing. A device's number is text already. */
static int32_t fault(duk_context *ctx, enum shape shape)
{
    duk_size_t length = 0;
    if (duk_get_number_default(ctx, BYTES, 0) > 0x7fffffff) return ERR_TOO_BIG;
    if (shape == SHAPE_DEVICE) return is_whole(ctx, BYTES, SECTOR_BYTES, 0x7fffffff) && duk_get_uint(ctx, BYTES) % SECTOR_BYTES == 0 ? 0 : API_BAD_DEVICE;
    if (duk_is_string(ctx, NAME)) length = duk_get_length(ctx, NAME);
    return length >= 1 && length <= NAME_MAX && is_whole(ctx, BYTES, 1, 0x7fffffff) ? 0 : API_BAD_NAME;
}

/* Is { durable: true } at `index`, an object or nothing? */
static bool is_durable_at(duk_context *ctx, duk_idx_t index)
{
    if (!duk_is_object(ctx, index)) return false;
    duk_get_prop_literal(ctx, index, "durable");
    bool is_durable = duk_to_boolean(ctx, -1);
    duk_pop(ctx);
    return is_durable;
}

/* Bytes of the durable shape that is on flash with another length; its name is on the stage. The core knows the right length when
 * it is asked for it. */
static uint32_t kept_bytes(enum shape shape, uint32_t name_length)
{
    int32_t handle = ERR_WRONG_SIZE;
    uint32_t pages = 0;
    while (handle == ERR_WRONG_SIZE) handle = (int32_t)core_areaOpenDurable(core_shapeStage(), name_length, ++pages);
    if (handle >= 0) core_areaClose((uint32_t)handle);
    return (pages - (shape == SHAPE_LOG)) * BOARD_KNOBS_PAGE_BYTES;
}

/* By the name on flash: a map's and a log's begin with a byte that no text begins with, so shapes never share an area. */
static int32_t open_durable(duk_context *ctx, enum shape shape, uint32_t pages)
{
    duk_size_t length = 0;
    const char *name = duk_get_lstring(ctx, NAME, &length);
    uint8_t *stage = core_arena() + core_shapeStage();
    uint32_t mark = shape != SHAPE_AREA;
    if (length >= NAME_MAX) return API_BAD_NAME;
    stage[0] = (uint8_t)(DURABLE_MARK + shape);
    memcpy(stage + mark, name, length);
    int32_t code = (int32_t)core_areaOpenDurable(core_shapeStage(), mark + (uint32_t)length, pages);
    if (code == ERR_WRONG_SIZE) api_kept_bytes = kept_bytes(shape, mark + (uint32_t)length);
    return code == ERR_TOO_BIG ? API_DURABLE_TOO_BIG : code;
}

/* The one place where an area comes into being. */
static int32_t open_pages(duk_context *ctx, enum shape shape, uint32_t pages, bool is_durable)
{
    if (!is_durable && pages > API_PAGES_MOST) return ERR_TOO_BIG;
    int32_t handle = is_durable ? open_durable(ctx, shape, pages) : (int32_t)core_areaOpen(pages), code = OK;
    if (handle < 0) return handle;
    if (shape == SHAPE_MAP) code = (int32_t)core_mapOpen((uint32_t)handle, pages);
    if (shape == SHAPE_LOG) code = (int32_t)core_logOpen((uint32_t)handle, pages);
    if (code < 0) core_areaClose((uint32_t)handle);
    return code < 0 ? code : handle;
}

/* The lowest number that no open cache has, opened. */
static int32_t open_cache(duk_context *ctx)
{
    uint32_t used = 0, free = 0;
    duk_uarridx_t count = (duk_uarridx_t)duk_get_length(ctx, HANDLES);
    for (duk_uarridx_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, HANDLES, i);
        if (int_in(ctx, -1, "shape") == SHAPE_CACHE) used |= 1u << int_in(ctx, -1, "handle");
        duk_pop(ctx);
    }
    while (used >> free & 1) free++;
    if (free >= CACHES_MAX) return API_TOO_MANY_CACHES;
    int32_t code = (int32_t)core_cacheOpen(free);
    return code < 0 ? code : (int32_t)free;
}

/* Pushes a handle, and enters it into z.handles. */
static void push_made(duk_context *ctx, enum shape shape, int32_t handle, bool is_durable)
{
    duk_idx_t made = duk_push_object(ctx);
    duk_get_global_literal(ctx, "zcache");
    duk_get_prop_index(ctx, -1, (duk_uarridx_t)shape);
    duk_set_prototype(ctx, made);
    duk_pop(ctx);
    duk_dup(ctx, NAME);
    duk_put_prop_literal(ctx, made, "name");
    duk_dup(ctx, BYTES);
    duk_put_prop_literal(ctx, made, "bytes");
    duk_push_int(ctx, handle);
    duk_put_prop_literal(ctx, made, "handle");
    duk_push_int(ctx, (int)shape);
    duk_put_prop_literal(ctx, made, "shape");
    if (shape == SHAPE_DEVICE) {
        duk_push_int(ctx, 0);
        duk_put_prop_literal(ctx, made, "mem_limit");
    }
    if (is_durable) {
        duk_push_true(ctx);
        duk_put_prop_literal(ctx, made, "durable");
    }
    duk_compact(ctx, made);
    duk_dup(ctx, made);
    duk_put_prop_index(ctx, HANDLES, (duk_uarridx_t)duk_get_length(ctx, HANDLES));
}

duk_ret_t api_open(duk_context *ctx, enum shape shape)
{
    bool has_default = shape == SHAPE_MAP || shape == SHAPE_LOG;
    if (duk_is_object(ctx, BYTES)) {
        duk_dup(ctx, BYTES);
        duk_replace(ctx, OPTIONS);
        duk_get_prop_literal(ctx, OPTIONS, "bytes");
        duk_replace(ctx, BYTES);
    }
    bool is_durable = shape <= SHAPE_LOG && is_durable_at(ctx, OPTIONS);
    push_handles(ctx);
    if (shape == SHAPE_DEVICE && !is_whole(ctx, NAME, 0, DEVICES - 1)) api_refuse_named(ctx, API_BAD_DEVICE, shape, NAME);
    if (shape == SHAPE_DEVICE) duk_to_string(ctx, NAME);
    if (push_known(ctx, shape)) {
        bool is_other = !duk_is_undefined(ctx, BYTES) && duk_get_number_default(ctx, BYTES, -1) != int_in(ctx, -1, "bytes");
        is_other |= is_durable && !is_durable_at(ctx, -1);
        if (is_other && shape != SHAPE_CACHE) api_refuse_named(ctx, API_OTHER_LENGTH, shape, NAME);
        return 1;
    }
    if (shape == SHAPE_CACHE || (has_default && duk_is_undefined(ctx, BYTES))) {
        duk_push_int(ctx, DEFAULT_BYTES);
        duk_replace(ctx, BYTES);
    }
    int32_t code = fault(ctx, shape);
    uint32_t pages = (duk_get_uint_default(ctx, BYTES, 0) + BOARD_KNOBS_PAGE_BYTES - 1) / BOARD_KNOBS_PAGE_BYTES + (shape == SHAPE_LOG);
    if (code == OK) code = shape == SHAPE_CACHE ? open_cache(ctx) : open_pages(ctx, shape, pages, is_durable);
    if (code < 0) api_refuse_named(ctx, code, shape, NAME);
    push_made(ctx, shape, code, is_durable);
    return 1;
}

/* Is the handle on the stack's top what argument 0 names: itself, an area's name, or the number of anything but a cache? */
static bool is_named(duk_context *ctx)
{
    int32_t shape = int_in(ctx, -1, "shape");
    if (duk_is_number(ctx, NAME)) return shape != SHAPE_CACHE && int_in(ctx, -1, "handle") == duk_get_int(ctx, NAME);
    if (!duk_is_string(ctx, NAME)) return duk_strict_equals(ctx, -1, NAME);
    duk_get_prop_literal(ctx, -1, "name");
    bool is_name = shape == SHAPE_AREA && duk_strict_equals(ctx, -1, NAME);
    duk_pop(ctx);
    return is_name;
}

/* Gives up what the handle on the stack's top has. Ok, or why a durable area cannot be deleted. */
static int32_t give_up(duk_context *ctx, bool deletes)
{
    uint32_t handle = (uint32_t)int_in(ctx, -1, "handle");
    if (deletes && is_durable_at(ctx, -1)) return (int32_t)core_areaDelete(handle);
    if (int_in(ctx, -1, "shape") == SHAPE_CACHE) core_cacheClear(handle);
    else core_areaClose(handle);
    return OK;
}

/* Frees the handle on the stack's top, which is number `index` of z.handles; the last one takes its place there. */
static void free_top(duk_context *ctx, duk_uarridx_t index)
{
    duk_push_int(ctx, -1);
    duk_put_prop_literal(ctx, -2, "handle");
    duk_uarridx_t last = (duk_uarridx_t)duk_get_length(ctx, HANDLES) - 1;
    duk_get_prop_index(ctx, HANDLES, last);
    duk_put_prop_index(ctx, HANDLES, index);
    duk_set_length(ctx, HANDLES, last);
}

duk_ret_t api_free(duk_context *ctx, bool deletes)
{
    push_handles(ctx);
    duk_uarridx_t count = (duk_uarridx_t)duk_get_length(ctx, HANDLES);
    for (duk_uarridx_t i = 0; i < count; i++) {
        duk_get_prop_index(ctx, HANDLES, i);
        if (is_named(ctx)) {
            int32_t code = give_up(ctx, deletes);
            if (code < 0) {
                enum shape shape = (enum shape)int_in(ctx, -1, "shape");
                duk_get_prop_literal(ctx, -1, "name");
                api_refuse_named(ctx, code, shape, -1);
            }
            free_top(ctx, i);
            return 0;
        }
        duk_pop(ctx);
    }
    if (duk_is_object(ctx, NAME)) {
        uint32_t shape = (uint32_t)int_in(ctx, NAME, "shape");
        duk_get_prop_literal(ctx, NAME, "name");
        if (shape <= SHAPE_DEVICE && int_in(ctx, NAME, "handle") < 0) api_refuse_named(ctx, API_FREED, (enum shape)shape, -1);
    }
    api_refuse_named(ctx, ERR_NOT_FOUND, SHAPE_AREA, NAME);
}
