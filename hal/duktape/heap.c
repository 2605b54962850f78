/*
 * The engine's heap. A region of fixed size, given at link time, so that the app's share of RAM is a number and not a
 * hope; every byte is used, free or a header, and all three are printed by `.mem`.
 *
 *     | header | payload ...          | header | next free |  ...        | header | payload |
 *       size, used                      size     higher address
 *
 * One word before each block holds its size in bytes (a multiple of four, the word included) and, in bit 0, whether it
 * is used. Free blocks are chained by rising address; neighbours on the chain that touch are merged at once, so
 *
 * M1 No two free blocks touch.        M2 The chain rises strictly.        M3 Used and free bytes add up to the region.
 *
 * Allocation takes the first block that fits (low addresses first keeps the upper end whole, which is what the engine's
 * growing value stack needs). Resizing grows in place when the next block is free, since engines resize more than they
 * allocate. The price is a walk along the free blocks per call, a few hundred instructions with this engine. The
 * alternative not taken: newlib's allocator, with no in-place growth and no figures of its own.
 */
#include "heap.h"
#include "board-config.h"
#include "hal.h"
#include <stdbool.h>
#include <string.h>

#define HEAP_BYTES BOARD_RAM_ENGINE_HEAP_BYTES
#define USED 1u
#define HEADER_BYTES 4u
#define SMALLEST_BYTES 8u

struct block {
    uint32_t header;
    struct block *next; /* free blocks only */
};

static __attribute__((section(".engine_heap"), aligned(8))) uint8_t region[HEAP_BYTES];
static struct block *first_free;
static uint32_t used_bytes, peak_bytes, failures;

static uint32_t size_of(const struct block *block) { return block->header & ~3u; }
static bool is_used(const struct block *block) { return block->header & USED; }
static struct block *behind(struct block *block) { return (struct block *)((uint8_t *)block + size_of(block)); }
static void *payload_of(struct block *block) { return (uint8_t *)block + HEADER_BYTES; }
static struct block *block_of(void *payload) { return (struct block *)((uint8_t *)payload - HEADER_BYTES); }

static void check_block(const struct block *block)
{
    const uint8_t *at = (const uint8_t *)block;
    bool inside = at >= region && at + size_of(block) <= region + HEAP_BYTES;
    if (!inside || !is_used(block) || size_of(block) < SMALLEST_BYTES) fault_panic("the engine's heap is damaged");
}

void heap_open(void)
{
    first_free = (struct block *)region;
    first_free->header = HEAP_BYTES;
    first_free->next = NULL;
    used_bytes = peak_bytes = failures = 0;
}

static void count_used(int32_t bytes)
{
    used_bytes += (uint32_t)bytes;
    if (used_bytes > peak_bytes) peak_bytes = used_bytes;
}

/* Bytes of the block that holds `bytes` of payload; 0 if nothing in this region could. */
static uint32_t block_bytes(size_t bytes)
{
    if (bytes == 0 || bytes > HEAP_BYTES) return 0;
    uint32_t size = (uint32_t)((bytes + 3) & ~3u) + HEADER_BYTES;
    return size < SMALLEST_BYTES ? SMALLEST_BYTES : size;
}

/* Cuts a block to `size` and chains what is left over at *link; a remainder too small to be a block stays part of it. */
static struct block *cut(struct block *block, uint32_t size, struct block *next, struct block **link)
{
    uint32_t rest = size_of(block) - size;
    if (rest < SMALLEST_BYTES) {
        *link = next;
        return block;
    }
    block->header = size | (block->header & USED);
    struct block *left_over = behind(block);
    left_over->header = rest;
    left_over->next = next;
    *link = left_over;
    return block;
}

void *heap_allocate(size_t bytes)
{
    uint32_t size = block_bytes(bytes);
    if (size == 0) return NULL;
    for (struct block **link = &first_free; *link; link = &(*link)->next) {
        if (size_of(*link) < size) continue;
        struct block *block = cut(*link, size, (*link)->next, link);
        block->header |= USED;
        count_used((int32_t)size_of(block));
        return payload_of(block);
    }
    failures++;
    return NULL;
}

/* The chain's link that points behind `block`: where it is or would be chained. */
static struct block **link_before(const struct block *block)
{
    struct block **link = &first_free;
    while (*link && *link < block) link = &(*link)->next;
    return link;
}

static void merge_with_next(struct block *block)
{
    struct block *next = block->next;
    if (!next || behind(block) != next) return;
    block->header += size_of(next);
    block->next = next->next;
}

void heap_release(void *payload)
{
    if (!payload) return;
    struct block *block = block_of(payload);
    check_block(block);
    count_used(-(int32_t)size_of(block));
    block->header &= ~USED;
    struct block **link = link_before(block);
    block->next = *link;
    *link = block;
    merge_with_next(block);
    if (link == &first_free) return;
    merge_with_next((struct block *)((uint8_t *)link - offsetof(struct block, next)));
}

/* Shrinks or grows a block where it lies. False if it cannot grow there. */
static bool resize_in_place(struct block *block, uint32_t size)
{
    uint32_t had = size_of(block);
    struct block **link = link_before(block);
    struct block *next = *link;
    bool next_is_free = next && next == behind(block);
    uint32_t room = had + (next_is_free ? size_of(next) : 0);
    if (room < size) return false;
    struct block *after = next_is_free ? next->next : next;
    block->header = room | USED;
    cut(block, size, after, link);
    count_used((int32_t)size_of(block) - (int32_t)had);
    return true;
}

void *heap_resize(void *payload, size_t bytes)
{
    if (!payload) return heap_allocate(bytes);
    if (bytes == 0) {
        heap_release(payload);
        return NULL;
    }
    struct block *block = block_of(payload);
    check_block(block);
    uint32_t size = block_bytes(bytes);
    if (size == 0) return NULL;
    if (resize_in_place(block, size)) return payload;
    void *fresh = heap_allocate(bytes);
    if (!fresh) return NULL;
    memcpy(fresh, payload, size_of(block) - HEADER_BYTES);
    heap_release(payload);
    return fresh;
}

static uint32_t largest_free(void)
{
    uint32_t largest = 0;
    for (struct block *block = first_free; block; block = block->next) {
        if (size_of(block) > largest) largest = size_of(block);
    }
    return largest ? largest - HEADER_BYTES : 0;
}

struct heap_figures heap_figures(void)
{
    return (struct heap_figures){
        .size = HEAP_BYTES,
        .used = used_bytes,
        .peak = peak_bytes,
        .free = HEAP_BYTES - used_bytes,
        .largest = largest_free(),
        .failed = failures,
    };
}
