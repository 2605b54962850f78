/**
 * Shortens a script for other engines, in four steps, each of which does what the others cannot:
 *
 *   1 Closure Compiler (closure.ts): properties, inlining, what is not needed, over the whole program;
 *   2 Terser's compressor: expressions and sequences; without inlining, which undoes what 1 weighed;
 *   3 Terser's names, the most used first (S1), because it gives a function's own variables the names that the function does not
 *     need from outside;
 *   4 what small engines ask of the text (declare-first.ts).
 *
 * No new syntax appears (ecma 5), and no name is a word of an engine's parser: `of` is one of Espruino's.
 *
 *   S1 Terser gives names in the order in which they are declared, so the outer function gets a list of all its names first,
 *      the most used one in front, which is taken away again.
 */
import type { MinifyOptions } from "terser";
import ts from "typescript";
import { optimize } from "./closure";
import { declarations } from "./declare-first";
import { type Traced, made, withEdits } from "./traced";

/** Words that an engine's parser takes for its own though they are names in ES5. */
export const TAKEN_WORDS = ["of", "let", "get", "set", "static", "yield", "await", "async"];

/** The files that a shortened script depends on. */
export const SHRINK_FILES = ["shrink.ts", "closure.ts", "declare-first.ts", "traced.ts", "typescript.ts"];

const COMPRESS: MinifyOptions = {
  ecma: 5,
  compress: { passes: 4, pure_getters: true, negate_iife: false, inline: 0, reduce_funcs: false, hoist_vars: true, hoist_funs: true },
  mangle: false,
  format: { ascii_only: true, comments: false },
};

const NAME: MinifyOptions = { ecma: 5, compress: false, mangle: { reserved: TAKEN_WORDS }, format: { ascii_only: true, comments: false } };

/** What a script shares with the world: members (outside.ts), names that are there, and names that it makes. */
export interface Surroundings { members: string[]; globals: string[]; defines: string[]; }

/** The script, shorter; `work` is a folder for what is made on the way. */
export async function shrink(script: Traced, around: Surroundings, work: string): Promise<Traced> {
  const optimized = inFunction(await optimize(script, around.members, [...around.globals, ...around.defines], work), around.defines);
  const compressed = await byTerser(optimized, COMPRESS);
  const named = withoutList(await byTerser(withList(compressed), NAME));
  const declared = withEdits(named, declarations(named.text));
  return withEdits(declared, [{ from: declared.text.length, to: declared.text.length, text: "\n" }]);
}

/** All of it in a function of its own, with what it defines outside. */
function inFunction(script: Traced, defines: string[]): Traced {
  const end = script.text.length;
  const outside = defines.length > 0 ? `var ${defines.join(",")};` : "";
  return withEdits(script, [{ from: 0, to: 0, text: `${outside}(function(){` }, { from: end, to: end, text: "})();" }]);
}

async function byTerser(script: Traced, options: MinifyOptions): Promise<Traced> {
  const { minify } = await import("terser");
  const { code, map } = await minify(script.text, { ...options, sourceMap: { asObject: true } });
  if (code === undefined || map === undefined || typeof map === "string") throw new Error("terser returned nothing for a bundle");
  return made(script, code, map as never);
}

/** The function around everything. */
function outerFunction(text: string): ts.FunctionExpression & { body: ts.Block } {
  let found: ts.FunctionExpression | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionExpression(node)) found ??= node;
    else ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("script.js", text, ts.ScriptTarget.ES5, true, ts.ScriptKind.JS));
  if (!found) throw new Error("there is no function around the bundle");
  return found;
}

/** S1: the names of the outer function, the most used first. */
function withList(script: Traced): Traced {
  const outer = outerFunction(script.text);
  const uses = new Map<string, number>();
  const own = new Set<string>();
  const visit = (node: ts.Node, isOuter: boolean): void => {
    if (ts.isIdentifier(node)) uses.set(node.text, (uses.get(node.text) ?? 0) + 1);
    const declares = (ts.isFunctionDeclaration(node) || ts.isVariableDeclaration(node)) && node.name && ts.isIdentifier(node.name);
    if (declares && isOuter) own.add((node.name as ts.Identifier).text);
    ts.forEachChild(node, (child) => visit(child, isOuter && !ts.isFunctionLike(node)));
  };
  ts.forEachChild(outer.body, (child) => visit(child, true));
  const names = [...own].sort((a, b) => uses.get(b)! - uses.get(a)!);
  const start = outer.body.getStart() + 1;
  return withEdits(script, [{ from: start, to: start, text: `var ${names.join(",")};` }]);
}

function withoutList(script: Traced): Traced {
  const list = outerFunction(script.text).body.statements[0]!;
  return withEdits(script, [{ from: list.getStart(), to: list.end, text: "" }]);
}
