/* Areas page by page, through the core. See areas.h. */
#include "areas.h"
#include "board-config.h"
#include "core.h"
#include <string.h>

enum { USE_READ = 0, USE_CHANGE = 1, USE_REPLACE = 2 };

static uint32_t use_of(uint32_t offset, uint32_t end)
{
    if (!end) return USE_READ;
    return offset % BOARD_KNOBS_PAGE_BYTES == 0 && offset + BOARD_KNOBS_PAGE_BYTES <= end ? USE_REPLACE : USE_CHANGE;
}

uint8_t *area_at(uint32_t handle, uint32_t offset, uint32_t end, uint32_t *room, int32_t *error)
{
    uint32_t page_bytes = BOARD_KNOBS_PAGE_BYTES;
    int32_t at = (int32_t)core_shapeTouch(handle, offset / page_bytes, use_of(offset, end));
    if (at < 0) {
        *error = at;
        return NULL;
    }
    *room = page_bytes - offset % page_bytes;
    return core_arena() + at + offset % page_bytes;
}

uint32_t area_end(uint32_t offset, uint32_t length, uint32_t bytes)
{
    uint32_t end = offset + length;
    return end == bytes ? (end + BOARD_KNOBS_PAGE_BYTES - 1) / BOARD_KNOBS_PAGE_BYTES * BOARD_KNOBS_PAGE_BYTES : end;
}

int32_t area_get(uint32_t handle, uint32_t offset, uint8_t *memory, uint32_t length)
{
    uint32_t done = 0, room = 0;
    int32_t error = 0;
    while (done < length) {
        const uint8_t *page = area_at(handle, offset + done, 0, &room, &error);
        if (!page) return error;
        uint32_t piece = length - done < room ? length - done : room;
        memcpy(memory + done, page, piece);
        done += piece;
    }
    return (int32_t)done;
}

int32_t area_put(uint32_t handle, uint32_t offset, const uint8_t *memory, uint32_t length, uint32_t end)
{
    uint32_t done = 0, room = 0;
    int32_t error = length ? (int32_t)core_areaHold(handle, offset, end - offset) : 0;
    while (error >= 0 && done < length) {
        uint8_t *page = area_at(handle, offset + done, end, &room, &error);
        if (!page) return error;
        uint32_t piece = length - done < room ? length - done : room;
        memcpy(page, memory + done, piece);
        done += piece;
    }
    return error < 0 ? error : (int32_t)done;
}
