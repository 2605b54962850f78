/** The build's own promises: what it inlines and what it leaves alone, what it refuses, and that it does nothing twice. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "ava";
import { type CoreSources, makeScripts, makeWasm } from "../../tools/build/core";
import { inRoot } from "../../tools/build/paths";
import { hashFiles, runStep, setProgress } from "../../tools/build/steps";

setProgress(() => {});

const MEMORY = `export let bytes: Uint8Array = new Uint8Array(0);
export let words: Int32Array = new Int32Array(0);
export function attachMemory(buffer: ArrayBuffer): void { bytes = new Uint8Array(buffer); words = new Int32Array(buffer); }
export function read8(at: i32): i32 { return bytes[at]; }
export function write8(at: i32, value: i32): void { bytes[at] = value; }
export function read32(at: i32): i32 { return words[at >> 2]; }
export function same2(a: i32, b: i32): boolean { return bytes[a] == bytes[b] && bytes[a + 1] == bytes[b + 1]; }
export function sum(at: i32): i32 { let s: i32 = 0; for (let i: i32 = 0; i < 4; i++) s += bytes[at + i]; return s; }
`;
const MEMORY_AS = `@inline export function read8(at: i32): i32 { return <i32>load<u8>(at); }
@inline export function write8(at: i32, value: i32): void { store<u8>(at, <u8>value); }
@inline export function read32(at: i32): i32 { return load<i32>(at); }
@inline export function same2(a: i32, b: i32): boolean { return load<u16>(a) == load<u16>(b); }
@inline export function sum(at: i32): i32 { let s: i32 = 0; for (let i: i32 = 0; i < 4; i++) s += <i32>load<u8>(at + i); return s; }
`;
const PORTS = `export interface Ports { serialPut(byte: i32): void; }
export function attachPorts(board: Ports): void { board.serialPut(0); }
`;

/** A tree of sources with this text as its only module besides memory and ports. */
function sourcesWith(text: string): CoreSources {
  const folder = mkdtempSync(join(tmpdir(), "zcache-build-"));
  const files: Record<string, string> = { "native.ts": `export * from "./core/part";\n`, "core/part.ts": text,
    "core/memory.ts": MEMORY, "core/memory.as.ts": MEMORY_AS, "core/ports.ts": PORTS, "core/ports.as.ts": "" };
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), contents);
  }
  const declarations = [inRoot("firmware", "dialect.d.ts"), inRoot("firmware", "engine.d.ts")];
  return { folder, entry: "native.ts", memory: "core/memory.ts", ports: "core/ports.ts", declarations };
}

async function scriptOf(text: string): Promise<string> {
  const sources = sourcesWith(text);
  const script = join(sources.folder, "out.js");
  await makeScripts(sources, join(sources.folder, "work"), script, join(sources.folder, "out.min.js"));
  return readFileSync(script, "utf8");
}

/** Runs the JavaScript build of `text` over an arena whose byte i holds i, and gives back what it exports. */
async function run(text: string): Promise<{ script: string; core: Record<string, (...args: number[]) => unknown>; arena: Uint8Array }> {
  const script = await scriptOf(text);
  const core = new Function(`${script}; return zcacheCore;`)();
  const arena = Uint8Array.from({ length: 64 }, (_, index) => index);
  core.attachMemory(arena.buffer);
  return { script, core, arena };
}

test("an accessor's call becomes the index expression, with nested calls and operators kept in order", async (t) => {
  const { script, core, arena } = await run(`import { read32, read8, write8 } from "./memory";
    export function deep(at: i32): i32 { return read8(read8(at) + 1) * 2; }
    export function put(at: i32, value: i32): void { write8(at + 1, value | 1); }
    export function word(at: i32): i32 { return read32(at + 4); }`);
  t.is(core.deep!(5), 12);
  core.put!(10, 32);
  t.is(arena[11], 33);
  t.is(core.word!(0), 0x07060504);
  t.notRegex(script, /read8|write8|read32/);
});

