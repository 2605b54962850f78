/*
 * The border between JavaScript and C: one function, `native(operation, ...)` (and, for people, `print` and `require`). Operations are numbers (an enumeration
 * that firmware/runtime/native.ts mirrors, name for name, and a test compares), so the whole border costs the engine's
 * heap the entry of one global: a lightfunc is a tagged value, a number in the code is a constant, and no operation has
 * a name in RAM. A call costs about 1 500 instructions with this engine, so each operation moves whole pages.
 *
 * Operations that work on the store return the core's result: 0 or positive, or a negative Err. None of them throws,
 * except for an argument of the wrong kind (a buffer is expected and a number comes).
 */
#include "binding.h"
#include "api.h"
#include "board-config.h"
#include "core.h"
#include "engine.h"
#include "hal.h"
#include "lines.h"
#include "output.h"
#include <string.h>

enum native_call {
    /* (text): prints it, without a line feed. */
    NATIVE_PRINT,
    /* (value, width): prints it with spaces before it, or behind it if the width is negative, to so many columns. */
    NATIVE_COLUMN,
    /* (knob, value): sets a knob of the store. */
    NATIVE_CORE_SET,
    /* (knob): its value. */
    NATIVE_CORE_GET,
    /* (knob, which): its lowest, highest or default value, or 1 if it may change while the store is open; enum knob_figure. */
    NATIVE_KNOB,
    /* (): forgets the store; every knob at its default. */
    NATIVE_CORE_DEFAULTS,
    /* (): opens the store in the arena; frames or Err. */
    NATIVE_CORE_OPEN,
    /* (): the broken relation after Err.Config. */
    NATIVE_CONFIG_FAULT,
    /* (handle, pages, place): pages of an area that are at this place. */
    NATIVE_AREA_COUNT,
    /* (index): value of a counter as of the last refresh. */
    NATIVE_COUNTER,
    /* (index, of knobs): its name, "group:name" for the first of a group; or that of a knob, "name:unit"; undefined behind the last. */
    NATIVE_COUNTER_NAME,
    /* (): brings derived counters up to date. */
    NATIVE_REFRESH,
    /* (frame): class * 65536 + zpages * 256 + free chunks, or Err. */
    NATIVE_FRAME,
    /* (which): a number about the board, enum figure. */
    NATIVE_FIGURE,
    /* (which): a text about the board, enum board_text. */
    NATIVE_TEXT,
    /* (name, argument): runs a source from flash; what its run() returns. */
    NATIVE_COLD,
    /* (): a Uint8Array over the whole arena, no copy. */
    NATIVE_ARENA,
    /* (): collects garbage. */
    NATIVE_COLLECT,
    /* (): resets the chip; does not return. */
    NATIVE_RESET,
    /* (): clock ticks since start-up. */
    NATIVE_TICKS,
    /* (pool, which): kind, frozen, tenant, objects, pages (core/calls.ts, PoolFigure), or Err. */
    NATIVE_POOL_FIGURE,
    /* (tenant, which): quota, held, stores, loads, rejects, written back, dropped (core/store/tenants.ts), or Err. */
    NATIVE_TENANT_FIGURE,
    /* (tenant): pools and areas opened from now on are its own; Ok or Err. */
    NATIVE_TENANT_USE,
    /* (tenant, bytes): its quota; Ok or Err. */
    NATIVE_TENANT_QUOTA,
    /* (sector): of the swap area: its erases, + 1 << 28 for a head, + 1 << 30 if it is retired; or Err. */
    NATIVE_SECTOR,
    /* (sector): its live granules of 16 bytes, or Err. */
    NATIVE_SECTOR_LIVE,
    /* () -> code: makes the swap area the store's, whatever is on it. */
    NATIVE_SWAP_FORMAT,
    /* (at, what) in the bytes of flash that are kept for apps: no `what` erases the sector there, a number reads so many bytes
     * into a buffer, text or a buffer is programmed. Bytes programmed, the buffer, Ok or Err. */
    NATIVE_APP_FLASH,
    /* (at, length): CRC-32 of such bytes. */
    NATIVE_APP_CRC,
};

