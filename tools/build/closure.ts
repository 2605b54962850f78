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
 *      no labels. Where the breaks are in no loop inside, the block becomes `do { } while (0)`; functions that return from inside
 *      a loop are kept from being inlined at all, and if a label is left, all functions with several returns are.
 */
import { getNativeImagePath } from "google-closure-compiler/lib/utils.js";
import { join } from "node:path";
import { readFileSync } from "node:fs";
import ts from "typescript";
import { runProgram, writeFile } from "./steps";
import { type Edit, type Traced, made, withEdits } from "./traced";

/** The compiler's program; it is built for Linux and Windows on x64, Linux on arm64 and macOS. */
function compiler(): string {
  const path = getNativeImagePath();
  if (path === undefined) throw new Error(`Closure Compiler has no program for ${process.platform} on ${process.arch}: build the bundle on Linux, macOS or Windows (x64)`);
  return path;
}

/** The script, optimized. `globals` are the names outside functions that are not the script's own; the files made lie in `work`. */
export async function optimize(script: Traced, outside: string[], globals: string[], work: string): Promise<Traced> {
  writeFile(join(work, "outside.js"), `/** @externs */\n${globals.map((name) => `var ${name};`).join("\n")}\n${outside.map((name) => `Object.prototype.${name};`).join("\n")}\n`);
  for (const isKept of [returnsInLoop, returnsEarly]) {
    const result = await run(withEdits(script, keptFunctions(script.text, isKept)), work);
    const free = withoutLabels(result);
    if (free) return free;
  }
  throw new Error("Closure Compiler left a label, which Espruino has not");
}

async function run(script: Traced, work: string): Promise<Traced> {
  const path = (name: string): string => join(work, name);
  writeFile(path("in.js"), script.text);
  await runProgram(compiler(), ["--js", path("in.js"), "--externs", path("outside.js"), "--env", "CUSTOM", "--compilation_level", "ADVANCED",
    "--language_in", "ECMASCRIPT_2017", "--language_out", "ECMASCRIPT5", "--use_types_for_optimization=false", "--assume_function_wrapper", "--rewrite_polyfills=false", "--inject_libraries=false",
    "--rename_variable_prefix", "z_", "--charset", "US-ASCII", "--warning_level", "QUIET", "--js_output_file", path("out.js"), "--create_source_map", path("out.js.map")]);
  const text = readFileSync(path("out.js"), "utf8");
  if (text.includes("$jscomp")) throw new Error("the source has something (a destructured array, a for-of) that Closure Compiler lowers with helpers which small engines cannot run: write it as ES5");
  return made(script, text, readFileSync(path("out.js.map"), "utf8"));
}

function parse(text: string): ts.SourceFile { return ts.createSourceFile("script.js", text, ts.ScriptTarget.ES2017, true, ts.ScriptKind.JS); }

type Inlinable = ts.FunctionDeclaration | ts.MethodDeclaration;

/** Marks for the functions and methods that are not to be inlined. */
function keptFunctions(text: string, isKept: (node: Inlinable) => boolean): Edit[] {
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) && isKept(node)) edits.push({ from: node.getStart(), to: node.getStart(), text: "/** @noinline */ " });
    ts.forEachChild(node, visit);
  };
  visit(parse(text));
  return edits;
}

function returnsInLoop(node: Inlinable): boolean { return countReturns(node, (parent) => ts.isIterationStatement(parent, false) || ts.isSwitchStatement(parent)) > 0; }
function returnsEarly(node: Inlinable): boolean {
  const last = node.body?.statements.at(-1);
  return countReturns(node, () => true) > (last && ts.isReturnStatement(last) ? 1 : 0);
}

/** Returns of a function that have a node around them, inside it, of which `isCounted` holds. */
function countReturns(node: Inlinable, isCounted: (parent: ts.Node) => boolean): number {
  let count = 0;
  const visit = (inner: ts.Node, counts: boolean): void => {
    if (ts.isFunctionLike(inner)) return;
    if (ts.isReturnStatement(inner) && counts) count++;
    ts.forEachChild(inner, (child) => visit(child, counts || isCounted(inner)));
  };
  if (node.body) visit(node.body, false);
  return count;
}

/** C3; undefined when a label cannot be had off. */
function withoutLabels(script: Traced): Traced | undefined {
  const edits: Edit[] = [];
  let isFree = true;
  const visit = (node: ts.Node): void => {
    if (ts.isLabeledStatement(node)) {
      const own = unlabelled(node);
      if (own) edits.push(...own); else isFree = false;
    }
    ts.forEachChild(node, visit);
  };
  visit(parse(script.text));
  return isFree ? withEdits(script, edits) : undefined;
}

/** The edits that make `label: statement` a loop that is run once; undefined when a break would then mean another loop. */
function unlabelled(labelled: ts.LabeledStatement): Edit[] | undefined {
  const { statement, label } = labelled;
  const isBlock = ts.isBlock(statement);
  if (ts.isIterationStatement(statement, false)) return undefined;
  const edits: Edit[] = [{ from: labelled.getStart(), to: statement.getStart(), text: isBlock ? "do" : "do " }];
  let fits = true;
  const visit = (node: ts.Node, isInner: boolean): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isBreakStatement(node) || ts.isContinueStatement(node)) {
      const isOurs = node.label?.text === label.text;
      if (isOurs && !isInner && ts.isBreakStatement(node)) edits.push({ from: node.getStart() + "break".length, to: node.label!.end, text: "" });
      else if (isOurs || !isInner && !node.label) fits = false;
    }
    const opens = ts.isIterationStatement(node, false) || ts.isSwitchStatement(node) || ts.isLabeledStatement(node);
    ts.forEachChild(node, (child) => visit(child, isInner || opens));
  };
  visit(statement, false);
  edits.push({ from: labelled.end, to: labelled.end, text: "while(0);" });
  return fits ? edits : undefined;
}
