/** The firmware's TypeScript, lowered to ES5 by tsc under firmware/tsconfig.json's rules, then bundled and shortened by esbuild. */
import esbuild from "esbuild";
import ts from "typescript";
import { inRoot, rootFolder } from "./paths";

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
