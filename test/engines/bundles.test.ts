/** The bundles of each profile: they run on engines, keep to the dialect, and no bigger than they were. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import test from "ava";
import ts from "typescript";
import { buildBundle } from "../../tools/build/engine-bundle";
import { lateVariables } from "../../tools/build/declare-first";
import { ENGINES, type Engine, type Profile } from "../../tools/build/profiles";
import { inRoot } from "../../tools/build/paths";
import { runScript } from "../../tools/engines/engine";
import { findProgram } from "../../tools/programs";
import { DURABLE_AFTER, type Line, PARTS, PRELUDE } from "../api/script";
import { hostFlashMock } from "../hal/firmware-modules";
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

for (const engine of ENGINES) for (const profile of ["full", "swap"] as const) {
  test.serial(`the ${profile} bundle for ${engine} keeps to ES5 and the globals of engine.d.ts`, async (t) => {
    const script = readFileSync((await buildBundle(profile, engine)).path, "utf8");
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

test.serial("the full bundle prints what the API's script says, durable areas among it, and again after the flash was opened anew", async (t) => {
  const { path } = await buildBundle("full", "generic");
  const flash = hostFlashMock(1 << 20, 1);
  const run = (lines: Line[]): void => {
    const printed: string[] = [];
    const context = createContext({ print: (...values: unknown[]) => printed.push(values.map(String).join(" ")), Uint8Array, Uint16Array, ArrayBuffer, Int32Array, flash });
    runInContext(`${readFileSync(path, "utf8")}; var z = zcache.open({ arenaBytes: 36864, pageBytes: 1024, pagesMax: 1024, flash: flash }); function require() { return z; }${PRELUDE}`, context);
    for (const { code, prints } of lines) {
      printed.length = 0;
      runInContext(code, context);
      t.deepEqual(printed, prints, code);
    }
  };
  for (const [part, lines] of Object.entries(PARTS)) if (part !== "durable") run(lines);
  run(PARTS["durable"]!);
  run(DURABLE_AFTER);
});

test.serial("every member that zcache.d.ts names is there in a full bundle, under its name", async (t) => {
  const { path } = await buildBundle("full", "generic");
  const z = (new Function(`${readFileSync(path, "utf8")}\nreturn zcache.open({ arenaBytes: 36864 });`) as () => Record<string, (...args: unknown[]) => object>)();
  const given: Record<string, object> = { Store: z, Area: z["area"]!("a", 100), ZMap: z["map"]!("m", 4096), Log: z["log"]!("l", 4096), Cache: z["cache"]!("c"), Device: z["device"]!(0, 4096) };
  given["DeviceStats"] = (given["Device"] as { stats(): object }).stats();
  const file = ts.createSourceFile("zcache.d.ts", readFileSync(inRoot("firmware", "api", "zcache.d.ts"), "utf8"), ts.ScriptTarget.ES2022, true);
  let count = 0;
  for (const node of file.statements) {
    if (!ts.isInterfaceDeclaration(node) || !given[node.name.text]) continue;
    for (const member of node.members) {
      if (member.questionToken) continue;
      t.true((member.name as ts.Identifier).text in given[node.name.text]!, `${node.name.text}.${member.name?.getText(file)}`);
      count++;
    }
  }
  t.true(count > 50, String(count));
});

test.serial("a bundle's modules add up to it, and the minimal one has nothing of what its profile lacks", async (t) => {
  const { bytes, modules } = await buildBundle("minimal", "generic");
  const sum = Object.values(modules).reduce((a, b) => a + b, 0);
  t.is(sum, bytes);
  for (const name of ["zpool/tlsf", "zpool/zfold", "zpool/zsmalloc", "codec/zbale", "codec/match-finder", "swap/cleaner"]) t.false(Object.hasOwn(modules, `firmware/core/${name}`), name);
});
