/** `zcache size`: bundles, modules and the difference to the release. */
import test from "ava";
import { buildBundle } from "../../tools/build/engine-bundle";
import type { Profile } from "../../tools/build/profiles";
import { weighBundles } from "../../tools/size/bundles";
import { differences, readReleased } from "../../tools/size/released";
import { zcache } from "./run-cli";

/**
 * What the bundles must not grow beyond without somebody deciding it. The targets are 36 864 and 10 240 bytes; full does not meet its own:
 * docs/ENGINES.md says what the bytes are. Raised last for maps that fill, pages that are not trusted, and flipped bits that are mended.
 */
const CEILING = { full: 75_000, swap: 31_200, minimal: 9_730 };

test("zcache size --json has every bundle with its modules and heap, and the difference to the release", async (t) => {
  const { code, stdout, stderr } = await zcache(["size", "--json"]);
  t.is(code, 0, stderr);
  const { bundles, released, difference, flash, ram } = JSON.parse(stdout);
  t.deepEqual(bundles.map((bundle: { name: string }) => bundle.name), ["full, generic", "full, espruino", "full, jerryscript", "full, mquickjs",
    "swap, generic", "swap, espruino", "swap, jerryscript", "swap, mquickjs", "minimal"]);
  for (const { modules, heap, bytes } of bundles) {
    t.true(modules.length > 15);
    for (const row of modules) t.true(row.bytes >= 0 && (row.heapBytes >= 0 || row.name === "shared"));
    const total = (key: "bytes" | "heapBytes"): number => modules.reduce((sum: number, row: Record<typeof key, number>) => sum + row[key], 0);
    t.true(Math.abs(total("bytes") - bytes) <= modules.length && Math.abs(total("heapBytes") - heap[0].bytes) <= modules.length);
    t.true(heap.every((one: { bytes: number }) => one.bytes > bytes / 4));
  }
  t.is(released.version, "0.1.0");
  t.is(typeof difference["bundle minimal"], "number");
  t.true(flash.total > 0 && ram.total > 0);
});

test("no bundle has grown beyond its ceiling", async (t) => {
  for (const { name, bytes } of await weighBundles()) t.true(bytes <= CEILING[name.split(",")[0] as Profile], `${name}: ${bytes}`);
});

test("swap and minimal meet their targets", async (t) => {
  for (const { name, bytes, targetBytes, met } of await weighBundles()) if (!name.startsWith("full")) t.true(met && bytes <= targetBytes, `${name}: ${bytes}`);
});

test("the difference to the release is of the figures that both have", (t) => {
  t.deepEqual(differences({ a: 5, b: 1, c: 2 }, { a: 3, b: 4, d: 9 }), { a: 2, b: -3 });
  t.true(Object.keys(readReleased().figures).length > 5);
});

test("build --profile makes a bundle and no image; what is unknown is told with the nearest", async (t) => {
  const { code, stdout } = await zcache(["build", "--profile", "minimal", "--json"]);
  t.is(code, 0);
  t.is(JSON.parse(stdout).bytes, (await buildBundle("minimal", "generic")).bytes);
  const wrong = await zcache(["build", "--profile", "minimum"]);
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /--profile minimum is not known: did you mean minimal\?/);
  t.regex((await zcache(["build", "--engine", "espurino"])).stderr, /--engine espurino is not known: did you mean espruino\?/);
});