enum figure {
    FIGURE_RAM_BYTES,
    FIGURE_CODE_BYTES,
    FIGURE_STACK_BYTES,
    FIGURE_STACK_PEAK,
    FIGURE_HEAP_BYTES,
    FIGURE_HEAP_USED,
    FIGURE_HEAP_PEAK,
    FIGURE_HEAP_LARGEST,
    FIGURE_HEAP_FAILED,
    FIGURE_ARENA_BYTES,
    FIGURE_TABLE_BYTES,
    FIGURE_FRAMES,
    FIGURE_PAGE_BYTES,
    FIGURE_FREE_BYTES,
    FIGURE_FLASH_BYTES,
    FIGURE_FLASH_SECTOR_BYTES,
    FIGURE_FLASH_JEDEC,
    FIGURE_SWAP_IS_OPEN,
    FIGURE_SWAP_START,
    FIGURE_SWAP_SECTORS,
    FIGURE_PAGES_MAX,
    FIGURE_OBJECTS_MAX,
    FIGURE_POOLS_MAX,
    FIGURE_LINK_BYTES,
    FIGURE_TICKS_PER_MICRO,
    FIGURE_BOOT_START_UP,
    FIGURE_BOOT_ENGINE,
    FIGURE_BOOT_STORE,
    FIGURE_BOOT_RUNTIME,
    FIGURE_RESET_CAUSE,
    FIGURE_SERIAL_OVERFLOWS,
    FIGURE_PACKETS,
    FIGURE_PACKETS_DAMAGED,
    FIGURE_TENANTS_MAX,
    FIGURE_FLASH_ENDURANCE,
    FIGURE_LIFE_YEARS_WANTED,
    FIGURE_BUDGET,
    /* Days, or a negative Err. */
    FIGURE_LIFE_DAYS,
    FIGURE_SWAP_FOUND,
    FIGURE_DURABLE_PAGES_MAX,
    FIGURE_APP_BYTES,
    FIGURE_FLASH_READ_COST,
    FIGURE_FLASH_WRITE_COST, FIGURE_RAM_UNUSED,
};

enum knob_figure { KNOB_LOW, KNOB_HIGH, KNOB_DEFAULT, KNOB_LIVE };

/* A board that says nothing of apps keeps none. */
#ifndef BOARD_APP_BYTES
#define BOARD_APP_BYTES 0u
#define BOARD_APP_START_BYTES 0u
#endif

/* A board that says nothing of tenants has one. */
#ifndef BOARD_KNOBS_TENANTS_MAX
#define BOARD_KNOBS_TENANTS_MAX 1
#endif

enum board_text { TEXT_VERSION, TEXT_BOARD, TEXT_BOARD_TITLE, TEXT_FLASH };

/* A board without a flash chip has no figures of one. */
#ifndef BOARD_FLASH_ENDURANCE_ERASES
#define BOARD_FLASH_ENDURANCE_ERASES 0u
#define BOARD_FLASH_READ_COST 0u
#define BOARD_FLASH_WRITE_COST 0u
#endif
#ifndef BOARD_SWAP_WANTED_LIFE_YEARS
#define BOARD_SWAP_WANTED_LIFE_YEARS 10u
#endif

uint32_t boot_ticks[BOOT_PHASES];

/* ---- figures ---- */

static uint32_t heap_figure(uint32_t which)
{
    struct heap_figures figures = engine_heap_figures();
    switch (which) {
    case FIGURE_HEAP_USED: return figures.used;
    case FIGURE_HEAP_PEAK: return figures.peak;
    case FIGURE_HEAP_LARGEST: return figures.largest;
    case FIGURE_HEAP_FAILED: return figures.failed;
    default: return figures.size;
    }
}

