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
#include "board-config.h"
#include "core.h"
#include "engine.h"
#include "hal.h"
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
    /* (pages): handle of a new area or Err. */
    NATIVE_AREA_OPEN,
    /* (handle): Ok or Err. */
    NATIVE_AREA_CLOSE,
    /* (handle, length of the area, offset, bytes): area to buffer, up to the area's end; bytes read or Err. */
    NATIVE_AREA_READ,
    /* (handle, length, offset, bytes or latin-1 text): buffer to area; bytes written or Err. */
    NATIVE_AREA_WRITE,
    /* (handle, length, offset): the byte there, or Err. */
    NATIVE_AREA_AT,
    /* (handle, length, offset, byte): Ok or Err. */
    NATIVE_AREA_SET,
    /* (handle, length, byte): sets every byte; Ok or Err. */
    NATIVE_AREA_FILL,
    /* (index): value of a counter as of the last refresh. */
    NATIVE_COUNTER,
    /* (index): its name, "group:name" for the first of a group; undefined behind the last. */
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
    /* (sector): of the swap area: its erases, + 1 << 28 for a head, + 1 << 30 if it is retired; or Err. */
    NATIVE_SECTOR,
    /* (sector): its live granules of 16 bytes, or Err. */
    NATIVE_SECTOR_LIVE,
    /* () -> code: makes the swap area the store's, whatever is on it. */
    NATIVE_SWAP_FORMAT,
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
    FIGURE_FLASH_ENDURANCE,
    FIGURE_LIFE_YEARS_WANTED,
    FIGURE_BUDGET,
    /* Days, or a negative Err. */
    FIGURE_LIFE_DAYS,
    FIGURE_SWAP_FOUND,
    FIGURE_DURABLE_PAGES_MAX,
};

enum knob_figure { KNOB_LOW, KNOB_HIGH, KNOB_DEFAULT, KNOB_LIVE };

enum board_text { TEXT_VERSION, TEXT_BOARD, TEXT_BOARD_TITLE, TEXT_FLASH };

/* A board without a flash chip has no figures of one. */
#ifndef BOARD_FLASH_ENDURANCE_ERASES
#define BOARD_FLASH_ENDURANCE_ERASES 0u
#endif
#ifndef BOARD_SWAP_WANTED_LIFE_YEARS
#define BOARD_SWAP_WANTED_LIFE_YEARS 10u
#endif

/* Err.Invalid, and one of our own: the range leaves the area. */
enum { ERR_INVALID = -1, ERR_OUTSIDE = -100 };

uint32_t boot_ticks[BOOT_PHASES];

/* ---- areas ---- */

/* Address of byte `offset` of an area, its page resident; `*room`: bytes to the page's end. NULL: *error is the Err. */
static uint8_t *area_at(uint32_t handle, uint32_t offset, int for_write, uint32_t *room, int32_t *error)
{
    uint32_t page_bytes = BOARD_KNOBS_PAGE_BYTES;
    int32_t at = (int32_t)core_areaTouch(handle, offset / page_bytes, (uint32_t)for_write);
    if (at < 0) {
        *error = at;
        return NULL;
    }
    *room = page_bytes - offset % page_bytes;
    return core_arena() + at + offset % page_bytes;
}

int32_t area_copy(uint32_t handle, uint32_t offset, uint8_t *memory, uint32_t length, int for_write)
{
    uint32_t done = 0, room = 0;
    int32_t error = 0;
    while (done < length) {
        uint8_t *page = area_at(handle, offset + done, for_write, &room, &error);
        if (!page) return error;
        uint32_t piece = length - done < room ? length - done : room;
        if (for_write) memcpy(page, memory + done, piece);
        else memcpy(memory + done, page, piece);
        done += piece;
    }
    return (int32_t)done;
}

