/** Images: sizes are read right, and what is up to date is left alone. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import test from "ava";
import { boardNames } from "../../tools/board-file";
import { boardConfigHeader, coreDefines, knownWords, leavable, readBoard } from "../../tools/build/board";
import { buildImage, compileStrictly } from "../../tools/build/image";
import { withLock } from "../../tools/build/lock.mjs";
import { overflowOf } from "../../tools/build/overflow";
import { inBuild, inRoot } from "../../tools/build/paths";
import { parseMap, parseSections } from "../../tools/build/sizes";
import { runProgram, setProgress } from "../../tools/build/steps";
import { until } from "../helpers/patience";
import { readReleased } from "../../tools/size/released";

const BOARD = "emcraft-sf2";
const said: string[] = [];
setProgress((line) => said.push(line));

test("sizes are read from sections and the map, each piece by its origin", (t) => {
  const sections = parseSections("  [ 1] .text             PROGBITS        60000000 010000 000120 00  AX  0   0  4\n  [12] .bss NOBITS 20000000 020000 0000a0 00  WA  0   0  8\n");
  t.deepEqual([...sections], [[".text", 0x120], [".bss", 0xa0]]);
  const parts = parseMap(["Discarded input sections", " .text.gone     0x00000000       0xff build/b/obj/core/core.o", "Linker script and memory map",
    " .text.f        0x60000100       0x20 build/b/obj/core/core.o", " .rodata.a_name_that_fills_the_line",
    "                0x60000200       0x10 build/b/obj/engine/duktape.o", " .text          0x60000300        0x8 /usr/lib/libc_nano.a(lib_a-strlen.o)"].join("\n"));
  t.like(parts, { core: 0x20, engine: 0x10, library: 8, board: 0 });
});

/** A linker's map of an image with so many bytes of the engine and of the core. */
function mapOf(engine: number, core: number): string {
  return ["Linker script and memory map", ` .text.duk_f     0x60000000    0x${engine.toString(16)} build/engine-objects/m3/duktape.o`,
    ` .text.core_f    0x60100000    0x${core.toString(16)} build/b/obj/core/core.o`, ""].join("\n");
}

test("an image too large for code flash says by how much, which parts grew since the release, and what may be left out", (t) => {
  const { version, modules } = readReleased();
  const released = (part: string): number => Object.entries(modules[BOARD]!).reduce((sum, [name, { code }]) => sum + (name.startsWith(`${part}: `) ? code! : 0), 0);
  const message = "ld: region `ROM' overflowed by 6232 bytes";
  t.is(overflowOf(message, BOARD, mapOf(released("engine") + 500, released("core") + 6000)),
    `the image does not fit ${BOARD}: 6232 bytes too many in code flash. Since release ${version} grew core by 6000 and engine by 500; leaveOut in its board.json may name trigonometry (docs/PORTING.md says what each saves)`);
  t.is(overflowOf(message, "ast1030-evb", mapOf(500, 6000)),
    "the image does not fit ast1030-evb: 6232 bytes too many in code flash. Its largest parts are core 6000 and engine 500; leaveOut in its board.json may name zbud, zfold, zsmalloc, tlsf or trigonometry (docs/PORTING.md says what each saves)");
  t.is(overflowOf("undefined reference to `f'", BOARD, ""), undefined);
});

test("an image too large for RAM says who has it, and figures with which it fits", (t) => {
  const { ram, memory } = readBoard(BOARD);
  const message = overflowOf("ld: region `RAM' overflowed by 6232 bytes", BOARD, "")!;
  t.true(message.startsWith(`the image does not fit ${BOARD}: 6232 bytes too many in RAM. It is shared out as arenaBytes ${ram.arenaBytes}, engineHeapBytes ${ram.engineHeapBytes}, `), message);
  const [, arena, heap] = /make arenaBytes at most (\d+) or engineHeapBytes at most (\d+) in its board\.json$/.exec(message) ?? [];
  const [, variables] = /variables (\d+)/.exec(message) ?? [];
  const others = Number(variables) + ram.stackBytes + ram.handlerStackBytes;
  t.true(Number(arena) + ram.engineHeapBytes + others <= memory.ramBytes && Number(arena) + ram.engineHeapBytes + others > memory.ramBytes - 8);
  t.true(Number(heap) + ram.arenaBytes + others <= memory.ramBytes && Number(heap) + ram.arenaBytes + others > memory.ramBytes - 8);
});

test("advice on what to leave out is a word that the board's file may have", (t) => {
  for (const board of boardNames()) for (const word of leavable(board)) t.notThrows(() => knownWords(board, [...readBoard(board).leaveOut ?? [], word]), `${board}: ${word}`);
  t.deepEqual(leavable("microbit"), ["zbud", "tlsf"]);
});

test.serial("no C file of ours draws a warning", async (t) => {
  t.timeout(180_000);
  for (const board of [BOARD, "microbit", "stm32f405-nor"]) await t.notThrowsAsync(compileStrictly(board));
});

