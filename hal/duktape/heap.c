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
 * What an engine allocates is of two kinds: many small things that live long (properties, strings, functions) and a few
 * large ones that grow and go (the compiler's code, the value stack, buffers). Small blocks take the lowest place that
 * fits, large ones the upper end of the highest: so the middle stays whole. A block grows where it lies, upwards if the
 * next block is free and downwards if the one before is, and is copied only if neither helps. Without this, 12 KB free
 * were in pieces of at most 5 after the boot; with it in one of 10. The price is a walk along the free blocks per call,
 * a few hundred instructions. The alternative not taken: the C library's allocator, which has no growth in place and no
 * figures of its own.
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
/* Blocks from this size on are large. */
#define LARGE_BYTES 640u

struct block {
    uint32_t header;
    struct block *next; /* free blocks only */
};

static __attribute__((section(".engine_heap"), aligned(8))) uint8_t region[HEAP_BYTES];
static struct block *first_free;
static uint32_t used_bytes, peak_bytes, failures, limit_bytes;

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
    limit_bytes = HEAP_BYTES;
}

uint32_t heap_limit(uint32_t bytes)
{
    uint32_t was = limit_bytes;
    limit_bytes = bytes;
    return was;
}

static bool is_allowed(uint32_t more) { return used_bytes + more <= limit_bytes; }

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

/* Takes the first `size` bytes of the free block at *link as a used block; what is left over stays on the chain. A rest too
 * small to be a block becomes part of it. */
static struct block *take_lower(struct block **link, uint32_t size)
{
    struct block *block = *link;
    uint32_t rest = size_of(block) - size;
    if (rest < SMALLEST_BYTES) {
        *link = block->next;
        block->header |= USED;
        return block;
    }
    struct block *left_over = (struct block *)((uint8_t *)block + size);
    left_over->header = rest;
    left_over->next = block->next;
    *link = left_over;
    block->header = size | USED;
    return block;
}

/* The same with the last `size` bytes. */
static struct block *take_upper(struct block **link, uint32_t size)
{
    struct block *block = *link;
    uint32_t rest = size_of(block) - size;
    if (rest < SMALLEST_BYTES) return take_lower(link, size);
    block->header = rest;
    struct block *upper = behind(block);
    upper->header = size | USED;
    return upper;
}

/* The link to the lowest free block of at least `size` bytes, or to the highest one if `size` is large; NULL if none is. */
static struct block **find_free(uint32_t size)
{
    struct block **found = NULL;
    for (struct block **link = &first_free; *link; link = &(*link)->next) {
        if (size_of(*link) < size) continue;
        found = link;
        if (size < LARGE_BYTES) break;
    }
    return found;
}

static void *give(struct block *block)
{
    count_used((int32_t)size_of(block));
    return payload_of(block);
}

void *heap_allocate(size_t bytes)
{
    uint32_t size = block_bytes(bytes);
    struct block **link = size && is_allowed(size) ? find_free(size) : NULL;
    if (link) return give(size < LARGE_BYTES ? take_lower(link, size) : take_upper(link, size));
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

/* Puts a block on the chain and merges it with neighbours. Its payload is left alone except for the first word. */
static void chain(struct block *block)
{
    struct block **link = link_before(block);
    block->header &= ~USED;
    block->next = *link;
    *link = block;
    merge_with_next(block);
    if (link == &first_free) return;
    merge_with_next((struct block *)((uint8_t *)link - offsetof(struct block, next)));
}

void heap_release(void *payload)
{
    if (!payload) return;
    struct block *block = block_of(payload);
    check_block(block);
    count_used(-(int32_t)size_of(block));
    chain(block);
}

/* Cuts a used block to `size` bytes and chains the rest, which is large enough to be a block, or nothing. */
static void give_back_end(struct block *block, uint32_t size)
{
    uint32_t rest = size_of(block) - size;
    if (rest == 0) return;
    block->header = size | USED;
    struct block *tail = behind(block);
    tail->header = rest | USED;
    chain(tail);
}

/* Makes a block smaller, if that frees enough for a block. */
static void shrink(struct block *block, uint32_t size)
{
    uint32_t rest = size_of(block) - size;
    if (rest < SMALLEST_BYTES) return;
    count_used(-(int32_t)rest);
    give_back_end(block, size);
}

/* Grows a block over the free one behind it. False if there is none or it is too small. */
static bool grow_up(struct block *block, uint32_t size)
{
    struct block **link = link_before(block);
    uint32_t had = size_of(block);
    if (!*link || *link != behind(block) || had + size_of(*link) < size) return false;
    uint32_t wanted = size - had < SMALLEST_BYTES ? SMALLEST_BYTES : size - had;
    uint32_t gained = size_of(take_lower(link, wanted));
    block->header = (had + gained) | USED;
    count_used((int32_t)gained);
    return true;
}

/* Moves a block down over the free one before it, and takes the free one behind it too if that helps. The new block, or
 * NULL if they are too small together. */
static struct block *grow_down(struct block *block, uint32_t size)
{
    struct block *before = first_free, **link = link_before(block);
    while (before && behind(before) != block) before = before->next;
    if (!before) return NULL;
    uint32_t had = size_of(block), below = size_of(before);
    uint32_t above = *link && *link == behind(block) ? size_of(*link) : 0;
    if (below + had + above < size) return NULL;
    struct block *next = above ? (*link)->next : *link;
    struct block **link_to_before = link_before(before);
    *link_to_before = next;
    memmove(payload_of(before), payload_of(block), had - HEADER_BYTES);
    uint32_t room = below + had + above;
    uint32_t taken = room - size < SMALLEST_BYTES ? room : size;
    before->header = room | USED;
    count_used((int32_t)taken - (int32_t)had);
    give_back_end(before, taken);
    return before;
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
    if (size <= size_of(block)) {
        shrink(block, size);
        return payload;
    }
    if (is_allowed(size - size_of(block))) {
        if (grow_up(block, size)) return payload;
        struct block *lower = grow_down(block, size);
        if (lower) return payload_of(lower);
    }
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