static uint32_t store_figure(uint32_t which)
{
    switch (which) {
    case FIGURE_TABLE_BYTES: return core_coreTableBytes();
    case FIGURE_FRAMES: return core_coreFrames();
    case FIGURE_FREE_BYTES: return core_coreFreeBytes();
    case FIGURE_SWAP_IS_OPEN: return core_coreSwapIsOpen();
    case FIGURE_PACKETS: return core_wirePackets();
    case FIGURE_BUDGET: return core_coreBudget();
    case FIGURE_LIFE_DAYS: return core_coreLifeDays();
    case FIGURE_SWAP_FOUND: return core_swapFound();
    default: return core_wireDamaged();
    }
}

/* Sectors of the chip that the board gives to swap, as many as there are: the chip found may be smaller than the one that
 * the board was made for, and its sectors larger. */
static uint32_t swap_sectors(const struct flash_part *chip)
{
    if (chip->size_bytes <= BOARD_SWAP_START_BYTES) return 0;
    uint32_t sectors = (chip->size_bytes - BOARD_SWAP_START_BYTES) / chip->sector_bytes;
    return sectors > BOARD_SWAP_SECTORS ? BOARD_SWAP_SECTORS : sectors;
}

/* Bytes that are kept for apps: none if the chip found is too small for the board's figures, or its sectors too large. */
static uint32_t app_bytes(void)
{
    static const uint32_t bytes = BOARD_APP_BYTES, end = BOARD_APP_START_BYTES + BOARD_APP_BYTES;
    const struct flash_part *chip = flash_chip();
    return end <= chip->size_bytes && 2 * chip->sector_bytes <= bytes ? bytes : 0;
}

/* Figures that are constant once the board has started. */
static uint32_t board_figure(uint32_t which)
{
    const struct flash_part *chip = flash_chip();
    switch (which) {
    case FIGURE_RAM_BYTES: return BOARD_MEMORY_RAM_BYTES;
    case FIGURE_CODE_BYTES: return BOARD_MEMORY_CODE_BYTES;
    case FIGURE_RAM_UNUSED: return board_ram_unused();
    case FIGURE_STACK_BYTES: return board_stack_bytes();
    case FIGURE_ARENA_BYTES: return BOARD_RAM_ARENA_BYTES;
    case FIGURE_PAGE_BYTES: return BOARD_KNOBS_PAGE_BYTES;
    case FIGURE_FLASH_BYTES: return chip->size_bytes;
    case FIGURE_FLASH_SECTOR_BYTES: return chip->sector_bytes;
    case FIGURE_FLASH_JEDEC: return (uint32_t)chip->jedec[0] << 16 | (uint32_t)chip->jedec[1] << 8 | chip->jedec[2];
    case FIGURE_SWAP_START: return BOARD_SWAP_START_BYTES;
    case FIGURE_SWAP_SECTORS: return swap_sectors(chip);
    case FIGURE_PAGES_MAX: return BOARD_KNOBS_PAGES_MAX;
    case FIGURE_OBJECTS_MAX: return BOARD_KNOBS_OBJECTS_MAX;
    case FIGURE_POOLS_MAX: return BOARD_KNOBS_POOLS_MAX;
    case FIGURE_LINK_BYTES: return BOARD_KNOBS_LINK_BYTES;
    case FIGURE_TENANTS_MAX: return BOARD_KNOBS_TENANTS_MAX;
    case FIGURE_DURABLE_PAGES_MAX: return BOARD_KNOBS_DURABLE_PAGES_MAX;
    case FIGURE_TICKS_PER_MICRO: return BOARD_CLOCK_TICKS_PER_MICRO;
    case FIGURE_APP_BYTES: return app_bytes();
    case FIGURE_RESET_CAUSE: return board_reset_cause();
    case FIGURE_FLASH_ENDURANCE: return BOARD_FLASH_ENDURANCE_ERASES;
    case FIGURE_FLASH_READ_COST: return BOARD_FLASH_READ_COST;
    case FIGURE_FLASH_WRITE_COST: return BOARD_FLASH_WRITE_COST;
    case FIGURE_LIFE_YEARS_WANTED: return BOARD_SWAP_WANTED_LIFE_YEARS;
    default: return 0;
    }
}

