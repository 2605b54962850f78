/*
 * The heap gauge: how much of the engine's heap a script takes. It is the engine of the product on the same processor, and every
 * block is counted as the product's heap counts it (hal/duktape/heap.c): a word in front, and whole words.
 *
 * Arguments (semihosting): NAME SCRIPTS-FILE FIGURES-FILE. A script is a word that says what it is (below), a word with its length,
 * and its text; it is answered by two words: bytes in use before it, and after it, when there is no garbage. Exit status 0, or the
 * step that failed.
 *
 *   0 RUN        a program: it is run in a fresh heap, and what it gives is kept
 *   1 PROGRAM    a program: it is compiled in a fresh heap, and that is kept
 *   2 FUNCTION   function name(...) {...} or (function (...) {...}): kept, in the heap of the functions before it
 */
#include "board-config.h"
#include "duktape.h"
#include "hal.h"
#include "host-program.h"
#include "semihosting.h"
#include "surroundings.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 4u

enum { FAILED_OPEN = FAILED_ARGUMENTS + 1, FAILED_ENGINE, FAILED_SCRIPT, FAILED_WRITE };
enum { RUN, PROGRAM, FUNCTION };
/* Functions that one heap keeps. */
#define FUNCTIONS_MAX 4000

static uint32_t used;

/* ---- a counting heap ---- */

static uint32_t block_bytes(duk_size_t bytes) { return ((uint32_t)bytes + HEADER_BYTES + 3u) & ~3u; }
static uint32_t bytes_of(void *block) { return block ? ((uint32_t *)block)[-1] : 0; }

static void *resize(void *unused, void *block, duk_size_t bytes)
{
    uint32_t before = bytes_of(block);
    uint32_t *grown = realloc(block ? (uint32_t *)block - 1 : NULL, block_bytes(bytes));
    if (grown == NULL) return NULL;
    grown[0] = block_bytes(bytes);
    used += grown[0] - before;
    return grown + 1;
}

static void release(void *unused, void *block)
{
    if (block == NULL) return;
    used -= bytes_of(block);
    free((uint32_t *)block - 1);
}

static void *allocate(void *unused, duk_size_t bytes) { return resize(unused, NULL, bytes); }
static void fatal(void *unused, const char *message) { host_exit(FAILED_ENGINE); }

/* ---- measuring ---- */

/* Bytes in use when nothing is garbage. The second round frees what a finalizer of the first one held. */
static uint32_t in_use(duk_context *ctx)
{
    duk_gc(ctx, 0);
    duk_gc(ctx, 0);
    return used;
}

/* Leaves what it gives on the engine's stack. */
static void perform(duk_context *ctx, uint32_t what, uint32_t length)
{
    const char *text = (const char *)EXTERNAL_RAM;
    duk_int_t result = what == PROGRAM ? duk_pcompile_lstring(ctx, DUK_COMPILE_EVAL, text, length) : duk_peval_lstring(ctx, text, length);
    if (result != DUK_EXEC_SUCCESS) {
        semihost(SYS_WRITE0, duk_safe_to_string(ctx, -1));
        host_exit(FAILED_SCRIPT);
    }
}

/* A function that was declared is on the stack instead of among the globals, so that it costs what it costs among others. */
static void take_declared(duk_context *ctx)
{
    const char *text = (const char *)EXTERNAL_RAM, *word = "function ";
    if (memcmp(text, word, strlen(word))) return;
    const char *name = text + strlen(word);
    duk_pop(ctx);
    duk_push_global_object(ctx);
    duk_push_lstring(ctx, name, strcspn(name, "("));
    duk_dup(ctx, -1);
    duk_get_prop(ctx, -3);
    duk_swap(ctx, -1, -2);
    duk_del_prop(ctx, -3);
    duk_remove(ctx, -2);
}

/* The heap of before, for one function more, or a fresh one. */
static duk_context *heap_for(uint32_t what, duk_context *before, bool was_function)
{
    if (before && what == FUNCTION && was_function) return before;
    if (before) duk_destroy_heap(before);
    used = 0;
    duk_context *ctx = duk_create_heap(allocate, resize, release, NULL, fatal);
    require(ctx != NULL, FAILED_ENGINE);
    if (what == FUNCTION) require(duk_check_stack(ctx, FUNCTIONS_MAX), FAILED_ENGINE);
    return ctx;
}

static void gauge(duk_context *ctx, uint32_t what, uint32_t length, int32_t figures)
{
    uint32_t words[2] = {in_use(ctx)};
    perform(ctx, what, length);
    if (what == FUNCTION) take_declared(ctx);
    words[1] = in_use(ctx);
    require(host_write(figures, words, sizeof words), FAILED_WRITE);
}

int main(void)
{
    uint32_t head[2];
    duk_context *ctx = NULL;
    bool was_function = false;
    board_open();
    char *scripts_path = first_argument(), *figures_path = next_word(scripts_path);
    int32_t scripts = host_open(scripts_path, OPEN_READ_BINARY), figures = host_open(figures_path, OPEN_WRITE_BINARY);
    require(scripts >= 0 && figures >= 0, FAILED_OPEN);
    while (host_read(scripts, head, sizeof head) == sizeof head) {
        require(head[1] <= SCRIPT_MAX && host_read(scripts, EXTERNAL_RAM, head[1]) == head[1], FAILED_SCRIPT);
        ctx = heap_for(head[0], ctx, was_function);
        was_function = head[0] == FUNCTION;
        gauge(ctx, head[0], head[1], figures);
    }
    host_close(figures);
    host_exit(0);
}
