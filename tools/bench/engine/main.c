/*
 * The engine's bench image: what compressing and decompressing a page costs in JavaScript, in instructions, for our LZ4
 * (the JavaScript build) and for lz-string. It is the engine of the product, on the same processor and the same board;
 * only its heap is larger, because a page through lz-string alone takes more than the 18 KB there are: it lies in the
 * module's external memory, handed out by the C library.
 *
 * Arguments (semihosting): NAME SCRIPT-FILE PAGES-FILE RECORDS-FILE. The script leaves a function benchPage(page), which
 * returns FIGURES whole numbers; they are written as words, page after page. Exit status 0, or the step that failed.
 */
#include "board-config.h"
#include "duktape.h"
#include "hal.h"
#include "host-program.h"
#include "semihosting.h"
#include "surroundings.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE BOARD_KNOBS_PAGE_BYTES
#define FIGURES 6

enum { FAILED_OPEN = FAILED_ARGUMENTS + 1, FAILED_ENGINE, FAILED_SCRIPT, FAILED_PAGE, FAILED_WRITE };

static uint8_t page[PAGE];
static uint64_t lap_start;

/* Ends with `step`, after the words of the error on the engine's stack have gone to the host. */
static void require_done(duk_context *ctx, duk_int_t result, uint32_t step)
{
    if (result == DUK_EXEC_SUCCESS) return;
    semihost(SYS_WRITE0, duk_safe_to_string(ctx, -1));
    host_exit(step);
}

static void *allocate(void *unused, duk_size_t bytes) { return malloc(bytes); }
static void *resize(void *unused, void *block, duk_size_t bytes) { return realloc(block, bytes); }
static void release(void *unused, void *block) { free(block); }
static void fatal(void *unused, const char *message) { host_exit(FAILED_ENGINE); }

/* ---- measuring ---- */

/* lap(): instructions since the last call. */
static duk_ret_t lap(duk_context *ctx)
{
    uint64_t now = clock_ticks();
    duk_push_uint(ctx, (duk_uint_t)(now - lap_start) * BOARD_CLOCK_INSTRUCTIONS_PER_TICK);
    lap_start = clock_ticks();
    return 1;
}

static duk_context *open_engine(int32_t script)
{
    uint32_t length = host_read(script, EXTERNAL_RAM, SCRIPT_MAX);
    duk_context *ctx = duk_create_heap(allocate, resize, release, NULL, fatal);
    require(ctx != NULL, FAILED_ENGINE);
    duk_push_c_function(ctx, lap, 0);
    duk_put_global_string(ctx, "lap");
    require_done(ctx, duk_peval_lstring(ctx, (const char *)EXTERNAL_RAM, length), FAILED_SCRIPT);
    duk_get_global_string(ctx, "benchPage");
    return ctx;
}

/* The function lies on the stack's top, before and after. */
static void measure_page(duk_context *ctx, int32_t records)
{
    uint32_t figures[FIGURES];
    duk_dup(ctx, -1);
    memcpy(duk_push_fixed_buffer(ctx, PAGE), page, PAGE);
    duk_push_buffer_object(ctx, -1, 0, PAGE, DUK_BUFOBJ_UINT8ARRAY);
    duk_remove(ctx, -2);
    require_done(ctx, duk_pcall(ctx, 1), FAILED_PAGE);
    for (duk_uarridx_t i = 0; i < FIGURES; i++) {
        duk_get_prop_index(ctx, -1, i);
        figures[i] = duk_to_uint32(ctx, -1);
        duk_pop(ctx);
    }
    duk_pop(ctx);
    require(host_write(records, figures, sizeof figures), FAILED_WRITE);
}

int main(void)
{
    board_open();
    char *script_path = first_argument(), *pages_path = next_word(script_path), *records_path = next_word(pages_path);
    int32_t script = host_open(script_path, OPEN_READ_BINARY), pages = host_open(pages_path, OPEN_READ_BINARY);
    int32_t records = host_open(records_path, OPEN_WRITE_BINARY);
    require(script >= 0 && pages >= 0 && records >= 0, FAILED_OPEN);
    duk_context *ctx = open_engine(script);
    while (host_read(pages, page, PAGE) == PAGE) measure_page(ctx, records);
    host_close(records);
    host_exit(0);
}