/* Writes text one byte a character. The engine's strings are UTF-8: below U+0100 one or two bytes each. */
static int32_t area_write_text(uint32_t handle, uint32_t offset, const uint8_t *text, duk_size_t length)
{
    uint32_t done = 0, room = 0;
    int32_t error = 0;
    uint8_t *page = NULL;
    for (duk_size_t i = 0; i < length; i++) {
        uint8_t byte = text[i];
        if (byte > 0xc3) return ERR_INVALID;
        if (byte >= 0xc2) byte = (uint8_t)(byte << 6 | (text[++i] & 0x3f));
        if (room == 0) page = area_at(handle, offset + done, 1, &room, &error);
        if (!page) return error;
        *page++ = byte;
        room--;
        done++;
    }
    return (int32_t)done;
}

/* Where an operation on an area begins. */
struct place {
    uint32_t handle;
    uint32_t offset;
    /* Bytes from there to the area's end. */
    uint32_t left;
};

/* Reads handle, length and offset from the arguments. False unless `needed` bytes of the area lie behind the offset. */
static bool find_place(duk_context *ctx, uint32_t needed, struct place *place)
{
    duk_double_t length = duk_get_number(ctx, 2), offset = duk_get_number(ctx, 3);
    if (!(offset >= 0 && offset <= length)) return false;
    place->handle = duk_get_uint(ctx, 1);
    place->offset = (uint32_t)offset;
    place->left = (uint32_t)length - place->offset;
    return place->left >= needed;
}

/* Characters of a text: its bytes as far as they begin one. */
static uint32_t count_characters(const uint8_t *text, duk_size_t length)
{
    uint32_t count = 0;
    for (duk_size_t i = 0; i < length; i++) count += (text[i] & 0xc0) != 0x80;
    return count;
}

static int32_t area_write(duk_context *ctx)
{
    struct place place;
    duk_size_t length = 0;
    if (duk_is_string(ctx, 4)) {
        const uint8_t *text = (const uint8_t *)duk_get_lstring(ctx, 4, &length);
        if (!find_place(ctx, count_characters(text, length), &place)) return ERR_OUTSIDE;
        return area_write_text(place.handle, place.offset, text, length);
    }
    uint8_t *bytes = duk_require_buffer_data(ctx, 4, &length);
    if (!find_place(ctx, (uint32_t)length, &place)) return ERR_OUTSIDE;
    return area_copy(place.handle, place.offset, bytes, (uint32_t)length, 1);
}

static int32_t area_read(duk_context *ctx)
{
    struct place place;
    duk_size_t length = 0;
    uint8_t *bytes = duk_require_buffer_data(ctx, 4, &length);
    if (!find_place(ctx, 0, &place)) return ERR_OUTSIDE;
    return area_copy(place.handle, place.offset, bytes, length < place.left ? (uint32_t)length : place.left, 0);
}

static int32_t area_byte(duk_context *ctx, int for_write)
{
    struct place place;
    uint32_t room = 0;
    int32_t error = 0;
    if (!find_place(ctx, 1, &place)) return ERR_OUTSIDE;
    uint8_t *at = area_at(place.handle, place.offset, for_write, &room, &error);
    if (!at) return error;
    if (!for_write) return *at;
    *at = (uint8_t)duk_get_int(ctx, 4);
    return 0;
}

static int32_t area_fill(duk_context *ctx)
{
    uint32_t handle = duk_get_uint(ctx, 1), length = duk_get_uint(ctx, 2), done = 0, room = 0;
    int32_t error = 0;
    while (done < length) {
        uint8_t *page = area_at(handle, done, 1, &room, &error);
        if (!page) return error;
        uint32_t piece = length - done < room ? length - done : room;
        memset(page, duk_get_int(ctx, 3), piece);
        done += piece;
    }
    return 0;
}

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

