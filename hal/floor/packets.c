/*
 * The board's end of the packets without an engine (firmware/link/wire.ts; with one: hal/duktape/server.c). Areas are
 * known by a hash of their names. A Run's text is made again for each part that the tool fetches, from the line, which
 * is kept; commands only look, so that is the same text unless the store has changed meanwhile, which only the tool
 * that is waiting could do.
 */
#include "board-config.h"
#include "core.h"
#include "floor.h"
#include "hal.h"
#include <string.h>

enum wire_type {
    WIRE_HELLO = 0x01,
    WIRE_OPEN = 0x02,
    WIRE_CLOSE = 0x03,
    WIRE_WRITE = 0x04,
    WIRE_READ = 0x05,
    WIRE_RUN = 0x06,
    WIRE_MORE = 0x07,
    WIRE_DUMP = 0x08,
};

enum { WIRE_VERSION = 1, WIRE_PAYLOAD_MAX = 1040, WIRE_DATA_MAX = 1024, AREA_NAME_MAX = 24 };

struct area {
    uint32_t name_hash;
    uint32_t bytes; /* 0: free */
    uint32_t handle;
};

static struct area areas[BOARD_KNOBS_OBJECTS_MAX];
static char line[40];
static uint32_t line_length;

static uint8_t *payload(void) { return core_arena() + core_wirePayload(); }
static uint32_t word_at(uint32_t at) { uint32_t word; memcpy(&word, payload() + at, sizeof word); return word; }
static uint32_t half_at(uint32_t at) { return payload()[at] | (uint32_t)payload()[at + 1] << 8; }
static void put_word(uint32_t at, uint32_t word) { memcpy(payload() + at, &word, sizeof word); }

static void reply(int32_t status, uint32_t length)
{
    core_wireReply(core_wireType(), core_wireSequence(), (uint32_t)status, core_wirePayload(), status < 0 ? 0 : length);
}

void packets_open(void)
{
    line_length = 0;
    memset(areas, 0, sizeof areas);
}

static void answer_hello(void)
{
    uint32_t names = sizeof BOARD_NAME + sizeof ZCACHE_VERSION - 1;
    put_word(0, (uint32_t)WIRE_VERSION | (uint32_t)WIRE_PAYLOAD_MAX << 16);
    put_word(4, BOARD_KNOBS_PAGE_BYTES);
    put_word(8, BOARD_KNOBS_PAGES_MAX * BOARD_KNOBS_PAGE_BYTES);
    memcpy(payload() + 12, BOARD_NAME, sizeof BOARD_NAME);
    memcpy(payload() + 12 + sizeof BOARD_NAME, ZCACHE_VERSION, sizeof ZCACHE_VERSION - 1);
    reply(OK, 12 + names);
}

static uint32_t hash_name(uint32_t length)
{
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < length; i++) hash = (hash ^ payload()[4 + i]) * 16777619u;
    return hash;
}

/* The area of this name, or a free place for one; NULL when all are taken by others. */
static struct area *find_area(uint32_t hash)
{
    struct area *room = NULL;
    for (struct area *area = areas; area < areas + BOARD_KNOBS_OBJECTS_MAX; area++) {
        if (area->bytes && area->name_hash == hash) return area;
        if (!area->bytes) room = area;
    }
    return room;
}

static int32_t open_area(uint32_t hash, uint32_t bytes)
{
    struct area *area = find_area(hash);
    if (!area) return ERR_NO_ENTRY;
    if (area->bytes) return area->bytes == bytes ? (int32_t)area->handle : ERR_INVALID;
    int32_t handle = (int32_t)core_areaOpen((bytes + BOARD_KNOBS_PAGE_BYTES - 1) / BOARD_KNOBS_PAGE_BYTES);
    if (handle >= 0) *area = (struct area){hash, bytes, (uint32_t)handle};
    return handle;
}