test("an argument with an effect is evaluated once, in its place", async (t) => {
  const { core, arena, script } = await run(`import { same2, write8 } from "./memory";
    let calls: i32 = 0;
    function next(): i32 { calls++; return calls; }
    export function once(): boolean { return same2(next(), next()); }
    export function many(): i32 { return calls; }
    export function store(at: i32): i32 { write8(at++, at++); return at; }`);
  t.is(core.once!(), false);
  t.is(core.many!(), 2);
  t.regex(script, /same2\(/);
  t.is(core.store!(20), 22);
  t.is(arena[20], 21);
});

test("a local name that equals one of memory.ts's variables is not confused with it", async (t) => {
  const { core } = await run(`import { read8 } from "./memory";
    export function shadow(bytes: i32): i32 { const words: i32 = 3; return read8(bytes + words); }`);
  t.is(core.shadow!(4), 7);
});

test("an accessor with a loop stays a call", async (t) => {
  const { core, script } = await run(`import { sum } from "./memory";
    export function total(at: i32): i32 { return sum(at); }`);
  t.is(core.total!(1), 10);
  t.regex(script, /sum\(/);
});

test("nothing newer than ES5 comes out, and no helper", async (t) => {
  const script = await scriptOf(`import { read8 } from "./memory";
    const enum Kind { A = 7 }
    export function pick(at: i32): i32 { let found: i32 = Kind.A; for (let i: i32 = 0; i < 3; i++) { const b: i32 = read8(at + i); found += b; } return found; }`);
  t.notRegex(script, /\b(let|const|class)\b|=>|`|Object\.define/);
  t.true(script.startsWith("var zcacheCore;"));
});

test("a type error and a global the engine lacks stop the build with tsc's message", async (t) => {
  await t.throwsAsync(scriptOf(`export function wrong(): i32 { return "text"; }`), { message: /not assignable to type 'number'/ });
  await t.throwsAsync(scriptOf(`export function wide(): i32 { return new Map().size; }`), { message: /Cannot find name 'Map'/ });
});

test("the wasm build uses the second variants, and answers as the JavaScript build", async (t) => {
  const sources = sourcesWith(`import { read8, same2 } from "./memory";
    export function both(at: i32): i32 { return same2(at, at) ? read8(at) + 1 : 0; }`);
  const wasm = join(sources.folder, "out.wasm");
  await makeWasm(sources, join(sources.folder, "wasm"), wasm);
  const { instance } = await WebAssembly.instantiate(readFileSync(wasm));
  const { memory, both } = instance.exports as { memory: WebAssembly.Memory; both(at: number): number };
  new Uint8Array(memory.buffer)[9] = 41;
  t.is(both(9), 42);
});

test("a core that brings data of its own is refused: it would lie in the arena", async (t) => {
  const sources = sourcesWith(`export function letter(at: i32): i32 { return "text".charCodeAt(at); }`);
  await t.throwsAsync(makeWasm(sources, join(sources.folder, "wasm"), join(sources.folder, "out.wasm")), { message: /data, which would lie in the arena/ });
});

test("a step runs once, and again when an input's contents change, not when only its time does", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "zcache-step-"));
  const [input, output] = [join(folder, "in"), join(folder, "out")];
  let runs = 0;
  const step = () => runStep({ name: "test-step", label: "step", inputs: [input], settings: folder, outputs: [output],
    make: () => { runs++; writeFileSync(output, "made"); } });
  writeFileSync(input, "one");
  t.true(await step());
  writeFileSync(input, "one");
  t.false(await step());
  writeFileSync(input, "two");
  t.true(await step());
  t.is(runs, 2);
  t.not(hashFiles([input], 1), hashFiles([input], 2));
});

test("two parts of one process that want the same step have it made once, and the second waits for it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "zcache-step-"));
  const output = join(folder, "out");
  let runs = 0;
  const step = () => runStep({ name: "test-step-shared", label: "step", inputs: [], settings: folder, outputs: [output],
    make: async () => {
      runs++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      writeFileSync(output, "made");
    } });
  t.deepEqual(await Promise.all([step(), step(), step()]), [true, false, false]);
  t.is(runs, 1);
  rmSync(folder, { recursive: true });
});

test("constants of a module stand as numbers, and a function takes its view of the arena into a variable once", async (t) => {
  const { script, core } = await run(`import { read8 } from "./memory";
const FIRST: i32 = 3;
const SECOND: i32 = FIRST + (1 << 2);
let moving: i32 = 5;
/* inlined */ function doubled(value: i32): i32 { return value * 2; }
export function sums(at: i32): i32 { moving++; return read8(at + FIRST) + read8(at + SECOND) + moving + doubled(at); }
export function one(at: i32): i32 { return read8(at); }
`);
  t.is(core.sums!(10), 13 + 17 + 6 + 20);
  t.is(core.sums!(10), 13 + 17 + 7 + 20);
  t.is(core.one!(9), 9);
  t.regex(script, /var hereBytes = \w+;[^]*hereBytes\[at \+ 3\] \+ hereBytes\[at \+ 7\] \+ moving \+ at \* 2/);
});