/* Figures that are constant once the board has started. */
static uint32_t board_figure(uint32_t which)
{
    const struct flash_part *chip = flash_chip();
    switch (which) {
    case FIGURE_RAM_BYTES: return BOARD_MEMORY_RAM_BYTES;
    case FIGURE_CODE_BYTES: return BOARD_MEMORY_CODE_BYTES;
    case FIGURE_STACK_BYTES: return board_stack_bytes();
    case FIGURE_ARENA_BYTES: return BOARD_RAM_ARENA_BYTES;
    case FIGURE_PAGE_BYTES: return BOARD_KNOBS_PAGE_BYTES;
    case FIGURE_FLASH_BYTES: return chip->size_bytes;
    case FIGURE_FLASH_SECTOR_BYTES: return chip->sector_bytes;
    case FIGURE_FLASH_JEDEC: return (uint32_t)chip->jedec[0] << 16 | (uint32_t)chip->jedec[1] << 8 | chip->jedec[2];
    case FIGURE_SWAP_START: return BOARD_SWAP_START_BYTES;
    case FIGURE_SWAP_SECTORS: return chip->size_bytes ? BOARD_SWAP_SECTORS : 0;
    case FIGURE_PAGES_MAX: return BOARD_KNOBS_PAGES_MAX;
    case FIGURE_OBJECTS_MAX: return BOARD_KNOBS_OBJECTS_MAX;
    case FIGURE_POOLS_MAX: return BOARD_KNOBS_POOLS_MAX;
    case FIGURE_LINK_BYTES: return BOARD_KNOBS_LINK_BYTES;
    case FIGURE_DURABLE_PAGES_MAX: return BOARD_KNOBS_DURABLE_PAGES_MAX;
    case FIGURE_TICKS_PER_MICRO: return BOARD_CLOCK_TICKS_PER_MICRO;
    case FIGURE_RESET_CAUSE: return board_reset_cause();
    case FIGURE_FLASH_ENDURANCE: return BOARD_FLASH_ENDURANCE_ERASES;
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
    case NATIVE_AREA_READ: return area_read(ctx);
    case NATIVE_AREA_WRITE: return area_write(ctx);
    case NATIVE_AREA_AT: return area_byte(ctx, 0);
    case NATIVE_AREA_SET: return area_byte(ctx, 1);
    case NATIVE_AREA_FILL: return area_fill(ctx);
    case NATIVE_AREA_OPEN: return (int32_t)core_areaOpen(first);
    case NATIVE_AREA_CLOSE: return (int32_t)core_areaClose(first);
    case NATIVE_CORE_SET: return (int32_t)core_coreSet(first, duk_get_uint(ctx, 2));
    case NATIVE_CORE_GET: return (int32_t)core_coreGet(first);
    case NATIVE_KNOB: return knob_figure(first, duk_get_uint(ctx, 2));
    case NATIVE_CORE_OPEN: return open_core();
    case NATIVE_CONFIG_FAULT: return (int32_t)core_configFault();
    case NATIVE_COUNTER: return (int32_t)core_counter(first);
    case NATIVE_FRAME: return describe_frame(first);
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
static duk_ret_t push_counter_name(duk_context *ctx, uint32_t which)
{
    const char *at = engine_find_cold(COUNTER_NAMES, sizeof COUNTER_NAMES - 1)->text;
    for (; which && *at; at++) which -= ends_name(*at);
    if (!*at) return 0;
    uint32_t length = 0;
    while (!ends_name(at[length])) length++;
    duk_push_lstring(ctx, at, length);
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
    case NATIVE_COUNTER_NAME: return push_counter_name(ctx, duk_get_uint(ctx, 1));
    case NATIVE_REFRESH: core_coreRefresh(); return 0;
    case NATIVE_FIGURE: duk_push_uint(ctx, figure(duk_get_uint(ctx, 1))); return 1;
    case NATIVE_TEXT: duk_push_string(ctx, board_text(duk_get_uint(ctx, 1))); return 1;
    case NATIVE_COLD: engine_push_cold(ctx, duk_require_string(ctx, 1), 2); return 1;
    case NATIVE_ARENA: push_arena(ctx); return 1;
    case NATIVE_COLLECT: engine_collect(); return 0;
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
    duk_push_int(ctx, call_core(ctx, operation));
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

/* require("zcache"): the global z. There are no other modules. */
static duk_ret_t require(duk_context *ctx)
{
    const char *name = duk_to_string(ctx, 0);
    if (strcmp(name, "zcache") != 0) (void)duk_error(ctx, DUK_ERR_ERROR, "there is no module %s: zcache is the only one", name);
    duk_get_global_literal(ctx, "z");
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
