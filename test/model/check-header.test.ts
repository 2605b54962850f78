/** O1 of tools/check/header-words.ts: each word of the header has a range, and a value beyond it is named, whatever else is wrong. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { Counter } from "../../firmware/core/counters";
import { Knob } from "../../firmware/core/config";
import { HEADER_BYTES } from "../../firmware/core/layout";
import { inRoot } from "../../tools/build/paths";
import { Arena } from "../../tools/check/arena";
import { openDump } from "../../tools/check/dump";
import { Findings } from "../../tools/check/findings";
import { type Word, checkHeader, headerWords, isRight, valueOf } from "../../tools/check/header-words";
import { brokenInvariants } from "../../tools/check/invariants";
import { Failure } from "../../tools/failure";
import { Area, EPHEMERAL, Names, PAGE_BYTES, withFlash } from "../helpers/board";
import { openCore, type CoreKind } from "../helpers/cores";
import { makePage } from "../helpers/pages";
import { Random } from "../helpers/random";

const folder = mkdtempSync(join(tmpdir(), "zcache-check-header-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** Words that may be anything: clocks that wrap, a digest, what is left over in buffers. Event counters besides. */
const FREE = /^(EvictionClock|ClockAt|DurableDigest|RecordAt, word \d+|SectorAt, word \d+)$/;

/** The arena of a simulated board with something of everything in it. */
function sound(build: CoreKind, knobs: Record<number, number> = {}): Uint8Array {
  const core = withFlash((options) => openCore(build, options), knobs);
  const random = new Random(1);
  const area = new Area(core, core.areaOpen(32));
  for (let page = 0; page < 30; page++) area.write(page, makePage(page % 9 === 8 ? "random" : "csv", PAGE_BYTES, random));
  const names = new Names(core, core.poolOpen(EPHEMERAL));
  for (let index = 0; index < 5; index++) names.put(index, makePage("json", PAGE_BYTES, random));
  if (knobs[Knob.DurablePagesMax]) {
    const kept = new Area(core, core.areaOpenDurable(core.put(Buffer.from("kept")), 4, 4));
    kept.write(0, makePage("json", PAGE_BYTES, random));
    core.areaSync(kept.handle);
  }
  core.coreRefresh();
  return core.bytes.slice(0, core.arenaBytes);
}

function withoutFlash(): Uint8Array {
  const core = openCore("wasm", { arenaBytes: 36864, knobs: { [Knob.PagesMax]: 64 } });
  new Area(core, core.areaOpen(16)).write(0, makePage("csv", PAGE_BYTES, new Random(2)));
  return core.bytes.slice(0, core.arenaBytes);
}

const ARENAS: [title: string, make: () => Uint8Array][] = [
  ["on the wasm build", () => sound("wasm")],
  ["on the script build", () => sound("script")],
  ["with tenants, durable pages and a budget", () => sound("wasm", { [Knob.TenantsMax]: 3, [Knob.DurablePagesMax]: 16, [Knob.WritebackLimitEnable]: 1, [Knob.WritebackLimit]: 400 })],
  ["without flash", withoutFlash],
];

function put(bytes: Uint8Array, word: Word, value: number): void {
  const view = new DataView(bytes.buffer);
  if (word.bytes === 2) view.setUint16(word.at, value, true); else view.setUint32(word.at, value, true);
}

/** Values that the word can have and must not. */
function wrongValues(arena: Arena, word: Word): number[] {
  const tries = [word.low - 1, word.high + 1, word.low + 1, 0x7fffffff, -1, 0x12345678];
  return tries.filter((value) => {
    const bytes = arena.bytes.slice();
    put(bytes, word, value);
    return !isRight(word, valueOf(new Arena(bytes), word));
  });
}

function named(broken: string[], { name, at }: Word): boolean { return broken.some((one) => one.startsWith(`O1 header word ${name} (at ${at}) is `)); }

/** What `zcache check` finds: a sentence why the dump is none, or broken invariants. */
function checked(bytes: Uint8Array): string[] {
  const path = join(folder, "damaged.dump");
  writeFileSync(path, bytes);
  try {
    return brokenInvariants(openDump(path).bytes);
  } catch (error) {
    if (error instanceof Failure) return [error.message];
    throw error;
  }
}

for (const [title, make] of ARENAS) {
  test(`a sound header ${title} is within its ranges`, (t) => {
    const report = new Findings();
    checkHeader(new Arena(make()), report);
    t.deepEqual(report.broken, []);
  });

  test(`each word of a header ${title} that is beyond its range is named, and the dump is never said to be sound`, (t) => {
    const arena = new Arena(make());
    let count = 0;
    for (const word of headerWords(arena)) {
      for (const value of wrongValues(arena, word)) {
        const bytes = arena.bytes.slice();
        put(bytes, word, value);
        const report = new Findings();
        checkHeader(new Arena(bytes), report);
        t.true(named(report.broken, word), `${word.name}: ${value}\n${report.broken.join("\n")}`);
        count++;
      }
      const [value] = wrongValues(arena, word);
      if (value === undefined) continue;
      const bytes = arena.bytes.slice();
      put(bytes, word, value);
      t.true(checked(bytes).length > 0, `${word.name}: ${value}`);
    }
    t.true(count > 500, `${count} values`);
  });
}

test("every word that layout.ts names has a range, and only clocks, buffers and counters of events may be anything", (t) => {
  const arena = new Arena(sound("wasm"));
  const words = headerWords(arena);
  const text = readFileSync(inRoot("firmware", "core", "layout.ts"), "utf8");
  const list = text.slice(text.indexOf("export const enum Header"), text.indexOf("/** The word Header.Open."));
  const declared = [...list.matchAll(/^ {2}(\w+) = (\d+),/gm)].map(([, name, at]) => ({ name: name!, at: Number(at) }));
  t.true(declared.length > 60);
  for (const { name, at } of declared) t.true(words.some((word) => word.at === at), `${name} has no range in tools/check/header-words.ts`);
  const free = words.filter((word) => word.bytes === 4 && word.high - word.low === 0xffffffff);
  const counters = free.filter(({ name }) => !FREE.test(name));
  t.true(counters.length < Counter.Count - 20, `${counters.length}`);
  for (const { at, name } of counters) t.true(at >= 320 && at < 320 + 4 * Counter.Count, name);
  for (const word of words) t.true(word.at + word.bytes <= HEADER_BYTES && word.low <= word.high, word.name);
  t.is(new Set(words.map(({ at }) => at)).size, words.length);
});

function corrupt(t: ExecutionContext, bytes: Uint8Array, random: Random): void {
  for (let hits = random.below(6) + 1; hits > 0; hits--) bytes[random.below(HEADER_BYTES)] = random.below(256);
  const arena = new Arena(bytes);
  const isDamaged = headerWords(arena).some((word) => !isRight(word, valueOf(arena, word)));
  const found = checked(bytes);
  if (isDamaged) t.true(found.length > 0);
}

test("a header with random bytes in it: the check comes to its end, and never says that all is well when a word is beyond its range", (t) => {
  const random = new Random(7);
  const whole = sound("wasm");
  for (let round = 0; round < 300; round++) corrupt(t, whole.slice(), random);
});
