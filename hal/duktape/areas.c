/* Areas page by page, through the core. See areas.h. */
#include "areas.h"
#include "board-config.h"
#include "core.h"
#include <string.h>

uint8_t *area_at(uint32_t handle, uint32_t offset, int for_write, uint32_t *room, int32_t *error)
{
    uint32_t page_bytes = BOARD_KNOBS_PAGE_BYTES;
    int32_t at = (int32_t)core_shapeTouch(handle, offset / page_bytes, (uint32_t)for_write);
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