static uint32_t figure(uint32_t which)
{
    if (which == FIGURE_STACK_PEAK) return board_stack_peak();
    if (which == FIGURE_SERIAL_OVERFLOWS) return serial_overflows();
    if (which >= FIGURE_HEAP_BYTES && which <= FIGURE_HEAP_FAILED) return heap_figure(which);
    if (which >= FIGURE_BOOT_START_UP && which <= FIGURE_BOOT_RUNTIME) return boot_ticks[which - FIGURE_BOOT_START_UP];
    bool of_store = which == FIGURE_TABLE_BYTES || which == FIGURE_FRAMES || which == FIGURE_FREE_BYTES
        || which == FIGURE_SWAP_IS_OPEN || which == FIGURE_PACKETS || which == FIGURE_PACKETS_DAMAGED || which == FIGURE_BUDGET || which == FIGURE_LIFE_DAYS
        || which == FIGURE_SWAP_FOUND;
    return of_store ? store_figure(which) : board_figure(which);
}

static const char *board_text(uint32_t which)
{
    switch (which) {
    case TEXT_VERSION: return ZCACHE_VERSION;
    case TEXT_BOARD: return BOARD_NAME;
    case TEXT_BOARD_TITLE: return BOARD_TITLE;
    case TEXT_FLASH: return flash_chip()->name;
    default: return "";
    }
}

/* ---- operations ---- */

static int32_t open_core(void)
{
    uint32_t start = (uint32_t)clock_ticks();
    int32_t frames = (int32_t)core_coreOpen(BOARD_RAM_ARENA_BYTES);
    boot_ticks[BOOT_STORE] = (uint32_t)clock_ticks() - start;
    return frames;
}

static int32_t describe_frame(uint32_t frame)
{
    int32_t class = (int32_t)core_frameClass(frame);
    if (class < 0) return class;
    return class << 16 | (int32_t)(core_frameZpages(frame) << 8) | (int32_t)core_frameFreeChunks(frame);
}

static int32_t knob_figure(uint32_t knob, uint32_t which)
{
    switch (which) {
    case KNOB_LOW: return (int32_t)core_coreLow(knob);
    case KNOB_HIGH: return (int32_t)core_coreHigh(knob);
    case KNOB_DEFAULT: return (int32_t)core_coreDefault(knob);
    case KNOB_LIVE: return (int32_t)core_coreKnobIsLive(knob);
    default: return ERR_INVALID;
    }
}

/* The operations whose result is one integer. */
static int32_t call_core(duk_context *ctx, duk_int_t operation)
{
    uint32_t first = duk_get_uint(ctx, 1);
    switch (operation) {
    case NATIVE_AREA_COUNT: return (int32_t)core_areaCount(first, duk_get_uint(ctx, 2), duk_get_uint(ctx, 3));
    case NATIVE_CORE_SET: return (int32_t)core_coreSet(first, duk_get_uint(ctx, 2));
    case NATIVE_CORE_GET: return (int32_t)core_coreGet(first);
    case NATIVE_KNOB: return knob_figure(first, duk_get_uint(ctx, 2));
    case NATIVE_CORE_OPEN: return open_core();
    case NATIVE_CONFIG_FAULT: return (int32_t)core_configFault();
    case NATIVE_COUNTER: return (int32_t)core_counter(first);
    case NATIVE_FRAME: return describe_frame(first);
    case NATIVE_POOL_FIGURE: return (int32_t)core_poolFigure(first, duk_get_uint(ctx, 2));
    case NATIVE_TENANT_FIGURE: return (int32_t)core_tenantFigure(first, duk_get_uint(ctx, 2));
    case NATIVE_TENANT_USE: return (int32_t)core_tenantUse(first);
    case NATIVE_TENANT_QUOTA: return (int32_t)core_tenantSetQuota(first, duk_get_uint(ctx, 2));
    case NATIVE_SECTOR: return (int32_t)core_coreSectorWear(first);
    case NATIVE_SECTOR_LIVE: return (int32_t)core_coreSectorLive(first);
    case NATIVE_SWAP_FORMAT: return (int32_t)core_swapFormat();
    default: return ERR_INVALID;
    }
}

