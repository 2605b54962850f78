/*
 * Faults: the processor gives up, or the software finds itself broken. The report is sent by polling from the handler's
 * own stack, then the chip is reset; see hal/fault.ts for what it promises and how a tool reads it.
 *
 * The processor has pushed r0-r3, r12, lr, pc and xpsr on the stack that was in use; if that push itself failed (the
 * stack had run out of RAM) the place is not memory, and those eight print as ffffffff rather than fault once more. A
 * Cortex-M0 knows no reasons: its status registers print as 0.
 */
#include "board-config.h"
#include "board.h"
#include "cortex-m.h"
#include "hal.h"

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

#if HAS_FAULT_STATUS
static uint32_t fault_status(void) { return SCB_CFSR; }
static uint32_t hard_fault_status(void) { return SCB_HFSR; }
static uint32_t fault_address(void) { return SCB_BFAR; }
#else
static uint32_t fault_status(void) { return 0; }
static uint32_t hard_fault_status(void) { return 0; }
static uint32_t fault_address(void) { return 0; }
#endif

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
    serial_say(reason(fault_status(), sp));
    serial_say("\r\n");
    say_frame(readable ? frame : 0, sp, saved);
    say_register("cfsr", fault_status(), " ");
    say_register("hfsr", hard_fault_status(), " ");
    say_register("bfar", fault_address(), "\r\nThe board resets.\r\n");
    board_note_fault();
    board_reset();
}

/* Hands the place of the processor's eight registers and r4-r11 to the report. */
__attribute__((naked)) void fault_entry(void)
{
#if HAS_FAULT_STATUS
    __asm__ volatile(
        "tst lr, #4\n"
        "ite eq\n"
        "mrseq r0, msp\n"
        "mrsne r0, psp\n"
        "push {r4-r11}\n"
        "mov r1, sp\n"
        "b fault_report\n");
#else
    __asm__ volatile(
        "mov r0, lr\n"
        "lsls r0, r0, #29\n"
        "mrs r0, psp\n"
        "bmi 1f\n"
        "mrs r0, msp\n"
        "1: sub sp, #16\n"
        "mov r1, r8\n str r1, [sp, #0]\n"
        "mov r1, r9\n str r1, [sp, #4]\n"
        "mov r1, r10\n str r1, [sp, #8]\n"
        "mov r1, r11\n str r1, [sp, #12]\n"
        "push {r4-r7}\n"
        "mov r1, sp\n"
        "bl fault_report\n");
#endif
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
