/**
 * What everything is called in C. A function, constant or enum keeps its name if the whole core has it once; otherwise
 * its file's name stands before it. A variable of a module becomes a member of one struct (output.ts), `core.name`. A
 * local keeps its name unless it is a word of C, or the function calls something that has this name in C.
 *
 * Memory and ports are not translated: the dialect's header has the accessors, and a port is a function of the board.
 */
import { basename, dirname, relative } from "node:path";
import ts from "typescript";
import { refuse } from "./refuse";

/** Words that no name in C may be, ours and the language's, and names of the C library that gcc knows the types of. */
const RESERVED = new Set(("auto break case char const continue default do double else enum extern float for goto if inline int long register restrict "
  + "return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof bool true false "
  + "i32 boolean core arena wrapAdd wrapSubtract wrapMultiply shiftLeft shiftRight shiftRightUnsigned shiftLeftAny shiftRightAny shiftRightUnsignedAny "
  + "quotient remainderOf abs labs div log log2 exp pow sin cos tan read write free malloc move index rindex open close link unlink sync remove rename select send recv time "
  + "clock exit abort signal round floor ceil main memcpy memmove memset memcmp strlen strcpy printf puts putchar getchar").split(" "));
/** Names that the translator makes itself. */
const OURS = /^(early\d+|core_\w+|port_\w+|HAS_\w+|[A-Z]+_$)/;

/** Something that a file declares outside functions. */
export interface Global {
  readonly file: ts.SourceFile;
  readonly statement: ts.Statement;
  readonly declaration: ts.VariableDeclaration | ts.FunctionDeclaration | ts.EnumDeclaration;
  readonly kind: "function" | "constant" | "variable" | "feature" | "enum";
  /** How C refers to it. */
  c: string;
}

/** A board may leave this out (core/features.ts). */
const FEATURE = /^HAS_[A-Z0-9]+$/;

export class Names {
  readonly checker: ts.TypeChecker;
  /** The files that are translated, those that others import first, except in a circle. */
  readonly files: ts.SourceFile[];
  readonly globals = new Map<ts.Symbol, Global>();

  /** `builtin` are the files that C has by itself: memory and ports. */
  constructor(program: ts.Program, private readonly folder: string, private readonly builtin: string[]) {
    this.checker = program.getTypeChecker();
    this.files = program.getSourceFiles().filter((file) => !file.isDeclarationFile && !builtin.includes(file.fileName));
    for (const file of this.files) for (const statement of file.statements) this.collect(file, statement);
    this.choose();
  }

  /** What a name names, import or not. */
  symbolOf(node: ts.Node): ts.Symbol | undefined {
    const symbol = this.checker.getSymbolAtLocation(node);
    return symbol && symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  globalOf(node: ts.Node): Global | undefined {
    const symbol = this.symbolOf(node);
    return symbol && this.globals.get(symbol);
  }

  /** The name of a function of memory or ports, if this is one. */
  builtinOf(node: ts.Node): string | undefined {
    const symbol = this.symbolOf(node);
    const declaration = symbol?.valueDeclaration;
    return declaration && ts.isFunctionDeclaration(declaration) && this.builtin.includes(declaration.getSourceFile().fileName) ? symbol.name : undefined;
  }

  private collect(file: ts.SourceFile, statement: ts.Statement): void {
    if (ts.isFunctionDeclaration(statement) || ts.isEnumDeclaration(statement)) {
      this.add(file, statement, statement, ts.isEnumDeclaration(statement) ? "enum" : "function");
    }
    if (!ts.isVariableStatement(statement)) return;
    const isConstant = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
    for (const one of statement.declarationList.declarations) {
      const isFeature = isConstant && FEATURE.test(one.name.getText());
      this.add(file, statement, one, isFeature ? "feature" : isConstant ? "constant" : "variable");
    }
  }

  private add(file: ts.SourceFile, statement: ts.Statement, declaration: Global["declaration"], kind: Global["kind"]): void {
    if (!declaration.name || !ts.isIdentifier(declaration.name)) return refuse(statement, "a declaration without one name");
    this.globals.set(this.symbolOf(declaration.name)!, { file, statement, declaration, kind, c: declaration.name.text });
  }

  private choose(): void {
    const uses = new Map<string, number>();
    for (const one of this.globals.values()) uses.set(one.c, (uses.get(one.c) ?? 0) + 1);
    const taken = new Set<string>();
    for (const one of this.globals.values()) {
      const isPlain = uses.get(one.c) === 1 && !RESERVED.has(one.c) && (one.kind === "feature" || !OURS.test(one.c));
      const near = `${stemOf(one.file.fileName)}_${one.c}`;
      const candidates = [...(isPlain ? [one.c] : []), near, `${this.folderOf(one.file)}_${near}`];
      const name = candidates.find((candidate) => !taken.has(candidate) && (candidate === one.c || !uses.has(candidate)));
      if (name === undefined) return refuse(one.declaration, "a name that C cannot tell from another");
      taken.add(name);
      one.c = one.kind === "variable" ? `core.${name}` : name;
    }
  }

  private folderOf(file: ts.SourceFile): string { return relative(this.folder, dirname(file.fileName)).replace(/\W/g, "_"); }

  /** The locals of a function that C must call otherwise. */
  renamedLocals(node: ts.FunctionDeclaration): Map<ts.Symbol, string> {
    const used = new Set<string>();
    const locals: ts.Identifier[] = [];
    const visit = (one: ts.Node): void => {
      if (ts.isIdentifier(one)) used.add(this.globalOf(one)?.c ?? this.builtinOf(one) ?? "");
      if ((ts.isVariableDeclaration(one) || ts.isParameter(one)) && ts.isIdentifier(one.name)) locals.push(one.name);
      ts.forEachChild(one, visit);
    };
    visit(node);
    const renamed = locals.filter(({ text }) => used.has(text) || RESERVED.has(text) || OURS.test(text));
    return new Map(renamed.map((name) => [this.symbolOf(name)!, this.freeName(`${name.text}_`, used, locals)]));
  }

  private freeName(name: string, used: Set<string>, locals: ts.Identifier[]): string {
    return used.has(name) || locals.some((one) => one.text === name) ? this.freeName(`${name}_`, used, locals) : name;
  }
}

function stemOf(path: string): string { return basename(path, ".ts").replace(/\W/g, "_"); }
