/*
 * Faults: the processor gives up, or the software finds itself broken. The report is sent by polling from the handler's
 * own stack, then the chip is reset; see hal/fault.ts for what it promises and how a tool reads it.
 *
 * The processor has pushed r0-r3, r12, lr, pc and xpsr on the stack that was in use; if that push itself failed (the
 * stack had run out of RAM) the place is not memory, and those eight print as ffffffff rather than fault once more.
 */
#include "board-config.h"
#include "board.h"
#include "hal.h"
#include "registers.h"

#define HIDDEN 0xffffffffu

enum { FRAME_R0, FRAME_R1, FRAME_R2, FRAME_R3, FRAME_R12, FRAME_LR, FRAME_PC, FRAME_XPSR, FRAME_WORDS };

extern uint32_t _stack_low[], _stack_high[];

static void say_hex(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4) serial_put((uint8_t) "0123456789abcdef"[value >> shift & 15]);
}

static void say_register(const char *name, uint32_t value, const char *after)
{
    serial_say(name);
    serial_put('=');
    say_hex(value);
    serial_say(after);
}

static bool is_memory(uint32_t at, uint32_t length)
{
    return at >= BOARD_MEMORY_RAM_ORIGIN && at + length <= BOARD_MEMORY_RAM_ORIGIN + BOARD_MEMORY_RAM_BYTES;
}

/* What the status registers say, as a sentence (ARMv7-M reference manual, B3.2.15). */
static const char *reason(uint32_t cfsr, uint32_t sp)
{
    if (sp < (uint32_t)_stack_low + 32) return "the stack has overflowed";
    if (cfsr & 0x02000000) return "division by zero";
    if (cfsr & 0x01000000) return "unaligned access";
    if (cfsr & 0x000f0000) return "undefined instruction or state";
    if (cfsr & 0x00000100) return "no instruction can be fetched there";
    if (cfsr & 0x00008200) return "no memory at that address";
    return "the processor stopped";
}

static void say_frame(const uint32_t *frame, uint32_t sp, const uint32_t *saved)
{
    static const char *const names[] = {"r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11"};
    static const char *const first[] = {"r0", "r1", "r2", "r3"};
    for (int i = 0; i < 4; i++) say_register(first[i], frame ? frame[i] : HIDDEN, i < 3 ? " " : "\r\n");
    for (int i = 0; i < 8; i++) say_register(names[i], saved[i], i % 4 < 3 ? " " : "\r\n");
    say_register("r12", frame ? frame[FRAME_R12] : HIDDEN, " ");
    say_register("sp", sp, " ");
    say_register("lr", frame ? frame[FRAME_LR] : HIDDEN, " ");
    say_register("pc", frame ? frame[FRAME_PC] : HIDDEN, "\r\n");
    say_register("xpsr", frame ? frame[FRAME_XPSR] : HIDDEN, " ");
}

/* `frame`: where the processor pushed its eight registers; `saved`: r4-r11. */
static __attribute__((used, noreturn)) void fault_report(const uint32_t *frame, const uint32_t *saved)
{
    uint32_t sp = (uint32_t)frame + FRAME_WORDS * 4;
    bool readable = is_memory((uint32_t)frame, FRAME_WORDS * 4);
    serial_say("\r\nFAULT ");
    serial_say(reason(SCB_CFSR, sp));
    serial_say("\r\n");
    say_frame(readable ? frame : 0, sp, saved);
    say_register("cfsr", SCB_CFSR, " ");
    say_register("hfsr", SCB_HFSR, " ");
    say_register("bfar", SCB_BFAR, "\r\nThe board resets.\r\n");
    board_note_fault();
    board_reset();
}

__attribute__((naked)) void fault_entry(void)
{
    __asm__ volatile(
        "tst lr, #4\n"
        "ite eq\n"
        "mrseq r0, msp\n"
        "mrsne r0, psp\n"
        "push {r4-r11}\n"
        "mov r1, sp\n"
        "b fault_report\n");
}

void fault_panic(const char *what)
{
    interrupts_off();
    serial_say("\r\nPANIC ");
    serial_say(what);
    serial_say("\r\nThe board resets.\r\n");
    board_note_fault();
    board_reset();
}
