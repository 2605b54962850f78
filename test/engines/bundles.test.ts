/** The bundles of each profile: they run on engines, keep to the dialect, and no bigger than they were. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { buildBundle } from "../../tools/build/engine-bundle";
import { lateVariables } from "../../tools/build/declare-first";
import { ENGINES, type Engine, type Profile } from "../../tools/build/profiles";
import { inRoot } from "../../tools/build/paths";
import { runScript } from "../../tools/engines/engine";
import { findProgram } from "../../tools/programs";
import { dialectFaults } from "./dialect";
import { FULL_ANSWER, FULL_PROGRAM, MINIMAL_ANSWER, MINIMAL_PROGRAM, PRINT } from "./programs";

const SHELLS: [string, () => string][] = [["duk", () => findProgram("duk")!], ["qjs", () => inRoot("test", "engines", "shells", "qjs.mjs")], ["node", () => process.execPath]];

async function answerOf(profile: Profile, engine: Engine, program: string, shell: string): Promise<string> {
  const { path } = await buildBundle(profile, engine);
  const script = join(mkdtempSync(join(tmpdir(), "zcache-bundle-")), "app.js");
  writeFileSync(script, readFileSync(path, "utf8") + PRINT + program);
  return (await runScript(shell, script, 60_000)).output.trim();
}

for (const [name, path] of SHELLS) {
  test.serial(`the minimal bundle stores pages and areas on ${name}`, async (t) => {
    t.is(await answerOf("minimal", "generic", MINIMAL_PROGRAM, path()), MINIMAL_ANSWER);
  });
  test.serial(`the full bundle offers every class of the API on ${name}, over a host's flash`, async (t) => {
    t.is(await answerOf("full", "generic", FULL_PROGRAM, path()), FULL_ANSWER);
  });
}

for (const engine of ENGINES) {
  test.serial(`the bundle for ${engine} keeps to ES5 and the globals of engine.d.ts`, async (t) => {
    const script = readFileSync((await buildBundle("full", engine)).path, "utf8");
    const also = engine === "espruino" || engine === "jerryscript" ? ["require"] : [];
    t.deepEqual(dialectFaults(script, also), []);
    t.deepEqual(lateVariables(script), []);
  });
}

test.serial("the minimal bundle keeps to ES5 and the globals of engine.d.ts", async (t) => {
  const script = readFileSync((await buildBundle("minimal", "generic")).path, "utf8");
  t.deepEqual(dialectFaults(script, []), []);
  t.deepEqual(lateVariables(script), []);
});

test.serial("a bundle's modules add up to it, and the minimal one has nothing of what its profile lacks", async (t) => {
  const { bytes, modules } = await buildBundle("minimal", "generic");
  const sum = Object.values(modules).reduce((a, b) => a + b, 0);
  t.true(Math.abs(sum - bytes) <= Object.keys(modules).length, `${sum} of ${bytes}`);
  for (const name of ["zpool/tlsf", "zpool/zfold", "zpool/zsmalloc", "codec/zbale", "codec/match-finder", "swap/cleaner"]) t.false(Object.hasOwn(modules, `firmware/core/${name}`), name);
});
