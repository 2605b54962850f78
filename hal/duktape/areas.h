/* The bytes of areas, for the API's methods (api.c) and the packets (wire.c). See areas.c. */
#ifndef AREAS_H
#define AREAS_H

#include <stdint.h>

/* Address of byte `offset` of an area, its page resident; `*room`: bytes to the page's end. NULL: *error is the Err. */
uint8_t *area_at(uint32_t handle, uint32_t offset, int for_write, uint32_t *room, int32_t *error);

/* Copies between memory and an area's pages, paging them in one after the other. Bytes copied or a negative Err;
 * `for_write`: memory to area. */
int32_t area_copy(uint32_t handle, uint32_t offset, uint8_t *memory, uint32_t length, int for_write);

#endif
