/* The bytes of areas, for the API's methods (api.c) and the packets (wire.c). See areas.c. */
#ifndef AREAS_H
#define AREAS_H

#include <stdint.h>

/* Address of byte `offset` of an area, its page resident; `*room`: bytes to the page's end. `end` 0: to be read; else a write
 * goes from there up to `end`, and a page within needs not be readable. NULL: *error is the Err. */
uint8_t *area_at(uint32_t handle, uint32_t offset, uint32_t end, uint32_t *room, int32_t *error);

/* Where a write of `length` bytes at `offset` ends: an area of `bytes` bytes has nothing to keep behind its last one. */
uint32_t area_end(uint32_t offset, uint32_t length, uint32_t bytes);

/* Copies an area's bytes to memory, paging them in one after the other. Bytes copied or a negative Err. */
int32_t area_get(uint32_t handle, uint32_t offset, uint8_t *memory, uint32_t length);

/* Copies memory to an area, up to `end` (area_end()). As area_get(); over three pages or less, an Err has changed nothing. */
int32_t area_put(uint32_t handle, uint32_t offset, const uint8_t *memory, uint32_t length, uint32_t end);

#endif
