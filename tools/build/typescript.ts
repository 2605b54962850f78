/** The firmware's TypeScript, lowered to ES5 by tsc under firmware/tsconfig.json's rules, then bundled and shortened by esbuild. */
import esbuild from "esbuild";
import ts from "typescript";
import { inRoot, rootFolder } from "./paths";
import type { Traced } from "./traced";

/** The compiler options of the dialect, with `outDir` for what is emitted. */
function dialectOptions(outDir: string, sourceFolder: string): ts.CompilerOptions {
  const path = inRoot("firmware", "tsconfig.json");
  const read = ts.readConfigFile(path, ts.sys.readFile);
  const parsed = ts.convertCompilerOptionsFromJson(read.config?.compilerOptions ?? {}, inRoot("firmware"));
  const errors = read.error ? [read.error] : parsed.errors;
  if (errors.length > 0) throw new Error(format(errors));
  return { ...parsed.options, noEmit: false, outDir, rootDir: sourceFolder };
}

function format(diagnostics: readonly ts.Diagnostic[]): string {
  return ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => rootFolder,
    getNewLine: () => "\n",
  }).trim();
}

/** A checked program of the dialect; throws with tsc's own messages if it does not pass. */
export function dialectProgram(files: string[], outDir: string, sourceFolder: string): ts.Program {
  const program = ts.createProgram(files, dialectOptions(outDir, sourceFolder));
  const errors = ts.getPreEmitDiagnostics(program);
  if (errors.length > 0) throw new Error(format(errors));
  return program;
}

/** The same program, to be emitted with its classes as classes: the lowering is left to Closure Compiler (closure.ts), which sees more of a class then. */
export function withClasses(checked: ts.Program): ts.Program {
  return ts.createProgram(checked.getRootFileNames(), { ...checked.getCompilerOptions(), target: ts.ScriptTarget.ES2017, useDefineForClassFields: false });
}

/** Names of the values (not types) that a file exports, directly or by `export *`; constants that inline away are left out. */
export function exportedValues(program: ts.Program, path: string): string[] {
  const file = program.getSourceFile(path);
  const checker = program.getTypeChecker();
  const module = file && checker.getSymbolAtLocation(file);
  if (!module) throw new Error(`${path} exports nothing`);
  return checker.getExportsOfModule(module)
    .filter((symbol) => isValue(symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .map((symbol) => symbol.name)
    .sort();
}

function isValue(symbol: ts.Symbol): boolean {
  return (symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Variable)) !== 0;
}

/**
 * Bundles lowered modules to one script: `var NAME;` and a function that assigns to it what `entry` (a module's text,
 * resolved in `folder`) assigns. No helper of esbuild's appears that small engines lack.
 */
export async function bundleScript(entry: string, folder: string, name: string | undefined, minify: boolean): Promise<string> {
  const result = await esbuild.build({
    stdin: { contents: entry, resolveDir: folder, sourcefile: "entry.js" },
    bundle: true,
    write: false,
    format: "iife",
    target: "es5",
    charset: "ascii",
    legalComments: "none",
    minify,
    banner: { js: name === undefined ? "" : `var ${name};` },
    logLevel: "silent",
  });
  return result.outputFiles[0]!.text;
}

/**
 * Bundles lowered modules to one script without a function around it, each character with its module. The word `alias` becomes
 * `word`: what esbuild would take for its own.
 */
export async function bundleTraced(entry: string, folder: string, alias?: string, word?: string): Promise<{ script: Traced; names: string[] }> {
  const result = await esbuild.build({
    stdin: { contents: entry, resolveDir: folder, sourcefile: "entry.js" }, absWorkingDir: folder, bundle: true, write: false, format: "esm",
    target: "es2017", charset: "ascii", legalComments: "none", minifySyntax: true, treeShaking: true, metafile: true, logLevel: "silent",
  });
  const paths = Object.values(result.metafile.outputs).flatMap((output) => Object.keys(output.inputs));
  const lines = result.outputFiles[0]!.text.split("\n").map((line) => alias === undefined ? line : line.replaceAll(alias, word!));
  const owners: number[] = [];
  let owner = paths.indexOf("entry.js");
  for (const line of lines) {
    const path = line.startsWith("// ") ? paths.indexOf(line.slice(3)) : -1;
    if (path >= 0) owner = path;
    for (let i = 0; i <= line.length; i++) owners.push(owner);
  }
  const text = lines.join("\n");
  return { script: { text, owners: Uint16Array.from(owners.slice(0, text.length)) }, names: paths.map((path) => path.replace(/\.js$/, "")) };
}
