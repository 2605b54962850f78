#!/usr/bin/env node
/**
 * QuickJS as a program: `qjs.mjs FILE` runs the file on QuickJS (release 2025-09-13, compiled to wasm, from npm) with
 * nothing in reach but the language and print(). Debian brings no QuickJS; with this the runner has one to run.
 */
import { readFileSync } from "node:fs";
import variant from "@jitl/quickjs-wasmfile-release-sync";
import { newQuickJSWASMModuleFromVariant } from "quickjs-emscripten-core";

const file = process.argv[2];
if (file === undefined) {
  process.stderr.write("usage: qjs.mjs FILE\n");
  process.exit(2);
}
const quickjs = await newQuickJSWASMModuleFromVariant(variant);
const context = quickjs.newContext();
context.newFunction("print", (line) => { process.stdout.write(`${context.getString(line)}\n`); }).consume((print) => context.setProp(context.global, "print", print));
const result = context.evalCode(readFileSync(file, "utf8"), file, { type: "global" });
if (result.error) {
  process.stdout.write(`${JSON.stringify(context.dump(result.error))}\n`);
  process.exit(1);
}
