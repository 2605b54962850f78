import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { createContext, runInContext } from "node:vm";
import test, { type ExecutionContext } from "ava";
import { packageFolder, buildPackage } from "../../tools/build/package";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { BUDGET, DURABLE_AFTER, Line, PARTS, PRELUDE } from "./script";

type Open = (options?: object) => { close(): void };

let open: Open;
const folder = mkdtempSync(join(tmpdir(), "zcache-node-"));

test.before(async () => {
  await buildPackage();
  ({ open } = await import(pathToFileURL(join(packageFolder, "index.mjs")).href) as { open: Open });
});

test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** Runs lines of the script with this store, and has each print what it should. */
function runner(t: ExecutionContext, z: object): (lines: Line[]) => void {
  const printed: string[] = [];
  const context = createContext({ z, print: (...values: unknown[]) => printed.push(values.map(String).join(" ")), require: () => z, Uint8Array, Uint16Array, ArrayBuffer, DataView });
  runInContext(PRELUDE, context);
  return (lines) => {
    for (const { code, prints } of lines) {
      printed.length = 0;
      runInContext(code, context);
      t.deepEqual(printed, prints, code);
    }
  };
}

for (const core of ["wasm", "script"] as const) {
  for (const [part, lines] of Object.entries(PARTS)) test(`${part}: the API in Node prints what the script says [${core}]`, (t) => runner(t, open({ core }))(lines));

  test(`what was synced is there when the same chip is opened again, from an array or a file, and nothing else is [${core}]`, (t) => {
    const chip = new Uint8Array(2 << 20).fill(0xff);
    for (const flash of [chip, join(folder, `${core}.nor`)]) {
      const first = open({ core, flash });
      runner(t, first)(PARTS["durable"]!);
      first.close();
      const second = open({ core, flash });
      runner(t, second)(DURABLE_AFTER);
      second.close();
    }
  });

  test(`the event "budget" is raised once, when the write budget is used up [${core}]`, async (t) => {
    const run = runner(t, open({ core, writeBudgetKiB: 0 }));
    run([{ code: BUDGET.before, prints: [] }]);
    await new Promise((resolve) => setTimeout(resolve));
    run(BUDGET.after);
    await new Promise((resolve) => setTimeout(resolve));
    run(BUDGET.after);
  });
}

test("a kept file is the chip's image, and one that is no chip's is refused in one sentence", (t) => {
  const flash = join(folder, "kept.nor");
  const z = open({ flash, part: "w25q64" }) as unknown as { close(): void; area(name: string, bytes: number, options: object): { write(at: number, text: string): void; sync(): void } };
  const area = z.area("a", 100, { durable: true });
  area.write(0, "one of a hundred bytes");
  area.sync();
  const image = readFileSync(flash);
  t.is(image.length, 8 << 20);
  t.true(image.some((byte) => byte !== 0xff));
  z.close();
  t.throws(() => open({ flash, part: "w25q16" }), { message: "open: the flash image has 8388608 bytes; a w25q16 has 2097152." });
  t.throws(() => open({ flash: new Uint8Array(1000) }), { message: /^open: the flash image has 1000 bytes; expected a whole chip's: 16777216 \(s25sl12801\), / });
  t.throws(() => open({ flash: "w25q17" }), { message: /^No flash part is named "w25q17"; known: / });
});

test("a chip with something else on it is left alone until it is formatted; without a chip nothing can be kept", (t) => {
  const kept = "t(function(){z.area('kept',10,{durable:true})})";
  const sync = "t(function(){z.sync()})";
  const foreign = new Uint8Array(2 << 20).fill(0x5a);
  const closed = "the swap area is closed: `zcache swap rescue` saves what an image holds, .swap format (in Node: open({ format: true })) empties it.";
  runner(t, open({ flash: foreign }))([{ code: kept, prints: [`-9 area kept: ${closed}`] }, { code: sync, prints: [`-9 the store: ${closed}`] }]);
  t.true(foreign.every((byte) => byte === 0x5a));
  runner(t, open({ flash: foreign, format: true }))([{ code: kept, prints: ["undefined"] }, { code: sync, prints: ["undefined"] }]);
  runner(t, open({ flash: false }))([{ code: kept, prints: ["-9 area kept: there is no flash to keep it on."] }]);
});

test("a value too long for a cache is refused, in Node, where it fits the heap", (t) => {
  const z = open() as unknown as { cache(name: string): { put(key: string, value: unknown): boolean; get(key: string): unknown } };
  const cache = z.cache("tiles");
  t.true(cache.put("k", new Uint8Array(15_000).fill(3)));
  t.deepEqual(cache.get("k"), new Uint8Array(15_000).fill(3));
  t.throws(() => cache.put("k", new Uint8Array(20_000)), { message: "cache tiles: the value is longer than it can hold." });
});
