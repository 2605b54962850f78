/**
 * The core's dialect of TypeScript to C, straight from TypeScript's own syntax tree. One walk over the sources gives one
 * file of C that has their names, comments and layout:
 *
 *   names.ts        what everything is called
 *   values.ts       constants, and the ranges that prove a shift or a sum to be plain
 *   effects.ts      the order of evaluation
 *   expressions.ts  expressions
 *   functions.ts    functions and statements
 *   refuse.ts       what is not known stops the build, with file and line
 *
 * hal/native/dialect.h says what the dialect's few words mean in C. The guarantee: wherever the JavaScript build's
 * numbers stay within 32 bits, or are brought back to them by an operator on bits, the C computes the same, without
 * anything that C leaves undefined. Lockstep holds it against the JavaScript and the wasm build, two other compilers' work.
 *
 * The alternative not taken: wasm2c. It came to the same code, but through a program whose output changed with its
 * version, three times as long and without a name or comment of ours.
 */
import { join, relative } from "node:path";
import ts from "typescript";
import type { CoreSources } from "../core";
import { dialectProgram } from "../typescript";
import { Effects } from "./effects";
import { Expressions, integer, spaceBefore } from "./expressions";
import { Functions, commentsBefore, markOf } from "./functions";
import { type Global, Names } from "./names";
import { refuse } from "./refuse";
import { Values } from "./values";

export interface Translation { readonly source: string; readonly header: string; }

/** An exported function: the name that the outside calls it by, and where it stands. */
interface Export { readonly name: string; readonly node: ts.FunctionDeclaration; }

/** Translates all that the entry imports. Throws one sentence with file and line at the first thing it does not know. */
export function translate(sources: CoreSources, scratch: string): Translation {
  const at = (name: string): string => join(sources.folder, name);
  const program = dialectProgram([at(sources.entry), at(sources.memory), at(sources.ports), ...sources.declarations], scratch, sources.folder);
  return new Translator(program, sources.folder, at(sources.entry), [at(sources.memory), at(sources.ports)]).run();
}

type Declaration = ts.VariableStatement | ts.EnumDeclaration;

/**
 * What a function's declaration begins with. gcc puts a function that is marked for size into none that is not, so one
 * that is a single statement goes unmarked: where it is called it is compiled as its caller is.
 */
function attributeOf(node: ts.FunctionDeclaration): string {
  const mark = markOf(node);
  if (mark === "inlined") return "INLINED ";
  return mark === "for speed" || node.body?.statements.length === 1 ? "" : "FOR_SIZE ";
}

class Translator {
  private readonly names: Names;
  private readonly values: Values;
  private readonly functions: Functions;
  private readonly ports: ts.FunctionDeclaration[];
  /** Constants and enums that an earlier file uses than the one that declares them. */
  private readonly forward = new Set<Declaration>();

  constructor(private readonly program: ts.Program, private readonly folder: string, private readonly entry: string, builtin: [string, string]) {
    this.names = new Names(program, folder, builtin);
    this.values = new Values(this.names);
    this.ports = exportedFunctions(program.getSourceFile(builtin[1])!).filter((one) => one.name!.text !== "attachPorts");
    const effects = new Effects(this.names, (name) => this.ports.some((one) => one.name!.text === name));
    this.functions = new Functions(this.names, this.values, new Expressions(this.names, this.values, effects));
  }

  run(): Translation {
    this.findForward();
    const exports = this.exports();
    const reached = this.reachedFrom(exports);
    const source = [
      "/* Generated from the core's TypeScript by tools/build/translate. */",
      '#include "core.h"',
      ...this.features(),
      ...this.variables(),
      '#include "dialect.h"',
      "",
      ...this.ports.map((one) => this.portCall(one)),
      "",
      ...[...reached].map((one) => `${attributeOf(one)}static ${this.functions.signature(one)};`),
      "",
      ...[...this.forward].map((one) => this.declaration(one).trim()),
      "",
      ...this.names.files.map((file) => this.file(file, reached)).filter((text) => text !== ""),
      "uint8_t *core_arena(void) { return arena; }",
      ...exports.map(({ name, node }) => `${attributeOf(node)}${this.outside(name, node)};`),
      ...exports.map((one) => this.door(one)),
      "",
    ];
    return { source: source.join("\n"), header: this.header(exports) };
  }

