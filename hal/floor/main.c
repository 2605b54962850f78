/*
 * The floor's program: brings the board up, opens the store as board.json says, and serves what comes in on the serial
 * line: text to the line editor, packets to packets.c; then the store's idle work, then sleep. Ctrl-D on an empty line
 * opens the store anew.
 */
#include "board-config.h"
#include "core.h"
#include "floor.h"
#include "hal.h"
#include "wire.h"

/* Knobs of firmware/core/config.ts. */
enum { KNOB_PAGE_BYTES, KNOB_PAGES_MAX, KNOB_OBJECTS_MAX, KNOB_POOLS_MAX, KNOB_LINK_BYTES = 8, KNOB_DENSE = 10, KNOB_ALLOCATOR = 25 };
/* Allocator of firmware/core/zpool/handles.ts: nothing can be written back here, so zpages lie as densely as they can. */
enum { ALLOCATOR_TLSF = 3 };

/* Steps of idle work a call. */
#define IDLE_STEPS 4

uint32_t boot_ticks[BOOT_PHASES];

static void open_store(void)
{
    uint32_t start = (uint32_t)clock_ticks();
    core_coreDefaults();
    core_coreSet(KNOB_PAGE_BYTES, BOARD_KNOBS_PAGE_BYTES);
    core_coreSet(KNOB_PAGES_MAX, BOARD_KNOBS_PAGES_MAX);
    /* The work space of the dense codec would be two frames and a half of seventeen. */
    core_coreSet(KNOB_DENSE, 0);
    core_coreSet(KNOB_OBJECTS_MAX, BOARD_KNOBS_OBJECTS_MAX);
    core_coreSet(KNOB_POOLS_MAX, BOARD_KNOBS_POOLS_MAX);
    core_coreSet(KNOB_LINK_BYTES, BOARD_KNOBS_LINK_BYTES);
    if (!flash_chip()->size_bytes) core_coreSet(KNOB_ALLOCATOR, ALLOCATOR_TLSF);
    if ((int32_t)core_coreOpen(BOARD_RAM_ARENA_BYTES) < 0) fault_panic("the store does not fit the board");
    wire_open();
    packets_open();
    boot_ticks[BOOT_STORE] = (uint32_t)clock_ticks() - start;
}

static void greet(void)
{
    say("\nzcache-mcu " ZCACHE_VERSION " on " BOARD_TITLE);
    say(board_reset_cause() == RESET_FAULT ? " (after a fault)\n" : "\n");
    say("RAM    "), say_number(BOARD_MEMORY_RAM_BYTES), say(" bytes, "), say_number(core_coreFrames()), say(" frames of ");
    say_number(BOARD_KNOBS_PAGE_BYTES), say("; no flash, no engine\n       .help lists the commands\n> ");
}

/* True when the store is to be opened anew. */
static bool take_text(uint32_t byte)
{
    uint32_t event = core_lineKey(byte);
    if (event == LINE_DONE) run_line((const char *)core_arena() + core_lineText(), core_lineLength());
    if (event == LINE_REFUSED) say("Line "), say_number(core_lineNumber()), say(" is not whole or too long: nothing of it was used.\n");
    if (event == LINE_DONE || event == LINE_CLEARED || event == LINE_REFUSED) say("> ");
    return event == LINE_RESET;
}

static bool take_byte(uint32_t byte)
{
    bool is_reset = false;
    switch (wire_take(byte)) {
    case EVENT_TEXT: is_reset = take_text(byte); break;
    case EVENT_PACKET: packets_answer(); break;
    case EVENT_DAMAGED: core_wireComplain(); break;
    default: return false;
    }
    while (!is_reset && (int32_t)core_coreTick(IDLE_STEPS) > 0) {}
    return is_reset;
}

static void serve(void)
{
    for (;;) {
        int byte = serial_get();
        if (serial_gap() >= 0 && core_wireIsIdle()) core_lineCut(FAULT_LOST);
        if (byte < 0) board_wait();
        else if (take_byte((uint32_t)byte)) return;
    }
}

int main(void)
{
    board_open();
    serial_release();
    boot_ticks[BOOT_START_UP] = (uint32_t)clock_ticks();
    for (;;) {
        open_store();
        greet();
        serve();
        say("soft reset\n");
    }
}
