/**
 * The conformance script for engines (test/engines/suite): core and suite lowered to ES5 and bundled to one file that
 * needs nothing but an engine. It is run once in Node while it is made, which records what the whole memory must hold
 * after each part; the recorded checksums travel in the script's first line.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { inlineAccessors } from "./accessors";
import { plainGetters } from "./getters";
import { inBuild, inRoot, rootFolder } from "./paths";
import { outsideNames } from "./outside";
import { SHRINK_FILES, shrink } from "./shrink";
import { filesBelow, runStep, writeFile } from "./steps";
import { bundleTraced, dialectProgram, withClasses } from "./typescript";

export const conformanceScript = inBuild("engines", "conformance.js");

/** What the script finds outside: where it prints, and what its first line defines. */
const GLOBALS = ["print", "console", "zcacheExpected", "zcacheDigests"];

/** Builds the script, if anything changed; returns its path. */
export async function buildConformance(): Promise<string> {
  const suite = filesBelow(inRoot("test", "engines", "suite"), ".ts");
  const core = filesBelow(inRoot("firmware", "core"), ".ts").filter((path) => !path.endsWith(".as.ts"));
  const declarations = [inRoot("firmware", "dialect.d.ts"), inRoot("firmware", "engine.d.ts")];
  await runStep({
    name: "engine-conformance",
    label: "conformance script for engines",
    inputs: [...suite, ...core, ...declarations, inRoot("firmware", "tsconfig.json"), inRoot("package-lock.json"),
      ...["engine-script.ts", "accessors.ts", "getters.ts", "outside.ts", ...SHRINK_FILES].map((name) => inRoot("tools", "build", name))],
    needs: ["bundles"],
    outputs: [conformanceScript],
    make: () => makeScript([...suite, inRoot("firmware", "core", "memory.ts"), ...declarations]),
  });
  return conformanceScript;
}

async function makeScript(files: string[]): Promise<void> {
  const work = inBuild("engines", "es5");
  rmSync(work, { recursive: true, force: true });
  const program = withClasses(dialectProgram(files, join(work, "lowered"), rootFolder));
  program.emit(undefined, undefined, undefined, false, { before: [inlineAccessors(program, inRoot("firmware", "core", "memory.ts")), plainGetters()] });
  const { script } = await bundleTraced('import "./test/engines/suite/main";', join(work, "lowered"));
  const { text } = await shrink(script, { members: outsideNames(program), globals: GLOBALS, defines: [] }, work);
  writeFile(conformanceScript, `${firstLine(record(text))}\n${text}`);
}

function firstLine(expected: number[]): string { return `var zcacheExpected = [${expected.join(", ")}], zcacheDigests = [];`; }

/** Runs the script in Node; throws with its report when a check fails there already. */
function record(script: string): number[] {
  const lines: string[] = [];
  const context = { print: (line: string) => { lines.push(line); }, zcacheExpected: [], zcacheDigests: [] as number[] };
  runInNewContext(script, context, { timeout: 120_000 });
  if (!/ checks passed, 0 failed$/.test(lines.at(-1) ?? "")) throw new Error(`the conformance script fails in Node:\n${lines.join("\n")}`);
  return [...context.zcacheDigests];
}