static void print_argument(duk_context *ctx, duk_idx_t index)
{
    duk_size_t length = 0;
    const char *text = duk_to_lstring(ctx, index, &length);
    output_text(text, length);
}

static void print_column(duk_context *ctx)
{
    duk_size_t length = 0;
    const char *text = duk_to_lstring(ctx, 1, &length);
    int32_t width = duk_get_int(ctx, 2);
    int32_t spaces = (width < 0 ? -width : width) - (int32_t)length;
    if (width < 0) output_text(text, length);
    while (spaces-- > 0) output_say(" ");
    if (width >= 0) output_text(text, length);
}

static bool ends_name(char c) { return c == ' ' || c == ';' || c == 0; }

/* The names lie in flash as one text; the one asked for is the only one that enters the heap. */
static duk_ret_t push_name(duk_context *ctx, uint32_t which, const struct cold_source *names)
{
    const char *at = names->text;
    for (; which && *at; at++) which -= ends_name(*at);
    if (!*at) return 0;
    uint32_t length = 0;
    while (!ends_name(at[length])) length++;
    duk_push_lstring(ctx, at, length);
    return 1;
}

static const struct cold_source *names_of(bool knobs)
{
    return knobs ? engine_find_cold(KNOB_NAMES, sizeof KNOB_NAMES - 1) : engine_find_cold(COUNTER_NAMES, sizeof COUNTER_NAMES - 1);
}

/* Programs and compares what the cells hold. */
static int program_surely(uint32_t at, const uint8_t *bytes, uint32_t length)
{
    uint8_t piece[32];
    int code = flash_program(at, bytes, length);
    for (uint32_t done = 0; code == FLASH_OK && done < length; done += sizeof piece) {
        uint32_t part = length - done < sizeof piece ? length - done : sizeof piece;
        code = flash_read(at + done, piece, part);
        if (code == FLASH_OK && memcmp(piece, bytes + done, part) != 0) code = FLASH_FAILED;
    }
    return code;
}

static duk_ret_t app_flash(duk_context *ctx)
{
    uint32_t at = duk_get_uint(ctx, 1);
    duk_size_t length = 0;
    const void *bytes = duk_is_string(ctx, 2) ? duk_get_lstring(ctx, 2, &length) : duk_get_buffer_data(ctx, 2, &length);
    if (!bytes) length = duk_get_uint(ctx, 2);
    int code = FLASH_INVALID;
    if (at <= app_bytes() && length <= app_bytes() - at) {
        at += BOARD_APP_START_BYTES;
        if (bytes) code = program_surely(at, bytes, (uint32_t)length);
        else if (duk_is_undefined(ctx, 2)) code = flash_erase(at);
        else if ((code = flash_read(at, duk_push_fixed_buffer(ctx, length), (uint32_t)length)) == FLASH_OK) return 1;
    }
    duk_push_int(ctx, code < 0 ? code : (int)length);
    return 1;
}

/* The bytes pass through the stage of firmware/shapes. */
static duk_ret_t app_crc(duk_context *ctx)
{
    enum { PIECE_BYTES = 1024 };
    uint32_t at = BOARD_APP_START_BYTES + duk_get_uint(ctx, 1), left = duk_get_uint(ctx, 2), crc = 0, stage = core_wirePayload();
    while (left) {
        uint32_t piece = left < PIECE_BYTES ? left : PIECE_BYTES;
        if (flash_read(at, core_arena() + stage, piece) != FLASH_OK) return 0;
        crc = core_crc32(stage, piece, crc);
        at += piece, left -= piece;
    }
    duk_push_uint(ctx, crc);
    return 1;
}

static void push_arena(duk_context *ctx)
{
    duk_push_external_buffer(ctx);
    duk_config_buffer(ctx, -1, core_arena(), BOARD_RAM_ARENA_BYTES);
    duk_push_buffer_object(ctx, -1, 0, BOARD_RAM_ARENA_BYTES, DUK_BUFOBJ_UINT8ARRAY);
}

