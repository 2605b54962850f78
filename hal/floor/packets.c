/*
 * The board's end of the packets without an engine, where it takes one elsewhere (hal/duktape/server.c; the rest:
 * hal/duktape/wire.c). Areas are known by a hash of their names. A Run's text is made again for each part that the tool
 * fetches, from the line, which is kept; commands only look, so that is the same text unless the store has changed
 * meanwhile, which only the tool that is waiting could do.
 */
#include "board-config.h"
#include "core.h"
#include "floor.h"
#include "wire.h"
#include <string.h>

struct area {
    uint32_t name_hash;
    uint32_t bytes; /* 0: free */
    uint32_t handle;
};

static struct area areas[BOARD_KNOBS_OBJECTS_MAX];
static char line[40];
static uint32_t line_length;

void packets_open(void)
{
    line_length = 0;
    memset(areas, 0, sizeof areas);
}

static uint32_t hash_name(uint32_t length)
{
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < length; i++) hash = (hash ^ wire_payload()[4 + i]) * 16777619u;
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
    bool sound = length > 4 && length <= 4 + AREA_NAME_MAX && wire_word(0) > 0 && wire_word(0) <= BOARD_KNOBS_PAGES_MAX * BOARD_KNOBS_PAGE_BYTES;
    wire_reply(sound ? open_area(hash_name(length - 4), wire_word(0)) : ERR_INVALID, 0);
}

static void answer_close(void)
{
    for (struct area *area = areas; area < areas + BOARD_KNOBS_OBJECTS_MAX; area++) {
        if (!area->bytes || area->handle != wire_half(0)) continue;
        area->bytes = 0;
        wire_reply((int32_t)core_areaClose(area->handle), 0);
        return;
    }
    wire_reply(ERR_NOT_FOUND, 0);
}

/* Replies with the line's text from `offset` on. */
static void reply_text(uint32_t offset)
{
    text_keep(offset, wire_payload() + 4, REPLY_TEXT_BYTES);
    int32_t status = (int32_t)run_line(line, line_length);
    uint32_t total = text_keep_end();
    uint32_t part = offset < total ? total - offset : 0;
    if (part > REPLY_TEXT_BYTES) part = REPLY_TEXT_BYTES;
    wire_put_word(0, total);
    wire_reply(status, 4 + part);
}

static void answer_run(void)
{
    line_length = core_wireLength();
    if (line_length > sizeof line) {
        line_length = 0;
        wire_reply(ERR_INVALID, 0);
        return;
    }
    memcpy(line, wire_payload(), line_length);
    reply_text(0);
}

void packets_answer(void)
{
    if (wire_refuses()) return;
    switch (core_wireType()) {
    case WIRE_OPEN: answer_open(); break;
    case WIRE_CLOSE: answer_close(); break;
    case WIRE_RUN: answer_run(); break;
    case WIRE_MORE: reply_text(wire_word(0)); break;
    default: wire_answer();
    }
}