static void answer_open(void)
{
    uint32_t length = core_wireLength();
    bool sound = length > 4 && length <= 4 + AREA_NAME_MAX && word_at(0) > 0 && word_at(0) <= BOARD_KNOBS_PAGES_MAX * BOARD_KNOBS_PAGE_BYTES;
    reply(sound ? open_area(hash_name(length - 4), word_at(0)) : ERR_INVALID, 0);
}

static void answer_close(void)
{
    for (struct area *area = areas; area < areas + BOARD_KNOBS_OBJECTS_MAX; area++) {
        if (!area->bytes || area->handle != half_at(0)) continue;
        area->bytes = 0;
        reply((int32_t)core_areaClose(area->handle), 0);
        return;
    }
    reply(ERR_NOT_FOUND, 0);
}

/* Copies between the payload and an area's pages. Bytes copied, or Err. */
static int32_t copy_area(uint32_t handle, uint32_t offset, uint8_t *memory, uint32_t length, bool for_write)
{
    for (uint32_t done = 0; done < length;) {
        uint32_t in_page = (offset + done) % BOARD_KNOBS_PAGE_BYTES, room = BOARD_KNOBS_PAGE_BYTES - in_page;
        int32_t at = (int32_t)core_areaTouch(handle, (offset + done) / BOARD_KNOBS_PAGE_BYTES, for_write);
        if (at < 0) return at;
        uint32_t piece = length - done < room ? length - done : room;
        uint8_t *page = core_arena() + at + in_page;
        if (for_write) memcpy(page, memory + done, piece);
        else memcpy(memory + done, page, piece);
        done += piece;
    }
    return (int32_t)length;
}

static void answer_write(void)
{
    uint32_t length = core_wireLength();
    bool sound = length > 8 && length <= 8 + WIRE_DATA_MAX;
    reply(sound ? copy_area(half_at(0), word_at(4), payload() + 8, length - 8, true) : ERR_INVALID, 0);
}

static void answer_read(void)
{
    uint32_t handle = half_at(0), length = half_at(2), offset = word_at(4);
    bool sound = core_wireLength() == 8 && length > 0 && length <= WIRE_DATA_MAX;
    reply(sound ? copy_area(handle, offset, payload(), length, false) : ERR_INVALID, length);
}

/* Replies with the line's text from `offset` on. */
static void reply_text(uint32_t offset)
{
    text_keep(offset, payload() + 4, REPLY_TEXT_BYTES);
    int32_t status = (int32_t)run_line(line, line_length);
    uint32_t total = text_keep_end();
    uint32_t part = offset < total ? total - offset : 0;
    if (part > REPLY_TEXT_BYTES) part = REPLY_TEXT_BYTES;
    put_word(0, total);
    reply(status, 4 + part);
}

static void answer_run(void)
{
    line_length = core_wireLength();
    if (line_length > sizeof line) {
        line_length = 0;
        reply(ERR_INVALID, 0);
        return;
    }
    memcpy(line, payload(), line_length);
    reply_text(0);
}

/* The payload lies in the arena too, so the bytes asked for may overlap it. */
static void answer_dump(void)
{
    uint32_t offset = word_at(0), length = half_at(4);
    bool sound = core_wireLength() == 8 && length > 0 && length <= WIRE_DATA_MAX && offset < BOARD_RAM_ARENA_BYTES
        && length <= BOARD_RAM_ARENA_BYTES - offset;
    if (sound) memmove(payload(), core_arena() + offset, length);
    reply(sound ? (int32_t)length : ERR_INVALID, length);
}

void packets_answer(void)
{
    switch (core_wireType()) {
    case WIRE_HELLO: answer_hello(); break;
    case WIRE_OPEN: answer_open(); break;
    case WIRE_CLOSE: answer_close(); break;
    case WIRE_WRITE: answer_write(); break;
    case WIRE_READ: answer_read(); break;
    case WIRE_RUN: answer_run(); break;
    case WIRE_MORE: reply_text(word_at(0)); break;
    case WIRE_DUMP: answer_dump(); break;
    default: reply(ERR_INVALID, 0);
    }
}
