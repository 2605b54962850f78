/**
 * The core as C: wasm2c translates the wasm, and here its output is fitted to an image with exactly one core. What wasm2c
 * reaches through an instance pointer becomes static (see hal/native/prelude.h); its runtime, tables and type lists are
 * left out. The changes are few and textual, so each is checked: whatever the translation contains that is not known
 * here stops the build.
 *
 *   build/native/core.c   the core; compiled with -DARENA_BYTES=n and, for the checked build, -DCORE_CHECKED
 *   build/native/core.h   what C may call: every exported function, named core_<export>; and what it provides: port_<import>
 */
import { readFileSync } from "node:fs";
import { corePaths } from "./core";
import { inBuild, inRoot } from "./paths";
import { runProgram, runStep, writeFile } from "./steps";

export const nativePaths = { folder: inBuild("native"), source: inBuild("native", "core.c"), header: inBuild("native", "core.h") };

/** Translates the core's wasm, if it changed. True if something was done. */
export async function buildNative(): Promise<boolean> {
  return runStep({
    name: "core-c",
    label: "core as C",
    inputs: [corePaths.wasm, inRoot("tools", "build", "native.ts")],
    outputs: [nativePaths.source, nativePaths.header],
    make: async () => {
      const translation = inBuild("native", "wasm2c.c");
      await runProgram("wasm2c", ["-n", "core", corePaths.wasm, "-o", translation]);
      const { source, header } = fitTranslation(readFileSync(translation, "utf8"));
      writeFile(nativePaths.source, source);
      writeFile(nativePaths.header, header);
    },
  });
}

interface CoreFunction {
  /** Name in wasm2c's output. */
  inner: string;
  result: string;
  /** "u32 w2c_p0, u32 w2c_p1", or empty. */
  parameters: string;
  body: string;
}

/** wasm2c's C made static; throws if it contains something unforeseen. */
export function fitTranslation(translation: string): { source: string; header: string } {
  const functions = readFunctions(translation);
  const exports = readExports(translation);
  const source = [
    "/* Generated from the core's wasm by wasm2c and tools/build/native.ts. */",
    '#include "prelude.h"',
    '#include "core.h"',
    "",
    ...readGlobals(translation),
    "",
    ...functions.map((one) => `static ${one.result} ${one.inner}(${one.parameters || "void"})${attributeOf(one.inner)};`),
    "",
    ...functions.map((one) => `static ${one.result} ${one.inner}(${one.parameters || "void"}) {\n${one.body}}\n`),
    "uint8_t *core_arena(void) { return arena; }",
    ...exports.map(({ name, one }) => `${one.result} core_${name}(${one.parameters || "void"})${attributeOfExport(name)};`),
    ...exports.map(({ name, one }) => `${one.result} core_${name}(${one.parameters || "void"}) {\n${one.body}}`),
    "",
  ].join("\n");
  refuseLeftovers(source);
  return { source, header: headerFor(exports, readImports(translation)) };
}

/**
 * What a store, a load or a fault of a page in RAM goes through is compiled for speed, and the checksum. All the rest is
 * compiled for size: what writes to flash waits for the flash, idle work waits for itself, and a shape's price is the engine's.
 */
const HOT = /^w2c_core_(codec_|swap_crc32_|zpool_(zpool|handles|zbud)_|store_(frontswap|places|paging|bouncer|lru|tmem)_|frames_|entries_|memory_|gate_)/;
/** In those files, what is called when the allocator changes, an area comes or goes, or there is no frame to be had. */
const COLD = /_(zpool_(fillFitTable|openZpools|zpoolSwitch|zpoolReclaim\w+|zpoolGainBytes|zpoolMove|zpoolCompactBegin|zpoolFitsInstead)|paging_(exchange|peek|areaDiscard|closeArea|makeArea|pageOutOldest)|tmem_(openTmem|openPool|forgetPool|makeObject|forgetObject)|frontswap_(placeAmongOwn|storeRaw|freezePool|putIntoFrozen|dropPool))$/;
const FOR_SIZE = ' __attribute__((optimize("Os")))';
function attributeOf(inner: string): string { return HOT.test(inner) && !COLD.test(inner) ? "" : FOR_SIZE; }

/** Exports that the compiler puts whole functions into, and that are called once a boot, a key or a command. */
const COLD_EXPORT = /^(core(Open|Refresh|Set|Get|Low|High|Default|Defaults|KnobIsLive|Budget|LifeDays|SectorWear|SectorLive|Sync|Recompress|ResetCounters)|area(Sync|OpenDurable|Delete|Open|Close)|swapFormat|reaperRun|reclaimFrame|compactFrame|writeback\w+|pool\w+|lineKey|lineOpen|tenant\w+|governor\w+|frame\w+|wire(Open|Send|Reply|Complain))$/;
function attributeOfExport(name: string): string { return COLD_EXPORT.test(name) ? FOR_SIZE : ""; }

