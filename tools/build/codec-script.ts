/**
 * The script of the engine's bench: our LZ4 as the JavaScript build has it, lz-string as its package has it, and
 * tools/bench/engine/page-bench.js, which measures both. One file of ES5, build/bench/codecs.js.
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inlineAccessors } from "./accessors";
import { firmware } from "./core";
import { inBuild, inRoot } from "./paths";
import { filesBelow, runStep, writeFile } from "./steps";
import { bundleScript, dialectProgram } from "./typescript";

const output = inBuild("bench", "codecs.js");
const harness = inRoot("tools", "bench", "engine", "page-bench.js");
const lzString = inRoot("node_modules", "lz-string", "libs", "lz-string.js");

/** Builds the script if anything changed. Its path. */
export async function buildCodecScript(): Promise<string> {
  await runStep({
    name: "codec-script",
    label: "codecs as JavaScript",
    inputs: [...filesBelow(inRoot("firmware", "core"), ".ts").filter((path) => !path.endsWith(".as.ts")), harness, lzString,
      ...["codec-script.ts", "accessors.ts", "typescript.ts"].map((name) => inRoot("tools", "build", name))],
    needs: ["measure"],
    outputs: [output],
    make: async () => {
      const work = inBuild("bench", "es5");
      rmSync(work, { recursive: true, force: true });
      lower(work);
      writeFile(output, `${withoutRegularExpression(readFileSync(lzString, "utf8"))}\n${await bundleScript(readFileSync(harness, "utf8"), work, "benchPage", false)}`);
    },
  });
  return output;
}

/** The codec's modules in ES5, accessors inlined, as makeScripts() lowers the whole core. */
function lower(work: string): void {
  const memory = join(firmware.folder, firmware.memory);
  const program = dialectProgram([memory, join(firmware.folder, "core", "codec", "lz4.ts"), ...firmware.declarations], work, firmware.folder);
  program.emit(undefined, undefined, undefined, false, { before: [inlineAccessors(program, memory)] });
}

/** Our engine has no regular expressions. lz-string has one, in a function that nobody here calls. */
function withoutRegularExpression(text: string): string {
  const parts = text.split("input.replace(/ /g, \"+\")");
  if (parts.length !== 2) throw new Error("lz-string's one regular expression is not where it was: expected version 1.5.0");
  return parts.join("input.split(\" \").join(\"+\")");
}
