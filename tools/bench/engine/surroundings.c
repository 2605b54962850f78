/* See surroundings.h. */
#include "surroundings.h"
#include "duktape.h"
#include "hal.h"

/* What the engine of the product keeps free of the C stack. */
#define STACK_RESERVE_BYTES 2560u

static uint32_t heap_used;

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
double engine_left_out(const char *name) { fault_panic(name); }
/* The API and the timers have their objects in ROM beside the engine's own; here nothing stands behind them. */
duk_ret_t api_method(duk_context *ctx) { return DUK_RET_ERROR; }
duk_ret_t api_getter(duk_context *ctx) { return DUK_RET_ERROR; }
duk_ret_t timer_method(duk_context *ctx) { return DUK_RET_ERROR; }
