/*
 * Random allocations, resizes and releases on the engine's heap, with the heap's own text included so that its invariants
 * can be looked at from inside: M1 to M3 (hal/duktape/heap.c) after every operation, and every block's content before it
 * is given up. Runs on an emulated Cortex-M3, because the heap's layout is that of 32-bit pointers; prints one line.
 */
#include <stdio.h>
#include <stdlib.h>
#include "../../../hal/duktape/heap.c"

#define BLOCKS 300
#define OPERATIONS 300000

static struct {
    uint8_t *at;
    size_t length;
    uint8_t fill;
} held[BLOCKS];

static uint32_t seed = 5;

static uint32_t random_below(uint32_t bound)
{
    seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
    return seed % bound;
}

void fault_panic(const char *what)
{
    printf("failed: %s\n", what);
    exit(1);
}

/* Mostly small, as an engine asks. */
static size_t random_length(void) { return random_below(8) ? 1 + random_below(80) : 1 + random_below(2500); }

static void check_invariants(void)
{
    const struct block *next_free = first_free;
    uint32_t free_bytes = 0, used = 0;
    bool was_free = false;
    for (uint8_t *at = region; at < region + HEAP_BYTES; at += size_of((struct block *)at)) {
        struct block *block = (struct block *)at;
        if (size_of(block) < SMALLEST_BYTES) fault_panic("a block is too small");
        if (is_used(block)) used += size_of(block);
        else {
            if (was_free) fault_panic("M1: two free blocks touch");
            if (block != next_free) fault_panic("M2: the chain misses a free block");
            next_free = block->next;
            free_bytes += size_of(block);
        }
        was_free = !is_used(block);
    }
    if (next_free || used != used_bytes || used + free_bytes != HEAP_BYTES) fault_panic("M3: the figures do not add up");
}

static void keep(uint32_t i, void *at, size_t length)
{
    held[i].at = at;
    held[i].length = length;
    held[i].fill = (uint8_t)random_below(256);
    memset(at, held[i].fill, length);
}

static void check_content(uint32_t i, const uint8_t *at, size_t length)
{
    for (size_t k = 0; k < length; k++) {
        if (at[k] != held[i].fill) fault_panic("a block lost its content");
    }
}

static void one_operation(uint32_t i)
{
    size_t length = random_length();
    if (!held[i].at) {
        void *fresh = heap_allocate(length);
        if (fresh) keep(i, fresh, length);
    } else if (random_below(2)) {
        check_content(i, held[i].at, held[i].length);
        heap_release(held[i].at);
        held[i].at = NULL;
    } else {
        uint8_t *moved = heap_resize(held[i].at, length);
        if (!moved) return;
        check_content(i, moved, length < held[i].length ? length : held[i].length);
        keep(i, moved, length);
    }
}

int main(void)
{
    heap_open();
    for (uint32_t k = 0; k < OPERATIONS; k++) {
        one_operation(random_below(BLOCKS));
        check_invariants();
        if (heap_figures().peak > HEAP_BYTES) fault_panic("the peak exceeds the region");
    }
    for (uint32_t i = 0; i < BLOCKS; i++) heap_release(held[i].at);
    check_invariants();
    if (heap_figures().largest != HEAP_BYTES - HEADER_BYTES) fault_panic("the empty heap is not one block");
    printf("passed: %u refused\n", (unsigned)heap_figures().failed);
    return 0;
}