test.serial("an image has nothing of the C library that formats, allocates or unwinds", async (t) => {
  const { files } = await buildImage(BOARD);
  const symbols = await runProgram("arm-none-eabi-nm", ["--defined-only", files.elf]);
  t.regex(symbols, / T engine_format$/m);
  t.notRegex(symbols, / \w _?(v?s?n?printf\w*|malloc|_malloc_r|sbrk|setjmp|_Unwind\w+|__gnu_unwind\w+)$/m);
});

test("what a board leaves out is told the core's compiler, and a word that nobody knows is refused", async (t) => {
  t.deepEqual(coreDefines(BOARD), ["-DHAS_ZFOLD=0", "-DHAS_ZSMALLOC=0", "-DHAS_TLSF=0"]);
  t.deepEqual(coreDefines("stm32f405-nor"), []);
  t.throws(() => knownWords("a-board", ["zfold", "slob"]), { message: /^hal\/boards\/a-board\/board\.json leaves out "slob", which is not known: it may leave out zbud, zfold, zsmalloc, tlsf, trigonometry/ });
  t.throws(() => knownWords("a-board", ["zbud", "zfold", "zsmalloc", "tlsf"]), { message: /leaves out every allocator: keep one of zbud, / });
  t.throws(() => knownWords("a-board", "zfold" as unknown as string[]), { message: /is no list: write \["zfold", "tlsf"\]/ });
  const { files } = await buildImage(BOARD);
  const symbols = await runProgram("arm-none-eabi-nm", [files.elf]);
  t.regex(symbols, / [tT] zbudAlloc$/m);
  t.notRegex(symbols, / [tT] (zfold|zsmalloc|tlsf)\w+$/m);
});

test("a board's figures become macros", (t) => {
  const header = boardConfigHeader(BOARD);
  t.regex(header, /^#define BOARD_NAME "emcraft-sf2"$/m);
  t.regex(header, /^#define BOARD_MEMORY_RAM_BYTES 65536u$/m);
  t.regex(header, /^#define BOARD_RAM_ARENA_BYTES \d+u$/m);
});

test.serial("a second build does nothing, and an image keeps within the chip", async (t) => {
  await buildImage(BOARD);
  said.length = 0;
  const sizes = await buildImage(BOARD);
  t.deepEqual(said, []);
  t.true(sizes.flash.total <= sizes.flash.capacity);
  t.true(sizes.ram.total <= sizes.ram.capacity);
  t.true(existsSync(sizes.files.bin));
  const { tables, link, frames } = sizes.ram.arena_parts;
  t.is(tables + link + frames, sizes.ram.arena);
});

test.serial("the core keeps its base in a register: an arena load is one indexed instruction", async (t) => {
  await buildImage(BOARD);
  const listing = await runProgram("arm-none-eabi-objdump", ["-d", "--disassemble=lz4_lz4Compress", inBuild(BOARD, "obj", "core", "core.o")]);
  t.regex(listing, /ldr\.?w?\s+\w+, \[(\w+), \w+\][\s\S]*ldrh\.?w?\s+\w+, \[\1, \w+\]/);
});

test("two processes do not build at once: the second says for whom it waits, and takes over from the dead", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "zcache-lock-"));
  const lines: string[] = [];
  const order: string[] = [];
  const lock = pathToFileURL(inRoot("tools", "build", "lock.mjs")).href;
  const [held, told] = [join(folder, "held"), join(folder, "told")];
  const script = `import { withLock } from ${JSON.stringify(lock)}; import { existsSync, writeFileSync } from "node:fs";
    await withLock(${JSON.stringify(folder)}, () => {}, async () => {
      writeFileSync(${JSON.stringify(held)}, "");
      while (!existsSync(${JSON.stringify(told)})) await new Promise((r) => setTimeout(r, 20));
    });`;
  const other = runProgram(process.execPath, ["--input-type=module", "-e", script]).then(() => order.push("other"));
  await until(() => existsSync(held), "the other process has the lock");
  await withLock(folder, (line) => { lines.push(line); writeFileSync(told, ""); }, async () => { order.push("we"); });
  await other;
  t.is(lines.length, 1);
  t.regex(lines[0]!, /another build \(process \d+\) is at work/);
  t.is(order.length, 2);

  mkdirSync(join(folder, "lock"));
  writeFileSync(join(folder, "lock", "pid"), "999999999");
  await withLock(folder, () => {}, async () => { order.push("heir"); });
  t.is(order.at(-1), "heir");
  t.false(existsSync(join(folder, "lock")));
});

test("the sources of the images name no folder of this machine", async (t) => {
  const sizes = await buildImage(BOARD);
  const here = fileURLToPath(pathToFileURL(inRoot()));
  t.false(readFileSync(sizes.files.bin).includes(here));
});
