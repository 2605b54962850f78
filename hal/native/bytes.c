/*
 * memcpy, memmove and memset by words. The small C library's own work byte by byte, which for a page of 1 KiB is some
 * 4 000 instructions; these need about 350. They stand before the library at linking, so the engine uses them too.
 *
 * The processor loads and stores words at any address, so only the destination is aligned; the source may be odd.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint32_t __attribute__((may_alias, aligned(1))) any_word;

/* Below this many bytes alignment costs more than it saves. */
#define SHORT 8u

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
    uint8_t *at = to;
    const uint8_t *source = from;
    if (length >= SHORT) {
        while ((uintptr_t)at & 3) { *at++ = *source++; length--; }
        for (; length >= 16; length -= 16, at += 16, source += 16) {
            const any_word *words = (const any_word *)source;
            uint32_t a = words[0], b = words[1], c = words[2], d = words[3];
            any_word *target = (any_word *)at;
            target[0] = a; target[1] = b; target[2] = c; target[3] = d;
        }
        for (; length >= 4; length -= 4, at += 4, source += 4) *(any_word *)at = *(const any_word *)source;
    }
    while (length--) *at++ = *source++;
    return to;
}

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memmove(void *to, const void *from, size_t length)
{
    if ((uintptr_t)to - (uintptr_t)from >= length) return memcpy(to, from, length);
    uint8_t *at = (uint8_t *)to + length;
    const uint8_t *source = (const uint8_t *)from + length;
    for (; length >= 4; length -= 4) {
        at -= 4;
        source -= 4;
        *(any_word *)at = *(const any_word *)source;
    }
    while (length--) *--at = *--source;
    return to;
}

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memset(void *to, int value, size_t length)
{
    uint8_t *at = to;
    if (length >= SHORT) {
        uint32_t word = (uint8_t)value * 0x01010101u;
        while ((uintptr_t)at & 3) { *at++ = (uint8_t)value; length--; }
        for (; length >= 16; length -= 16, at += 16) {
            any_word *target = (any_word *)at;
            target[0] = word; target[1] = word; target[2] = word; target[3] = word;
        }
        for (; length >= 4; length -= 4, at += 4) *(any_word *)at = word;
    }
    while (length--) *at++ = (uint8_t)value;
    return to;
}
