/*
 * What the generated C of the core stands on (tools/build/native.ts puts this text's include before it). wasm2c's own
 * runtime is for hosted systems: it reaches memory and globals through an instance pointer and checks each access. Here
 * there is one core in one image, so
 *
 *     linear memory is the static array `arena`, whose address is a constant: a load is `ldr r0, [base, index]`;
 *     globals are static variables;
 *     accesses are not checked, unless CORE_CHECKED is defined: then one that leaves the arena ends in core_trap().
 *
 * Only what the core uses is defined: an operation that is missing here stops the compilation with its name.
 */
#ifndef NATIVE_PRELUDE_H
#define NATIVE_PRELUDE_H

#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef int16_t s16;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;

#ifndef ARENA_BYTES
#error "ARENA_BYTES, the size of the store's memory, comes from board.json by the compiler's command line"
#endif

/* The linker script places it; start-up clears it. */
__attribute__((section(".arena"), aligned(8))) static u8 arena[ARENA_BYTES];

/* Provided by the engine port. `at` is the arena offset of an access that was refused. */
void core_trap(const char *what, uint32_t at) __attribute__((noreturn));

#ifdef CORE_CHECKED
#define CHECK_RANGE(at, length) \
    do { \
        if ((u64)(at) + (length) > ARENA_BYTES) core_trap("the core left its arena", (u32)(at)); \
    } while (0)
#define UNREACHABLE core_trap("the core reached a place that cannot be reached", 0)
#else
#define CHECK_RANGE(at, length) ((void)0)
#define UNREACHABLE __builtin_unreachable()
#endif

/* Offsets arrive as 64 bits, because wasm adds a constant to an address without wrapping. */
#define DEFINE_LOAD(name, stored) \
    static inline u32 name(u64 at) \
    { \
        stored value; \
        CHECK_RANGE(at, sizeof value); \
        __builtin_memcpy(&value, arena + (u32)at, sizeof value); \
        return (u32)value; \
    }
#define DEFINE_STORE(name, stored) \
    static inline void name(u64 at, u32 value) \
    { \
        stored wrapped = (stored)value; \
        CHECK_RANGE(at, sizeof wrapped); \
        __builtin_memcpy(arena + (u32)at, &wrapped, sizeof wrapped); \
    }
DEFINE_LOAD(i32_load, u32)
DEFINE_LOAD(i32_load8_u, u8)
DEFINE_LOAD(i32_load8_s, s8)
DEFINE_LOAD(i32_load16_u, u16)
DEFINE_LOAD(i32_load16_s, s16)
DEFINE_STORE(i32_store, u32)
DEFINE_STORE(i32_store8, u8)
DEFINE_STORE(i32_store16, u16)

static inline u64 i64_load(u64 at)
{
    u64 value;
    CHECK_RANGE(at, sizeof value);
    __builtin_memcpy(&value, arena + (u32)at, sizeof value);
    return value;
}

static inline void i64_store(u64 at, u64 value)
{
    CHECK_RANGE(at, sizeof value);
    __builtin_memcpy(arena + (u32)at, &value, sizeof value);
}

static inline void memory_fill(u32 at, u32 value, u32 length)
{
    CHECK_RANGE(at, length);
    memset(arena + at, (int)(value & 0xff), length);
}

static inline void memory_copy(u32 to, u32 from, u32 length)
{
    CHECK_RANGE(to, length);
    CHECK_RANGE(from, length);
    memmove(arena + to, arena + from, length);
}

/* wasm defines the count of a zero; the processor and the compiler's builtin do not. */
#define I32_CLZ(x) ((x) ? (u32)__builtin_clz(x) : 32u)
#define I32_CTZ(x) ((x) ? (u32)__builtin_ctz(x) : 32u)
#define I32_POPCNT(x) ((u32)__builtin_popcount(x))
#define I32_ROTL(x, y) (((x) << ((y) & 31)) | ((x) >> (-(y) & 31)))
#define I32_ROTR(x, y) (((x) >> ((y) & 31)) | ((x) << (-(y) & 31)))

static inline u32 divide_unsigned(u32 x, u32 y)
{
    if (y == 0) core_trap("the core divided by zero", 0);
    return x / y;
}

static inline u32 remainder_unsigned(u32 x, u32 y)
{
    if (y == 0) core_trap("the core divided by zero", 0);
    return x % y;
}

/* The one quotient that does not fit, INT32_MIN / -1, is a trap in wasm; the core's operands are never negative there. */
static inline u32 divide_signed(s32 x, s32 y)
{
    if (y == 0 || (x == INT32_MIN && y == -1)) core_trap("the core divided by zero", 0);
    return (u32)(x / y);
}

static inline u32 remainder_signed(s32 x, s32 y)
{
    if (y == 0) core_trap("the core divided by zero", 0);
    return y == -1 ? 0 : (u32)(x % y);
}

#define DIV_U(x, y) divide_unsigned(x, y)
#define REM_U(x, y) remainder_unsigned(x, y)
#define I32_DIV_S(x, y) divide_signed((s32)(x), (s32)(y))
#define I32_REM_S(x, y) remainder_signed((s32)(x), (s32)(y))

/* wasm2c begins and ends each function with these, for counting the depth of calls; the board guards its stack itself. */
#define FUNC_PROLOGUE
#define FUNC_EPILOGUE

#endif
