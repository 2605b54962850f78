/* The engine's heap: one region of fixed size, accounted to the byte. See heap.c. */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap_figures {
    uint32_t size;    /* bytes of the region */
    uint32_t used;    /* bytes in blocks, headers included */
    uint32_t peak;    /* the most `used` ever was since heap_open() */
    uint32_t free;    /* size - used */
    uint32_t largest; /* bytes of the largest allocation that would succeed now */
    uint32_t failed;  /* allocations refused since heap_open() */
};

/* Empties the region: every block of before is gone. */
void heap_open(void);

/* From now on an allocation that would bring the used bytes above `bytes` fails; heap_open() allows all of the region.
 * Returns the limit that was. */
uint32_t heap_limit(uint32_t bytes);

/* As malloc, realloc and free; NULL when no block is large enough. Blocks are aligned to 4 bytes. */
void *heap_allocate(size_t bytes);
void *heap_resize(void *block, size_t bytes);
void heap_release(void *block);

/* Walks the free list: some dozen instructions a free block. */
struct heap_figures heap_figures(void);

#endif
