/**
 * Shortens a bundle for other engines. Terser, because it folds what a profile leaves constant across functions and
 * inlines what is called once (a tenth shorter than esbuild's own), and because names can be kept from it: `of` is a word
 * of Espruino's parser. What it must not do is in the options: no arrow functions or other new syntax (ecma 5), no names
 * of properties touched.
 */
import { declareFirst } from "./declare-first";
import { minify, type MinifyOptions } from "terser";

/** Words that an engine's parser takes for its own though they are names in ES5. */
export const TAKEN_WORDS = ["of", "let", "get", "set", "static", "yield", "await", "async"];

const OPTIONS: MinifyOptions = {
  ecma: 5,
  compress: { passes: 3, pure_getters: true, negate_iife: false, inline: 3, hoist_vars: true, hoist_funs: true },
  mangle: { reserved: TAKEN_WORDS },
  format: { ascii_only: true, comments: false },
};

/** The script, shorter; what it defines outside functions keeps its name. */
export async function shrink(script: string): Promise<string> {
  const { code } = await minify(script, OPTIONS);
  if (code === undefined) throw new Error("terser returned nothing for a bundle");
  return `${declareFirst(code)}\n`;
}