  /** Files may use each other in a circle, and C reads from the top. */
  private findForward(): void {
    this.names.files.forEach((file, position) => {
      const visit = (node: ts.Node): void => {
        const found = ts.isIdentifier(node) && !ts.isImportSpecifier(node.parent) && !ts.isExportSpecifier(node.parent) ? this.names.globalOf(node) : undefined;
        const isDeclared = found?.kind === "constant" || found?.kind === "enum";
        if (isDeclared && this.names.files.indexOf(found.file) > position) this.forward.add(found.statement as Declaration);
        ts.forEachChild(node, visit);
      };
      visit(file);
    });
  }

  private exports(): Export[] {
    const { checker } = this.names;
    const module = checker.getSymbolAtLocation(this.program.getSourceFile(this.entry)!);
    return (module ? checker.getExportsOfModule(module) : []).flatMap((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const global = this.names.globals.get(target);
      return global?.kind === "function" ? [{ name: symbol.name, node: global.declaration as ts.FunctionDeclaration }] : [];
    });
  }

  /** The functions that an export calls, however indirectly, in the order of the files. The rest is for the JavaScript build alone. */
  private reachedFrom(exports: Export[]): Set<ts.FunctionDeclaration> {
    const reached = new Set<ts.Node>();
    const visit = (node: ts.Node): void => {
      const called = ts.isIdentifier(node) ? this.names.globalOf(node) : undefined;
      if (called?.kind === "function") reach(called.declaration);
      ts.forEachChild(node, visit);
    };
    const reach = (node: ts.Node): void => {
      if (reached.has(node)) return;
      reached.add(node);
      visit(node);
    };
    for (const { node } of exports) reach(node);
    return new Set(this.names.files.flatMap((file) => file.statements.filter(ts.isFunctionDeclaration)).filter((one) => reached.has(one)));
  }

  /** What a board may leave out is a macro, which its compiler's command line may say otherwise. */
  private features(): string[] {
    return this.globalsOf("feature").flatMap(({ declaration, c }) => {
      const value = (declaration as ts.VariableDeclaration).initializer?.kind;
      if (value !== ts.SyntaxKind.TrueKeyword && value !== ts.SyntaxKind.FalseKeyword) refuse(declaration, "a feature that is neither true nor false");
      return [`#ifndef ${c}`, `#define ${c} ${value === ts.SyntaxKind.TrueKeyword ? 1 : 0}`, "#endif"];
    });
  }

  private globalsOf(kind: Global["kind"]): Global[] { return [...this.names.globals.values()].filter((one) => one.kind === kind); }

  /** The modules' variables, which the header puts before the arena in one struct. All begin as 0, for start-up clears them. */
  private variables(): string[] {
    let last: ts.SourceFile | undefined;
    const lines = this.globalsOf("variable").map(({ file, declaration, statement, c }) => {
      const { type, initializer } = declaration as ts.VariableDeclaration;
      if (this.values.constantOf(initializer) !== 0) refuse(declaration, "a module's variable that does not begin as 0");
      const comment = (statement as ts.VariableStatement).declarationList.declarations[0] === declaration ? commentsBefore(statement).trim() : "";
      const heading = file === last ? "" : `  ${this.heading(file)}\n`;
      last = file;
      return `${heading}${comment === "" ? "" : `  ${comment}\n`}  ${this.functions.typeOf(type, declaration)} ${c.replace(/^core\./, "")};`;
    });
    return ["", "#include <stdbool.h>", "typedef bool boolean;", "typedef int32_t i32;", "struct core_variables {", ...lines, "};"];
  }

  private portCall(node: ts.FunctionDeclaration): string {
    const call = `${portName(node)}(${node.parameters.map((one) => `(uint32_t)${one.name.getText()}`).join(", ")})`;
    const parameters = node.parameters.map((one) => `i32 ${one.name.getText()}`).join(", ") || "void";
    const isVoid = node.type?.kind === ts.SyntaxKind.VoidKeyword;
    return `static INLINED ${isVoid ? "void" : "i32"} ${node.name!.text}(${parameters}) { ${isVoid ? call : `return (i32)${call}`}; }`;
  }

  /** By this line tools/size knows whose what follows is. */
  private heading(file: ts.SourceFile): string { return `/* ---- ${relative(this.folder, file.fileName).replaceAll("\\", "/")} ---- */`; }

