/**
 * Snippets of the core's dialect as two programs: lowered to ES5 as the JavaScript build is, and translated to C and compiled
 * by the host's compiler with checks for what C leaves undefined. Both make the same calls; the answers are for the test to
 * compare. Memory and ports are the core's own files; the ports answer the same on both sides.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runInNewContext } from "node:vm";
import { type CoreSources, firmware, makeScripts } from "../../tools/build/core";
import { inBuild, inRoot } from "../../tools/build/paths";
import { type Translation, translate } from "../../tools/build/translate/translate";
import { SANITIZE } from "./host-native";

export type Call = readonly [name: string, ...args: number[]];

const ARENA_BYTES = 4096;
/** The ports: a clock that ticks when it is looked at, and a flash whose reads, programs and erases say what they were asked. */
const C_PORTS = `
static uint32_t ticks;
uint32_t port_clockTicks(void) { return ++ticks; }
uint32_t port_flashRead(uint32_t from, uint32_t to, uint32_t length) { return from + 3 * to + 5 * length; }
uint32_t port_flashProgram(uint32_t to, uint32_t from, uint32_t length) { return to + 7 * from + 9 * length; }
uint32_t port_flashErase(uint32_t at) { return at + ++ticks; }
void port_serialPut(uint32_t byte) { printf("put %u\\n", (unsigned)byte); }
void core_trap(const char *what, uint32_t at) { printf("trap: %s\\n", what); fflush(stdout); (void)at; _Exit(0); }
`;

/** Writes a program of the dialect: `files` by path without .ts, of which "native" is the entry. */
export function writeSnippet(name: string, files: Record<string, string>): CoreSources {
  const folder = inBuild("test-programs", `translate-${name}`, "firmware");
  rmSync(folder, { recursive: true, force: true });
  for (const path of [firmware.memory, firmware.ports]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(join(firmware.folder, path), join(folder, path));
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, `${path}.ts`), text);
  }
  return { ...firmware, folder };
}

export function translateSnippet(name: string, files: Record<string, string>): Translation {
  return translate(writeSnippet(name, files), inBuild("test-programs", `translate-${name}`, "scratch"));
}

/** What each call answers in JavaScript, as a 32-bit integer. */
export async function answersInScript(name: string, files: Record<string, string>, calls: readonly Call[]): Promise<number[]> {
  const sources = writeSnippet(name, files);
  const [script, minified, work] = ["core.js", "core.min.js", "es5"].map((part) => inBuild("test-programs", `translate-${name}`, part));
  await makeScripts(sources, work, script, minified);
  const core = runInNewContext(`${readFileSync(script, "utf8")}; zcacheCore`, { ArrayBuffer, Uint8Array, Uint16Array, Int32Array }) as Record<string, (...args: unknown[]) => unknown>;
  let ticks = 0;
  core.attachMemory(new ArrayBuffer(ARENA_BYTES));
  core.attachPorts({
    clockTicks: () => ++ticks, flashErase: (at: number) => at + ++ticks, serialPut: () => undefined,
    flashRead: (from: number, to: number, length: number) => from + 3 * to + 5 * length, flashProgram: (to: number, from: number, length: number) => to + 7 * from + 9 * length,
  });
  return calls.map(([call, ...args]) => Number(core[call](...args) ?? 0) | 0);
}

/** What each call answers in C; a trap is the last line. `warnings` are the compiler's. */
export function answersInC(name: string, files: Record<string, string>, calls: readonly Call[], more: string[] = []): { answers: (number | string)[]; warnings: string; source: string } {
  const { source, header } = translateSnippet(name, files);
  const folder = inBuild("test-programs", `translate-${name}`);
  const lines = calls.map(([call, ...args]) => {
    const text = `core_${call}(${args.map((one) => `${one >>> 0}u`).join(", ")})`;
    return new RegExp(`^void core_${call}\\(`, "m").test(header) ? `${text}; puts("0");` : `printf("%d\\n", (int)${text});`;
  });
  writeFileSync(join(folder, "core.h"), header);
  writeFileSync(join(folder, "core.c"), source);
  writeFileSync(join(folder, "main.c"), ["#include <stdio.h>", "#include <stdlib.h>", '#include "core.c"', C_PORTS, "int main(void) {", ...lines, "return 0; }", ""].join("\n"));
  const program = join(folder, "program");
  const flags = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Wno-parentheses", "-Wno-unused-parameter", ...SANITIZE, "-DARENA_SECTION=", `-DARENA_BYTES=${ARENA_BYTES}`, "-I", folder, "-I", inRoot("hal", "native"), ...more];
  const compiled = spawnSync("cc", [...flags, join(folder, "main.c"), "-o", program], { encoding: "utf8" });
  if (compiled.status !== 0) throw new Error(compiled.stderr);
  const said = execFileSync(program, { encoding: "utf8" }).trim().split("\n");
  return { answers: said.map((line) => /^-?\d+$/.test(line) ? Number(line) : line), warnings: compiled.stderr, source };
}
