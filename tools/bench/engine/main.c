/*
 * The engine's bench image: what compressing and decompressing a page costs in JavaScript, in instructions, for our LZ4
 * (the JavaScript build) and for lz-string. It is the engine of the product, on the same processor and the same board;
 * only its heap is larger, because a page through lz-string alone takes more than the 20 KB there are: it lies in the
 * module's external memory, handed out by the C library.
 *
 * Arguments (semihosting): NAME SCRIPT-FILE PAGES-FILE RECORDS-FILE. The script leaves a function benchPage(page), which
 * returns FIGURES whole numbers; they are written as words, page after page. Exit status 0, or the step that failed.
 */
#include "board-config.h"
#include "duktape.h"
#include "hal.h"
#include "semihosting.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE BOARD_KNOBS_PAGE_BYTES
#define FIGURES 6
/* External RAM of the module (64 MB of DDR), which the product does not use. */
#define EXTERNAL_RAM ((uint8_t *)0xa0000000)
#define SCRIPT_MAX 0x100000u
#define HEAP_MAX 0x1000000u
/* What the engine of the product keeps free of the C stack. */
#define STACK_RESERVE_BYTES 2560u

enum { FAILED_ARGUMENTS = 2, FAILED_OPEN, FAILED_ENGINE, FAILED_SCRIPT, FAILED_PAGE, FAILED_WRITE };

static uint8_t page[PAGE];
static char arguments[512];
static uint32_t heap_used;
static uint64_t lap_start;

static void require(int condition, uint32_t step) { if (!condition) host_exit(step); }

/* Ends with `step`, after the words of the error on the engine's stack have gone to the host. */
static void require_done(duk_context *ctx, duk_int_t result, uint32_t step)
{
    if (result == DUK_EXEC_SUCCESS) return;
    semihost(SYS_WRITE0, duk_safe_to_string(ctx, -1));
    host_exit(step);
}

/* ---- what the engine and the C library ask of their surroundings ---- */

void *_sbrk(int bytes)
{
    uint8_t *at = EXTERNAL_RAM + SCRIPT_MAX + heap_used;
    if (heap_used + (uint32_t)bytes > HEAP_MAX) return (void *)-1;
    heap_used += (uint32_t)bytes;
    return at;
}

int engine_timeout_check(void *unused) { return 0; }
int engine_stack_is_low(void) { return board_stack_free() < STACK_RESERVE_BYTES; }
int engine_stack_is_low_for_compiler(void) { return engine_stack_is_low(); }
int engine_stack_is_low_for_numbers(void) { return engine_stack_is_low(); }
int engine_short_integer(const char *text) { return -1; }
void engine_compile_failed(const char *text, unsigned line, unsigned offset) {}
unsigned short engine_sought_pc;
void engine_thrown(unsigned sum, unsigned pc) {}
void engine_compiled(unsigned sum, unsigned line) {}
/* The API and the timers have their objects in ROM beside the engine's own; here nothing stands behind them. */
duk_ret_t api_method(duk_context *ctx) { return DUK_RET_ERROR; }
duk_ret_t api_getter(duk_context *ctx) { return DUK_RET_ERROR; }
duk_ret_t timer_method(duk_context *ctx) { return DUK_RET_ERROR; }

void engine_write_integer(char *to, long long value)
{
    char digits[20];
    uint32_t count = 0;
    unsigned long long left = value < 0 ? 0ull - (unsigned long long)value : (unsigned long long)value;
    do digits[count++] = (char)('0' + left % 10);
    while (left /= 10);
    if (value < 0) *to++ = '-';
    while (count) *to++ = digits[--count];
    *to = 0;
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

/* The word after `word`; both end in a zero byte afterwards. */
static char *next_word(char *word)
{
    char *space = strchr(word, ' ');
    require(space != NULL, FAILED_ARGUMENTS);
    *space = 0;
    return space + 1;
}

int main(void)
{
    board_open();
    host_arguments(arguments, sizeof arguments);
    char *script_path = next_word(arguments), *pages_path = next_word(script_path), *records_path = next_word(pages_path);
    int32_t script = host_open(script_path, OPEN_READ_BINARY), pages = host_open(pages_path, OPEN_READ_BINARY);
    int32_t records = host_open(records_path, OPEN_WRITE_BINARY);
    require(script >= 0 && pages >= 0 && records >= 0, FAILED_OPEN);
    duk_context *ctx = open_engine(script);
    while (host_read(pages, page, PAGE) == PAGE) measure_page(ctx, records);
    host_close(records);
    host_exit(0);
}
