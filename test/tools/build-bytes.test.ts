/** hal/native/bytes.c on an emulated Cortex-M3: every alignment of both ends, lengths around each step, both overlaps. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { GCC } from "../../tools/build/compile";
import { inRoot } from "../../tools/build/paths";
import { runProgram } from "../../tools/build/steps";

/** Compares with loops over single bytes, guards included; the exit status is the number of the check that failed. */
const PROGRAM = `
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#define ROOM 1400
static volatile uint8_t expected[ROOM];
static uint8_t actual[ROOM];
static uint32_t state = 1;
static uint8_t next(void) { state = state * 1664525u + 1013904223u; return state >> 24; }
static void fresh(void) { for (int i = 0; i < ROOM; i++) expected[i] = actual[i] = next(); }
static int differ(void) { for (int i = 0; i < ROOM; i++) if (expected[i] != actual[i]) return 1; return 0; }
static void move(int to, int from, int length)
{
    if (to < from) for (int i = 0; i < length; i++) expected[to + i] = expected[from + i];
    else for (int i = length; i-- > 0;) expected[to + i] = expected[from + i];
}
static int check(int length)
{
    for (int to = 0; to < 8; to++) {
        for (int from = 0; from < 8; from++) {
            fresh(); move(1 + to, 700 + from, length > 600 ? 600 : length);
            if (memcpy(actual + 1 + to, actual + 700 + from, length > 600 ? 600 : length) != actual + 1 + to || differ()) return 1;
            fresh(); move(20 + to, 20 + from * 5, length);
            if (memmove(actual + 20 + to, actual + 20 + from * 5, length) != actual + 20 + to || differ()) return 2;
        }
        fresh();
        for (int i = 0; i < length; i++) expected[3 + to + i] = 0x5a;
        if (memset(actual + 3 + to, 0xf5a, length) != actual + 3 + to || differ()) return 3;
    }
    return 0;
}
static void leave(uint32_t code)
{
    static uint32_t block[2] = {0x20026, 0};
    block[1] = code;
    register uint32_t r0 __asm__("r0") = 0x20;
    register uint32_t *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : : "r"(r0), "r"(r1) : "memory");
}
void start(void)
{
    for (int length = 0; length < 140; length++) { int code = check(length); if (code) leave(code); }
    leave(check(1024));
}
__attribute__((section(".vectors"), used)) void *const vectors[2] = {(void *)0x20400000, start};
`;
const SCRIPT = `SECTIONS { . = 0; .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } . = 0x20000000; .data : { *(.data*) } .bss : { *(.bss*) } }`;

test("memcpy, memmove and memset do what the C library's do", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "zcache-bytes-"));
  const [source, script, elf] = ["bytes-test.c", "test.ld", "test.elf"].map((name) => join(folder, name)) as [string, string, string];
  writeFileSync(source, PROGRAM);
  writeFileSync(script, SCRIPT);
  await runProgram(GCC, ["-mcpu=cortex-m3", "-mthumb", "-O2", "-std=c11", "-fno-builtin", "-nostdlib", "-T", script, source,
    inRoot("hal", "native", "bytes.c"), "-lgcc", "-o", elf]);
  await t.notThrowsAsync(runProgram("qemu-system-arm", ["-M", "mps2-an385", "-display", "none", "-monitor", "none", "-serial", "none",
    "-semihosting-config", "enable=on,target=native", "-kernel", elf]));
});