  private file(file: ts.SourceFile, reached: Set<ts.FunctionDeclaration>): string {
    const text = file.statements.map((statement) => this.statement(statement, reached)).join("");
    return text.trim() === "" ? "" : `${this.heading(file)}\n${text.replace(/^(\s*\n)+/, "").replace(/\n{3,}/g, "\n\n").trimEnd()}\n`;
  }

  private statement(node: ts.Statement, reached: Set<ts.FunctionDeclaration>): string {
    // Of imports the essay at a file's top is left.
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.pos === 0 ? spaceBefore(node) : "";
    if (ts.isFunctionDeclaration(node)) {
      const text = this.functions.definition(node);
      return reached.has(node) ? commentsBefore(node) + text : "";
    }
    if (ts.isEnumDeclaration(node) || ts.isVariableStatement(node)) return this.forward.has(node) ? "" : this.declaration(node);
    return refuse(node, `a ${ts.SyntaxKind[node.kind]} outside functions`);
  }

  private declaration(node: Declaration): string {
    return ts.isEnumDeclaration(node) ? spaceBefore(node) + this.enumeration(node) : this.constants(node);
  }

  /** An enumerator each, which C takes for a constant everywhere. */
  private constants(node: ts.VariableStatement): string {
    const list = node.declarationList.declarations.filter((one) => this.names.globalOf(one.name)?.kind === "constant");
    if (list.length === 0) return "";
    const members = list.map((one) => {
      const value = this.values.constantOf(one.initializer);
      if (value === undefined || this.functions.typeOf(one.type, one) !== "i32") return refuse(one, "a module's constant that has no value here");
      const text = one.initializer!.getText().replace(/\s+/g, " ");
      return `${this.names.globalOf(one.name)!.c} = ${integer(value)}${Number(text) === value ? "" : ` /* ${text} */`}`;
    });
    return `${spaceBefore(node)}enum { ${members.join(", ")} };`;
  }

  private enumeration(node: ts.EnumDeclaration): string {
    const name = this.names.globalOf(node.name)!.c;
    const members = node.members.map((one) => {
      const value = this.names.checker.getConstantValue(one);
      return typeof value === "number" ? `${spaceBefore(one)}${name}_${one.name.getText()} = ${integer(value | 0)}` : refuse(one, "an enum's member that is no number");
    });
    return `enum ${name} {${members.join(",")}${spaceBefore(node.getLastToken()!)}};`;
  }

  /** How C sees an export; `names` gives its parameters names. */
  private outside(name: string, node: ts.FunctionDeclaration, names = false): string {
    const parameters = node.parameters.map((one) => names ? `uint32_t ${one.name.getText()}_` : "uint32_t").join(", ") || "void";
    return `${node.type?.kind === ts.SyntaxKind.VoidKeyword ? "void" : "uint32_t"} core_${name}(${parameters})`;
  }

  private door({ name, node }: Export): string {
    const call = `${this.names.globalOf(node.name!)!.c}(${node.parameters.map((one) => `(i32)${one.name.getText()}_`).join(", ")})`;
    return `${this.outside(name, node, true)} { ${node.type?.kind === ts.SyntaxKind.VoidKeyword ? call : `return (uint32_t)${call}`}; }`;
  }

  private header(exports: Export[]): string {
    const port = (one: ts.FunctionDeclaration): string => `${one.type?.kind === ts.SyntaxKind.VoidKeyword ? "void" : "uint32_t"} ${portName(one)}(`
      + `${one.parameters.map((parameter) => `uint32_t ${parameter.name.getText()}`).join(", ") || "void"});`;
    return [
      "/* Generated: what C may call of the core, and what it owes the core. Negative results are Err, as uint32_t. */",
      "#ifndef CORE_H",
      "#define CORE_H",
      "#include <stdint.h>",
      "",
      "/* The core's memory; arena offsets count from here. */",
      "uint8_t *core_arena(void);",
      ...exports.map(({ name, node }) => `${this.outside(name, node)};`),
      "",
      "/* Provided by the engine port (contract: firmware/core/ports.ts). */",
      ...this.ports.map(port),
      "#endif",
      "",
    ].join("\n");
  }
}

function portName(node: ts.FunctionDeclaration): string { return `port_${node.name!.text}`; }

function exportedFunctions(file: ts.SourceFile): ts.FunctionDeclaration[] {
  return file.statements.filter(ts.isFunctionDeclaration)
    .filter((one) => one.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) === true);
}
