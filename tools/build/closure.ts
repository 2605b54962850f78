/**
 * Closure Compiler's advanced optimizations over a bundled script: it renames properties, puts a function's body in the place
 * of its only call, turns methods into functions, and drops what nobody needs, with the whole program in view. What it must
 * be told, and what is not to its liking here:
 *
 *   C1 names of properties that the outside sees (apps, the host's flash, an engine's modules) are `outside`: those, and
 *      nothing else, keep their names (outside.ts);
 *   C2 it takes no types from what it finds (`use_types_for_optimization` is off): a name is renamed everywhere or nowhere, so
 *      objects of different kinds with one name for a member stay exchangeable;
 *   C3 a function that returns from the middle, put in the place of a call, comes out as a labelled block, and Espruino has
 *      no labels. Where the breaks are in no loop inside, the block becomes `do { } while (0)`; where they are, the function
 *      that they came from, as the source map says, is kept from being inlined, and all is done again; after some rounds all that return early are.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { inRoot } from "./paths";
import { runProgram, writeFile } from "./steps";
import { type Edit, type Traced, made, originIn, withEdits } from "./traced";

/** Packages with the compiler's program. The package that chooses among them brings a build in Java besides, so we choose. */
const COMPILERS: Record<string, string> = {
  "linux-x64": "linux/compiler", "linux-arm64": "linux-arm64/compiler",
  "darwin-x64": "macos/compiler", "darwin-arm64": "macos/compiler", "win32-x64": "windows/compiler.exe",
};

/** The compiler's program; it is built for Linux and Windows on x64, Linux on arm64 and macOS. */
function compiler(): string {
  const name = COMPILERS[`${process.platform}-${process.arch}`];
  const path = name && inRoot("node_modules", `google-closure-compiler-${name}`);
  if (path === undefined || !existsSync(path)) throw new Error(`Closure Compiler has no program for ${process.platform} on ${process.arch}: build the bundle on Linux, macOS or Windows (x64)`);
  return path;
}

/** How often a label may turn up in the place of another, until no function that returns early is inlined. */
const ROUNDS = 8;

/** The script, optimized. `globals` are the names outside functions that are not the script's own; the files made lie in `work`. */
export async function optimize(script: Traced, outside: string[], globals: string[], work: string): Promise<Traced> {
  writeFile(join(work, "outside.js"), `/** @externs */\n${globals.map((name) => `var ${name};`).join("\n")}\n${outside.map((name) => `Object.prototype.${name};`).join("\n")}\n`);
  const kept = new Set<number>();
  for (let round = 0; round < ROUNDS; round++) {
    const marked = withEdits(script, marks(script.text, kept));
    const made = await run(marked, work);
    const { edits, stuck } = withoutLabels(made.script.text);
    if (stuck.length === 0) return withEdits(made.script, edits);
    const functions = functionsOf(marked.text);
    const found = round < ROUNDS - 2 ? stuck.map((place) => innermost(functions, made.origin(place))) : [...functions.keys()].filter((index) => returnsEarly(functions[index]!));
    for (const index of found) kept.add(index);
  }
  throw new Error("Closure Compiler left a label, which Espruino has not");
}

interface Made {
  script: Traced;
  /** Where in what went in a place of what came out was. */
  origin(place: number): number;
}

async function run(script: Traced, work: string): Promise<Made> {
  const path = (name: string): string => join(work, name);
  writeFile(path("in.js"), script.text);
  await runProgram(compiler(), ["--js", path("in.js"), "--externs", path("outside.js"), "--env", "CUSTOM", "--compilation_level", "ADVANCED",
    "--language_in", "ECMASCRIPT_2017", "--language_out", "ECMASCRIPT5", "--use_types_for_optimization=false", "--assume_function_wrapper", "--rewrite_polyfills=false", "--inject_libraries=false",
    "--rename_variable_prefix", "z_", "--charset", "US-ASCII", "--warning_level", "QUIET", "--js_output_file", path("out.js"), "--create_source_map", path("out.js.map")]);
  const text = readFileSync(path("out.js"), "utf8");
  if (text.includes("$jscomp")) throw new Error("the source has something (a destructured array, a for-of) that Closure Compiler lowers with helpers which small engines cannot run: write it as ES5");
  const map = readFileSync(path("out.js.map"), "utf8");
  return { script: await made(script, text, map), origin: await originIn(script.text, text, map) };
}

function parse(text: string): ts.SourceFile { return ts.createSourceFile("script.js", text, ts.ScriptTarget.ES2017, true, ts.ScriptKind.JS); }

/** The functions and methods of a script, in the order in which they begin. */
function functionsOf(text: string): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(parse(text));
  return found;
}

/** Which of the functions, by its number, is closest around a place. */
function innermost(functions: ts.Node[], place: number): number {
  return functions.findLastIndex((node) => node.pos <= place && place < node.end);
}

/** Does the function return from elsewhere than its end? */
function returnsEarly(node: ts.Node): boolean {
  let count = 0;
  const visit = (inner: ts.Node): void => {
    if (ts.isReturnStatement(inner)) count++;
    if (!ts.isFunctionLike(inner)) ts.forEachChild(inner, visit);
  };
  const body = (node as ts.FunctionDeclaration).body;
  if (body) ts.forEachChild(body, visit);
  const last = body?.statements.at(-1);
  return count > (last && ts.isReturnStatement(last) ? 1 : 0);
}

/** Marks for the functions of these numbers, which are not to be inlined. */
function marks(text: string, kept: Set<number>): Edit[] {
  return functionsOf(text).filter((_, index) => kept.has(index)).map((node) => ({ from: node.getStart(), to: node.getStart(), text: "/** @noinline */ " }));
}

/** C3: the edits, and for each label that cannot be had off the place of a break that is in the way. */
function withoutLabels(text: string): { edits: Edit[]; stuck: number[] } {
  const edits: Edit[] = [];
  const stuck: number[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isLabeledStatement(node)) {
      const own = unlabelled(node);
      if (typeof own === "number") stuck.push(own); else edits.push(...own);
    }
    ts.forEachChild(node, visit);
  };
  visit(parse(text));
  return { edits, stuck };
}

/** The edits that make `label: statement` a loop that is run once; or the place of a break that would then mean another loop. */
function unlabelled(labelled: ts.LabeledStatement): Edit[] | number {
  const { statement, label } = labelled;
  const isBlock = ts.isBlock(statement);
  const edits: Edit[] = [{ from: labelled.getStart(), to: statement.getStart(), text: isBlock ? "do" : "do " }];
  let inTheWay: number | undefined;
  const visit = (node: ts.Node, isInner: boolean): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isBreakStatement(node) || ts.isContinueStatement(node)) {
      const isOurs = node.label?.text === label.text;
      if (isOurs && !isInner && ts.isBreakStatement(node)) edits.push({ from: node.getStart() + "break".length, to: node.label!.end, text: "" });
      else if (isOurs || !isInner && !node.label) inTheWay = node.getStart();
    }
    const opens = ts.isIterationStatement(node, false) || ts.isSwitchStatement(node) || ts.isLabeledStatement(node);
    ts.forEachChild(node, (child) => visit(child, isInner || opens));
  };
  visit(statement, ts.isIterationStatement(statement, false));
  edits.push({ from: labelled.end, to: labelled.end, text: "while(0);" });
  return inTheWay ?? edits;
}
