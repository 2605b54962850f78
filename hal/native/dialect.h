/*
 * What the dialect's few words mean in C. The generated core (tools/build/translate) includes this behind its own
 * `struct core_variables`, which holds every variable of every module.
 *
 *     The arena is a static array, so its address is a constant: a load is `ldr r0, [base, index]`.
 *     The variables lie before it in one struct, so one constant serves both: 2 KB less code than one static each.
 *     Accesses are not checked, unless CORE_CHECKED is defined: then one that leaves the arena ends in core_trap().
 *
 * Nothing here is undefined for any operand. Sums and shifts to the left go by way of unsigned numbers; a misaligned
 * address reads as in the wasm build where the processor can, and as in the JavaScript build, at the multiple below,
 * where it cannot (ARMv6-M): it never faults.
 */
#ifndef NATIVE_DIALECT_H
#define NATIVE_DIALECT_H

#include <string.h>

typedef uint32_t u32;

#define INLINED inline __attribute__((always_inline))
#if defined(__GNUC__) && !defined(__clang__)
#define FOR_SIZE __attribute__((optimize("Os")))
#else
#define FOR_SIZE
#endif

#ifndef ARENA_BYTES
#error "ARENA_BYTES, the size of the store's memory, comes from board.json by the compiler's command line"
#endif
#ifndef ARENA_SECTION
#define ARENA_SECTION section(".arena"),
#endif

/* The linker script places it; start-up clears it. */
__attribute__((ARENA_SECTION aligned(8))) static struct {
    struct core_variables variables __attribute__((aligned(8)));
    uint8_t bytes[ARENA_BYTES] __attribute__((aligned(8)));
} core_block;
#define core (core_block.variables)
#define arena (core_block.bytes)

/* Provided by the engine port. `at` is the arena offset of an access that was refused. */
void core_trap(const char *what, uint32_t at) __attribute__((noreturn));

/* The arena's bytes are read as what they were not written as; words may begin at any of them. */
typedef uint16_t __attribute__((may_alias, aligned(1))) half_anywhere;
typedef i32 __attribute__((may_alias, aligned(1))) word_anywhere;
#if defined(__ARM_ARCH) && !defined(__ARM_FEATURE_UNALIGNED)
typedef uint16_t __attribute__((may_alias)) half_word;
typedef i32 __attribute__((may_alias)) whole_word;
#define EVEN(at) ((u32)(at) & ~1u)
#define FOURTH(at) ((u32)(at) & ~3u)
#else
typedef half_anywhere half_word;
typedef word_anywhere whole_word;
#define EVEN(at) (at)
#define FOURTH(at) (at)
#endif

#ifdef CORE_CHECKED
static uint8_t *checked(u32 at, u32 length)
{
    if ((uint64_t)at + length > ARENA_BYTES) core_trap("the core left its arena", at);
    return arena + at;
}
#define AT(at, length) checked((u32)(at), (u32)(length))
#else
#define AT(at, length) (arena + (at))
#endif

static INLINED i32 read8(i32 at) { return *AT(at, 1); }
static INLINED void write8(i32 at, i32 value) { *AT(at, 1) = (uint8_t)value; }
static INLINED i32 read16(i32 at) { return *(const half_word *)AT(EVEN(at), 2); }
static INLINED void write16(i32 at, i32 value) { *(half_word *)AT(EVEN(at), 2) = (uint16_t)value; }
static INLINED i32 read32(i32 at) { return *(const whole_word *)AT(FOURTH(at), 4); }
static INLINED void write32(i32 at, i32 value) { *(whole_word *)AT(FOURTH(at), 4) = value; }
static INLINED i32 read16u(i32 at) { return *(const half_anywhere *)AT(at, 2); }
static INLINED i32 read32u(i32 at) { return *(const word_anywhere *)AT(at, 4); }
static INLINED boolean same4(i32 a, i32 b) { return read32u(a) == read32u(b); }
static INLINED void copy4(i32 to, i32 from) { *(word_anywhere *)AT(to, 4) = read32u(from); }
static INLINED void copyBytes(i32 to, i32 from, i32 length) { memmove(AT(to, length), AT(from, length), (u32)length); }
static INLINED void fillBytes(i32 at, i32 value, i32 length) { memset(AT(at, length), value & 255, (u32)length); }
static INLINED i32 equalBytes(i32 difference) { return __builtin_ctz((u32)difference) >> 3; }
static INLINED i32 trailingZeros(i32 value) { return __builtin_ctz((u32)value); }
static INLINED i32 memoryEnd(void) { return ARENA_BYTES; }

/* Sums that wrap, as JavaScript's do under an operator on bits. */
static INLINED i32 wrapAdd(i32 a, i32 b) { return (i32)((u32)a + (u32)b); }
static INLINED i32 wrapSubtract(i32 a, i32 b) { return (i32)((u32)a - (u32)b); }
static INLINED i32 wrapMultiply(i32 a, i32 b) { return (i32)((u32)a * (u32)b); }

/* Shifts whose count is proven to be in 0..31, and those by any count, of which the low five bits are taken. */
static INLINED i32 shiftLeft(i32 value, i32 count) { return (i32)((u32)value << count); }
static INLINED i32 shiftRight(i32 value, i32 count) { return value >> count; }
static INLINED i32 shiftRightUnsigned(i32 value, i32 count) { return (i32)((u32)value >> count); }
static INLINED i32 shiftLeftAny(i32 value, i32 count) { return shiftLeft(value, count & 31); }
static INLINED i32 shiftRightAny(i32 value, i32 count) { return shiftRight(value, count & 31); }
static INLINED i32 shiftRightUnsignedAny(i32 value, i32 count) { return shiftRightUnsigned(value, count & 31); }

/* The one quotient that does not fit, INT32_MIN / -1, is a trap as in wasm. */
static inline i32 quotient(i32 a, i32 b)
{
    if (b == 0 || (a == INT32_MIN && b == -1)) core_trap("the core divided by zero", 0);
    return a / b;
}

static inline i32 remainderOf(i32 a, i32 b)
{
    if (b == 0) core_trap("the core divided by zero", 0);
    return b == -1 ? 0 : a % b;
}

#endif
