/*
 * memcpy, memmove and memset by words. The small C library's own work byte by byte, which for a page of 1 KiB is some
 * 4 000 instructions; these need about 150 if both ends are at multiples of 4, as pages are, and 600 if not. They stand
 * before the library at linking, so the engine uses them too.
 *
 * The processor loads and stores single words at any address, but several in one instruction only at multiples of 4. A
 * Cortex-M0 (ARMv6-M) can do neither: there whole words move if both ends are at multiples of 4, and bytes if not.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The compiler must not recognise these loops for what they are: it would call them from themselves. */
#define PLAIN __attribute__((optimize("no-tree-loop-distribute-patterns")))

typedef uint32_t __attribute__((may_alias, aligned(1))) any_word;
typedef uint32_t __attribute__((may_alias)) whole_word;

/* Below this many bytes, aligning costs more than it saves. */
#define SHORT_BYTES 16u
#define BLOCK_BYTES 32u
#define BLOCK "{r3, r4, r5, r6, r8, r9, r10, r12}"
#define BLOCK_REGISTERS "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r12"

static inline uint32_t load(const uint8_t *at) { return *(const any_word *)at; }
static inline void store(uint8_t *at, uint32_t word) { *(any_word *)at = word; }

/* From the first byte to the last: right for ranges that do not overlap, and for a target that begins before its source. */
PLAIN static void copy_forward(void *to, const void *from, size_t length)
{
    uint8_t *at = to;
    const uint8_t *source = from;
    if (length >= SHORT_BYTES) {
        while ((uintptr_t)at & 3) { *at++ = *source++; length--; }
        if (((uintptr_t)source & 3) == 0) {
#if __ARM_ARCH >= 7
            for (; length >= BLOCK_BYTES; length -= BLOCK_BYTES) {
                __asm__ volatile("ldmia %1!, " BLOCK "\n stmia %0!, " BLOCK : "+r"(at), "+r"(source) : : BLOCK_REGISTERS, "memory");
            }
#else
            for (; length >= 4; length -= 4, at += 4, source += 4) *(whole_word *)at = *(const whole_word *)source;
#endif
        }
        for (; length >= 8; length -= 8, at += 8, source += 8) {
            uint32_t first = load(source), second = load(source + 4);
            store(at, first);
            store(at + 4, second);
        }
    }
    while (length--) *at++ = *source++;
}

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
    copy_forward(to, from, length);
    return to;
}

PLAIN void *memmove(void *to, const void *from, size_t length)
{
    /* The difference wraps: it is large when the target begins before the source. */
    if ((uintptr_t)to - (uintptr_t)from >= length) {
        copy_forward(to, from, length);
        return to;
    }
    uint8_t *at = (uint8_t *)to + length;
    const uint8_t *source = (const uint8_t *)from + length;
    for (; length >= 4; length -= 4) {
        at -= 4;
        source -= 4;
        store(at, load(source));
    }
    while (length--) *--at = *--source;
    return to;
}

PLAIN void *memset(void *to, int value, size_t length)
{
    uint8_t *at = to;
    if (length >= SHORT_BYTES) {
        uint32_t word = (uint8_t)value * 0x01010101u;
        while ((uintptr_t)at & 3) { *at++ = (uint8_t)value; length--; }
#if __ARM_ARCH >= 7
        if (length >= BLOCK_BYTES) {
            size_t blocks = length / BLOCK_BYTES;
            __asm__ volatile(
                "mov r3, %2\n mov r4, %2\n mov r5, %2\n mov r6, %2\n mov r8, %2\n mov r9, %2\n mov r10, %2\n mov r12, %2\n"
                "1: stmia %0!, " BLOCK "\n subs %1, #1\n bne 1b"
                : "+r"(at), "+r"(blocks) : "r"(word) : BLOCK_REGISTERS, "cc", "memory");
            length %= BLOCK_BYTES;
        }
#endif
        for (; length >= 4; length -= 4, at += 4) *(whole_word *)at = word;
    }
    while (length--) *at++ = (uint8_t)value;
    return to;
}