/* Operations with another result, or none: pushes it and returns the number of results, or -1 for one of call_core(). */
static duk_ret_t call_board(duk_context *ctx, duk_int_t operation)
{
    switch (operation) {
    case NATIVE_PRINT: print_argument(ctx, 1); return 0;
    case NATIVE_COLUMN: print_column(ctx); return 0;
    case NATIVE_CORE_DEFAULTS: core_coreDefaults(); return 0;
    case NATIVE_COUNTER_NAME: return push_name(ctx, duk_get_uint(ctx, 1), names_of(duk_to_boolean(ctx, 2)));
    case NATIVE_REFRESH: core_coreRefresh(); return 0;
    case NATIVE_FIGURE: duk_push_uint(ctx, figure(duk_get_uint(ctx, 1))); return 1;
    case NATIVE_TEXT: duk_push_string(ctx, board_text(duk_get_uint(ctx, 1))); return 1;
    case NATIVE_COLD: engine_push_cold(ctx, duk_require_string(ctx, 1), 2); return 1;
    case NATIVE_ARENA: push_arena(ctx); return 1;
    case NATIVE_COLLECT: engine_collect(); return 0;
    case NATIVE_APP_FLASH: return app_flash(ctx);
    case NATIVE_APP_CRC: return app_crc(ctx);
    case NATIVE_RESET: board_reset();
    case NATIVE_TICKS: duk_push_number(ctx, (duk_double_t)clock_ticks()); return 1;
    default: return -1;
    }
}

static duk_ret_t native(duk_context *ctx)
{
    duk_int_t operation = duk_get_int(ctx, 0);
    duk_ret_t results = call_board(ctx, operation);
    if (results >= 0) return results;
    int32_t number = call_core(ctx, operation);
    if (operation == NATIVE_COUNTER && number == ERR_NOT_FOUND) duk_push_null(ctx);
    else duk_push_int(ctx, number);
    return 1;
}

/* print(value, ...): the values with spaces between them, and a line feed. */
static duk_ret_t print(duk_context *ctx)
{
    for (duk_idx_t i = 0; i < duk_get_top(ctx); i++) {
        if (i) output_say(" ");
        print_argument(ctx, i);
    }
    output_say("\n");
    return 0;
}

/* require("zcache"): the global z; any other name: what that module of the app exports, which is run when it is first asked for. One
 * that throws is run again the next time. */
static duk_ret_t require(duk_context *ctx)
{
    duk_get_global_literal(ctx, "z");
    if (strcmp(duk_to_string(ctx, 0), "zcache") == 0) return 1;
    if (duk_get_prop_literal(ctx, 1, "modules")) {
        duk_dup(ctx, 0);
        duk_get_prop(ctx, -2);
    }
    duk_replace(ctx, 1);
    if (!duk_is_object(ctx, 1)) (void)duk_error(ctx, DUK_ERR_ERROR, "there is no module %s: .load it, then .app run", duk_get_string(ctx, 0));
    duk_set_top(ctx, 2);
    if (duk_get_prop_literal(ctx, 1, "run")) {
        duk_dup(ctx, -1);
        duk_del_prop_literal(ctx, 1, "run");
        duk_dup(ctx, 1);
        duk_get_prop_literal(ctx, 1, "exports");
        duk_get_global_literal(ctx, "require");
        if (duk_pcall(ctx, 3) != DUK_EXEC_SUCCESS) {
            duk_dup(ctx, 2);
            duk_put_prop_literal(ctx, 1, "run");
            lines_rethrow();
            (void)duk_throw(ctx);
        }
    }
    duk_get_prop_literal(ctx, 1, "exports");
    return 1;
}

#define NATIVE_ARGUMENTS 5

void binding_open(duk_context *ctx)
{
    duk_push_c_lightfunc(ctx, native, NATIVE_ARGUMENTS, 0, 0);
    duk_put_global_literal(ctx, "native");
    duk_push_c_lightfunc(ctx, print, DUK_VARARGS, 0, 0);
    duk_put_global_literal(ctx, "print");
    duk_push_c_lightfunc(ctx, require, 1, 1, 0);
    duk_put_global_literal(ctx, "require");
    duk_push_undefined(ctx);
    duk_put_global_literal(ctx, "coldRun");
}