function readFunctions(translation: string): CoreFunction[] {
  const found = [...translation.matchAll(/^static (\w+) (w2c_\w+)\(Z_core_instance_t\* instance(?:, )?(.*)\) \{\n([\s\S]*?)^\}/gm)];
  const declared = [...translation.matchAll(/^static \w+ w2c_\w+\(Z_core_instance_t\*(?:, .*)?\);/gm)].length;
  if (found.length === 0 || found.length !== declared) {
    throw new Error(`wasm2c's output has ${declared} declared and ${found.length} readable functions: expected as many, and version 1.0.32`);
  }
  return found.map(([, result, inner, parameters, body]) => ({ result: result!, inner: inner!, parameters: parameters!, body: makeStatic(body!) }));
}

/** Exported functions; exported constants and the memory are of no use to C. */
function readExports(translation: string): { name: string; one: CoreFunction }[] {
  const pattern = /^\/\* export: '(\w+)' \*\/\n(u32|void) (Z_coreZ_\w+)\(Z_core_instance_t\* instance(?:, )?(.*)\) \{\n([\s\S]*?)^\}/gm;
  return [...translation.matchAll(pattern)].map(([, name, result, inner, parameters, body]) => {
    const call = result === "void" ? body!.replace("return ", "") : body!;
    return { name: name!, one: { inner: inner!, result: result!, parameters: parameters!, body: makeStatic(call) } };
  });
}

/** Globals with their initial values, which wasm2c assigns in init_globals. */
function readGlobals(translation: string): string[] {
  const body = /^static void init_globals\(.*\) \{\n([\s\S]*?)^\}/m.exec(translation)?.[1];
  if (body === undefined) throw new Error("wasm2c's output has no init_globals: expected version 1.0.32");
  return body.trimEnd().split("\n").filter((line) => line.trim() !== "").map((line) => {
    const [, name, value] = /^ {2}instance->(w2c_\w+) = (\w+);$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`a global of the core is not initialised by a constant: ${line.trim()}`);
    return `static u32 ${name} __attribute__((unused)) = ${value};`;
  });
}

/** The functions of ports.ts, as wasm2c declares them. */
function readImports(translation: string): string[] {
  return [...new Set([...translation.matchAll(/\(\*Z_envZ_(\w+)\)\(/g)].map((match) => match[1]!))].sort();
}

/** References through the instance become plain names. */
function makeStatic(body: string): string {
  return body
    // The end of the memory that there is (memory.as.ts): here it is the arena's, to the byte.
    .replace(/(w2c_i\d+) = instance->w2c_memory\.pages;\s+(w2c_i\d+) = 16u;\s+\1 <<= \(\2 & 31\);/g, "$1 = ARENA_BYTES;")
    .replace(/&instance->w2c_memory, (?=&instance)/g, "")
    .replace(/&instance->w2c_memory, /g, "")
    .replace(/\(\*Z_envZ_(\w+)\)\(instance->Z_env_instance(?:, )?/g, "port_$1(")
    .replace(/\binstance->(w2c_)/g, "$1")
    .replace(/\(instance(?:, )?/g, "(");
}

function refuseLeftovers(source: string): void {
  const left = /.*\b(instance|w2c_memory|Z_\w+|CALL_INDIRECT|wasm_rt_\w+|f32|f64)\b.*/.exec(source);
  if (left) throw new Error(`wasm2c's output has something that is not known here: ${left[0].trim()}`);
}

/** What each port takes, as its contract in firmware/core/ports.ts says. */
const PORTS: Record<string, string> = {
  flashRead: "uint32_t port_flashRead(uint32_t from, uint32_t to, uint32_t length);",
  flashProgram: "uint32_t port_flashProgram(uint32_t to, uint32_t from, uint32_t length);",
  flashErase: "uint32_t port_flashErase(uint32_t at);",
  serialPut: "void port_serialPut(uint32_t byte);",
  clockTicks: "uint32_t port_clockTicks(void);",
};

function headerFor(exports: { name: string; one: CoreFunction }[], imports: string[]): string {
  const unknown = imports.find((name) => !(name in PORTS));
  if (unknown !== undefined) throw new Error(`the core calls outward by ${unknown}, which tools/build/native.ts does not know: add it to PORTS`);
  const type = (text: string): string => text.replace(/\bu32\b/g, "uint32_t").replace(/ w2c_p\d+/g, "");
  return [
    "/* Generated: what C may call of the core, and what it owes the core. Negative results are Err, as uint32_t. */",
    "#ifndef CORE_H",
    "#define CORE_H",
    "#include <stdint.h>",
    "",
    "/* The core's memory; arena offsets count from here. */",
    "uint8_t *core_arena(void);",
    ...exports.map(({ name, one }) => `${type(one.result)} core_${name}(${type(one.parameters) || "void"});`),
    "",
    "/* Provided by the engine port (contract: firmware/core/ports.ts). */",
    ...Object.values(PORTS),
    "#endif",
    "",
  ].join("\n");
}
