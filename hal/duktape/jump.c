/*
 * How the engine's errors return (engine/declarations.h): what setjmp and longjmp do, for processors without floating-point registers
 * in use. The C library's state is 160 bytes, made for any ARM, and lies on the stack at each protected call and each run of the
 * engine's executor; this one is 40: stack pointer, r4 to r11, and where to go on.
 */
#include "duktape.h"

__attribute__((naked)) int engine_set_jump(engine_jump_state state)
{
    __asm__ volatile(
        "mov r2, sp\n"
        "stmia r0, {r2, r4-r11, lr}\n"
        "movs r0, #0\n"
        "bx lr\n");
}

__attribute__((naked)) void engine_jump(engine_jump_state state)
{
    __asm__ volatile(
        "ldmia r0, {r2, r4-r11, lr}\n"
        "mov sp, r2\n"
        "movs r0, #1\n"
        "bx lr\n");
}
