import { createContext, runInContext } from "node:vm";
import test from "ava";
import { packageFolder, buildPackage } from "../../tools/build/package";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { PARTS, PRELUDE } from "./script";

type Open = (options?: object) => object;

let open: Open;

test.before(async () => {
  await buildPackage();
  ({ open } = await import(pathToFileURL(join(packageFolder, "index.mjs")).href) as { open: Open });
});

for (const core of ["wasm", "script"] as const) {
  for (const [part, lines] of Object.entries(PARTS)) {
    test(`${part}: the API in Node prints what the script says [${core}]`, (t) => {
      const z = open({ core });
      const printed: string[] = [];
      const context = createContext({ z, print: (...values: unknown[]) => printed.push(values.map(String).join(" ")), require: () => z, Uint8Array, Uint16Array });
      runInContext(PRELUDE, context);
      for (const { code, prints } of lines) {
        printed.length = 0;
        runInContext(code, context);
        t.deepEqual(printed, prints, code);
      }
    });
  }
}

test("a value too long for a cache is refused, in Node, where it fits the heap", (t) => {
  const z = open() as { cache(name: string): { put(key: string, value: unknown): boolean; get(key: string): unknown } };
  const cache = z.cache("tiles");
  t.true(cache.put("k", new Uint8Array(15_000).fill(3)));
  t.deepEqual(cache.get("k"), new Uint8Array(15_000).fill(3));
  t.throws(() => cache.put("k", new Uint8Array(20_000)), { message: "cache tiles: the value is longer than it can hold." });
});
