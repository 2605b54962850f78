/* Compares hal/duktape/format.c and jump.c with the C library's on the processor they are for: prints "passed", or what differs. */
#include "duktape.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

int engine_format(char *to, unsigned room, const char *format, ...);

static int wrong;

#define SAME(room, ...) do { \
    char ours[80], theirs[80]; \
    memset(ours, '#', sizeof ours); \
    memset(theirs, '#', sizeof theirs); \
    int length = engine_format(ours, room, __VA_ARGS__), expected = snprintf(theirs, room, __VA_ARGS__); \
    if (length == expected && memcmp(ours, theirs, sizeof ours) == 0) break; \
    wrong++; \
    printf("%d: %d \"%.*s\", expected %d \"%.*s\"\n", __LINE__, length, (int)(room), ours, expected, (int)(room), theirs); \
} while (0)

static void formats(void)
{
    static const unsigned rooms[] = {0, 1, 2, 7, 12, 80};
    static const int values[] = {0, 1, -1, 9, 10, -10, 65535, INT_MAX, INT_MIN};
    for (unsigned r = 0; r < sizeof rooms / sizeof *rooms; r++) {
        SAME(rooms[r], "no value");
        SAME(rooms[r], "%s not callable (property %s of %s)", "undefined", "'f'", "[object]");
        SAME(rooms[r], "100 %%");
        for (unsigned v = 0; v < sizeof values / sizeof *values; v++) {
            SAME(rooms[r], "%d|%02d|%u", values[v], values[v], (unsigned)values[v]);
            SAME(rooms[r], "ctx: top=%ld, %lu", (long)values[v], (unsigned long)values[v]);
            SAME(rooms[r], "_%04x_%x %02lx", (unsigned)values[v], (unsigned)values[v], (unsigned long)values[v]);
        }
        SAME(rooms[r], "%p", (void *)0x2000abcd);
    }
}

static engine_jump_state state;

static __attribute__((noinline)) void deeper(int depth, volatile unsigned *seen)
{
    *seen += 1;
    if (depth == 0) engine_jump(state);
    deeper(depth - 1, seen);
    *seen += 1000;
}

/* What is kept in registers, and the stack, are after a jump what they were at its landing. */
static void jumps(unsigned a, unsigned b, unsigned c, unsigned d, unsigned e)
{
    volatile unsigned seen = 0;
    unsigned product = a * b + c * d + e;
    if (engine_set_jump(state) == 0) deeper(9, &seen);
    if (seen != 10 || a * b + c * d + e != product || product != 1 * 2 + 3 * 4 + 5) {
        wrong++;
        printf("after a jump: %u calls, %u of %u\n", seen, a * b + c * d + e, product);
    }
}

int main(void)
{
    formats();
    jumps(1, 2, 3, 4, 5);
    if (wrong == 0) puts("passed");
    return 0;
}
