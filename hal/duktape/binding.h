/* The border between JavaScript and C: the globals `native` and `print`. See binding.c. */
#ifndef BINDING_H
#define BINDING_H

#include "board-config.h"
#include "duktape.h"
#include <stdint.h>

/* A board that says nothing of durable areas has none. */
#ifndef BOARD_KNOBS_DURABLE_PAGES_MAX
#define BOARD_KNOBS_DURABLE_PAGES_MAX 0
#endif

/* Defines the globals. */
void binding_open(duk_context *ctx);

/* Moments of the boot, in clock ticks; set by main.c, and by the call that opens the store. */
enum boot_phase { BOOT_START_UP, BOOT_ENGINE, BOOT_STORE, BOOT_RUNTIME, BOOT_PHASES };
extern uint32_t boot_ticks[BOOT_PHASES];

#endif
