/**
 * Inlines the arena's accessors in the JavaScript build: `read16(p)` becomes `arenaHalves[p >> 1]`. On Duktape a call
 * costs about 800 instructions and the typed-array read behind it 450, so this halves the cost of nearly every line.
 *
 * Nothing is known here about which accessors there are. Each exported function of memory.ts that is one `return` or a
 * row of plain expressions is inlined as it stands there, its parameters replaced by the call's arguments. A call is
 * replaced only where that cannot change its meaning:
 *
 *   A1 the function uses each parameter exactly once, in their order (arguments keep their number and order of
 *      evaluation); or
 *   A2 every argument is simple: a name, a number, a constant, or the sum or difference of two of these (evaluating it
 *      again, or not at all, makes no difference).
 *
 * Any other call stays a call, which is slower and right.
 *
 * The same goes for functions of a core file that are marked as inlined and are one expression of their parameters.
 *
 * Two more things that such an engine does not do for itself, because it looks up each name outside a function anew:
 *
 *   A3 a constant of a module (`const NAME: i32 = ...` of numbers and other constants) is put where its name was;
 *   A4 a function that reaches the arena at two places or more takes the view into a local variable first. No function of
 *      the core sees the views change: attachMemory() is called from outside only.
 */
import ts from "typescript";

interface Accessor {
  parameters: string[];
  expressions: readonly ts.Expression[];
  /** The parameters in the order in which the body uses them. */
  uses: string[];
}

/**
 * A transformer to run before tsc's own; `memoryPath` is the file with the accessors, as the program names it. With
 * `short` set it does only what makes the source shorter as well: accessors of one short expression, and A3.
 */
export function inlineAccessors(program: ts.Program, memoryPath: string, short = false): ts.TransformerFactory<ts.SourceFile> {
  const checker = program.getTypeChecker();
  const memory = program.getSourceFile(memoryPath);
  if (!memory) throw new Error(`${memoryPath} is not part of the program: the accessors cannot be inlined`);
  const accessors = collectAccessors(memory);
  if (short) for (const [name, one] of accessors) if (one.uses.join() !== one.parameters.join()) accessors.delete(name);
  return (context) => (file) => file === memory ? file : new FileInliner(context, checker, memory, accessors, short).run(file);
}

function collectAccessors(memory: Pick<ts.SourceFile, "statements">): Map<string, Accessor> {
  const found = new Map<string, Accessor>();
  for (const statement of memory.statements) {
    if (!ts.isFunctionDeclaration(statement) || !statement.name || !statement.body) continue;
    const expressions = plainExpressions(statement.body.statements);
    if (!expressions) continue;
    const parameters = statement.parameters.map((parameter) => parameter.name.getText());
    const uses = expressions.flatMap((expression) => namesIn(expression)).filter((name) => parameters.includes(name));
    found.set(statement.name.text, { parameters, expressions, uses });
  }
  return found;
}

/** The functions of a file that asc is told to inline too (core.ts), as far as they need nothing but their parameters. */
function ownAccessors(file: ts.SourceFile): Map<string, Accessor> {
  const marked = file.statements.filter((statement) => file.text.slice(statement.pos, statement.getStart()).includes("/* inlined */"));
  const all = collectAccessors({ statements: ts.factory.createNodeArray(marked) });
  return new Map([...all].filter(([, one]) => one.expressions.flatMap(namesIn).every((name) => one.parameters.includes(name))));
}

/** The body as expressions, or undefined if it is more than that (a loop, a variable, a condition). */
function plainExpressions(statements: ts.NodeArray<ts.Statement>): ts.Expression[] | undefined {
  const expressions: ts.Expression[] = [];
  for (const statement of statements) {
    const expression = ts.isReturnStatement(statement) || ts.isExpressionStatement(statement) ? statement.expression : undefined;
    if (!expression || hasCall(expression)) return undefined;
    expressions.push(expression);
  }
  return expressions.length > 0 ? expressions : undefined;
}

function hasCall(node: ts.Node): boolean {
  return ts.isCallExpression(node) || ts.isNewExpression(node) || ts.forEachChild(node, hasCall) === true;
}

function namesIn(node: ts.Node): string[] {
  if (ts.isIdentifier(node)) return [node.text];
  const names: string[] = [];
  ts.forEachChild(node, (child) => { names.push(...namesIn(child)); });
  return names;
}

function isSimple(node: ts.Expression): boolean {
  if (ts.isIdentifier(node) || ts.isNumericLiteral(node)) return true;
  if (ts.isParenthesizedExpression(node)) return isSimple(node.expression);
  if (ts.isPropertyAccessExpression(node)) return ts.isIdentifier(node.expression); // an enum's member
  const isSum = ts.isBinaryExpression(node) &&
    (node.operatorToken.kind === ts.SyntaxKind.PlusToken || node.operatorToken.kind === ts.SyntaxKind.MinusToken);
  return isSum && isSimple(node.left) && isSimple(node.right);
}

class FileInliner {
  /** Variables of memory.ts that this file needs now. */
  private readonly needed = new Set<string>();
  private specifier = "";
  /** Functions of this file that are one expression of their parameters and marked as inlined. */
  private own = new Map<string, Accessor>();

  constructor(
    private readonly context: ts.TransformationContext,
    private readonly checker: ts.TypeChecker,
    private readonly memory: ts.SourceFile,
    private readonly accessors: Map<string, Accessor>,
    private readonly short: boolean,
  ) {}

  run(file: ts.SourceFile): ts.SourceFile {
    if (!this.short) this.own = ownAccessors(file);
    const result = ts.visitEachChild(file, this.visit, this.context);
    if (this.needed.size === 0) return result;
    return this.context.factory.updateSourceFile(result, [this.importOfNeeded(), ...result.statements]);
  }

  private readonly visit = (node: ts.Node): ts.Node => {
    if (ts.isIdentifier(node)) return this.constantFor(node) ?? node;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node;
    const visited = ts.visitEachChild(node, this.visit, this.context);
    if (ts.isFunctionDeclaration(visited)) return this.short ? visited : this.withLocalViews(visited);
    if (!ts.isCallExpression(node) || !ts.isCallExpression(visited) || !ts.isIdentifier(node.expression)) return visited;
    const accessor = this.accessorOf(node.expression);
    return accessor && mayInline(accessor, node.arguments) ? this.inlined(accessor, visited.arguments) : visited;
  };

  /** The number that stands for a name that is used as a value, if it names a constant of a module. */
  private constantFor(name: ts.Identifier): ts.Expression | undefined {
    const parent = name.parent as ts.Node | undefined;
    if (!parent || isDeclaredIn(name, parent)) return undefined;
    const value = this.constantBehind(name);
    if (value === undefined) return undefined;
    const literal = this.context.factory.createNumericLiteral(Math.abs(value));
    return value < 0 ? this.context.factory.createPrefixUnaryExpression(ts.SyntaxKind.MinusToken, literal) : literal;
  }

  private constantBehind(name: ts.Identifier): number | undefined {
    const symbol = this.checker.getSymbolAtLocation(name);
    const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
    const declaration = target?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
    if (!(declaration.parent.flags & ts.NodeFlags.Const) || !ts.isSourceFile(declaration.parent.parent.parent)) return undefined;
    return this.valueOf(declaration.initializer);
  }

  /** The value of an expression of numbers and constants. */
  private valueOf(node: ts.Expression): number | undefined {
    if (ts.isNumericLiteral(node)) return Number(node.text);
    if (ts.isIdentifier(node)) return this.constantBehind(node);
    if (ts.isParenthesizedExpression(node)) return this.valueOf(node.expression);
    if (ts.isPropertyAccessExpression(node)) {
      const value = this.checker.getConstantValue(node);
      return typeof value === "number" ? value : undefined;
    }
    if (!ts.isBinaryExpression(node)) return undefined;
    const [left, right] = [this.valueOf(node.left), this.valueOf(node.right)];
    const combine = COMBINE.get(node.operatorToken.kind);
    return left === undefined || right === undefined ? undefined : combine?.(left, right);
  }

  /** A4: `var hereBytes = arenaBytes` before the body of a function with several uses. */
  private withLocalViews(node: ts.FunctionDeclaration): ts.FunctionDeclaration {
    const factory = this.context.factory;
    const names = node.body ? namesIn(node.body).filter((name) => this.needed.has(viewOf(name))) : [];
    const often = new Set(names.filter((name, index) => names.indexOf(name) !== index));
    if (!node.body || often.size === 0) return node;
    const rename = (inner: ts.Node): ts.Node => ts.isIdentifier(inner) && often.has(inner.text)
      ? factory.createIdentifier(hereNameOf(inner.text)) : ts.visitEachChild(inner, rename, this.context);
    const body = rename(node.body) as ts.Block;
    const views = [...often].sort().map((name) => factory.createVariableDeclaration(hereNameOf(name), undefined, undefined, factory.createIdentifier(name)));
    const block = factory.updateBlock(body, [factory.createVariableStatement(undefined, factory.createVariableDeclarationList(views)), ...body.statements]);
    return factory.updateFunctionDeclaration(node, node.modifiers, node.asteriskToken, node.name, node.typeParameters, node.parameters, node.type, block);
  }

  /** The accessor behind a name, if the name was imported from memory.ts. */
  private accessorOf(name: ts.Identifier): Accessor | undefined {
    const symbol = this.checker.getSymbolAtLocation(name);
    if (!symbol) return undefined;
    if (!(symbol.flags & ts.SymbolFlags.Alias)) return this.own.get(name.text);
    const target = this.checker.getAliasedSymbol(symbol);
    if (target.valueDeclaration?.getSourceFile() !== this.memory) return undefined;
    this.specifier ||= specifierOf(symbol);
    return this.accessors.get(target.name);
  }

  private inlined(accessor: Accessor, args: readonly ts.Expression[]): ts.Expression {
    const factory = this.context.factory;
    const values = new Map(accessor.parameters.map((name, index) => [name, args[index]!]));
    const copies = accessor.expressions.map((expression) => this.copy(expression, values) as ts.Expression);
    return factory.createParenthesizedExpression(copies.reduce((left, right) => factory.createComma(left, right)));
  }

  /** A copy of a piece of memory.ts that stands on its own, with arguments for parameters. */
  private copy(node: ts.Node, values: Map<string, ts.Expression>): ts.Node {
    const factory = this.context.factory;
    if (ts.isNumericLiteral(node)) return factory.createNumericLiteral(node.text);
    if (ts.isIdentifier(node)) {
      const value = values.get(node.text);
      if (value) return factory.createParenthesizedExpression(value);
      this.needed.add(node.text);
      return factory.createIdentifier(localNameOf(node.text));
    }
    const copied = ts.visitEachChild(node, (child) => this.copy(child, values), this.context);
    ts.setTextRange(copied, { pos: -1, end: -1 });
    return ts.setEmitFlags(copied, ts.EmitFlags.NoComments);
  }

  private importOfNeeded(): ts.ImportDeclaration {
    const factory = this.context.factory;
    const names = [...this.needed].sort().map((name) =>
      factory.createImportSpecifier(false, factory.createIdentifier(name), factory.createIdentifier(localNameOf(name))));
    const clause = factory.createImportClause(false, undefined, factory.createNamedImports(names));
    return factory.createImportDeclaration(undefined, clause, factory.createStringLiteral(this.specifier));
  }
}

function mayInline(accessor: Accessor, args: readonly ts.Expression[]): boolean {
  if (args.length !== accessor.parameters.length) return false;
  return accessor.uses.join() === accessor.parameters.join() || args.every(isSimple);
}

/** Is this the place where the name is declared, or the name of a member? */
function isDeclaredIn(name: ts.Identifier, parent: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(parent)) return parent.name === name;
  if (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isEnumMember(parent) || ts.isPropertyAssignment(parent)) return parent.name === name;
  return ts.isFunctionDeclaration(parent) || ts.isEnumDeclaration(parent) || ts.isTypeNode(parent) || ts.isShorthandPropertyAssignment(parent);
}

/** The operators that constants are made with. */
const COMBINE = new Map<ts.SyntaxKind, (left: number, right: number) => number>([
  [ts.SyntaxKind.PlusToken, (left, right) => left + right],
  [ts.SyntaxKind.MinusToken, (left, right) => left - right],
  [ts.SyntaxKind.AsteriskToken, (left, right) => left * right],
  [ts.SyntaxKind.LessThanLessThanToken, (left, right) => left << right],
  [ts.SyntaxKind.BarToken, (left, right) => left | right],
]);

function viewOf(local: string): string { return local.startsWith("arena") ? local[5]!.toLowerCase() + local.slice(6) : ""; }

function hereNameOf(local: string): string { return `here${local.slice(5)}`; }

function localNameOf(name: string): string { return `arena${name[0]!.toUpperCase()}${name.slice(1)}`; }

function specifierOf(symbol: ts.Symbol): string {
  const declaration = symbol.declarations?.[0];
  const statement = declaration && ts.findAncestor(declaration, ts.isImportDeclaration);
  if (!statement || !ts.isStringLiteral(statement.moduleSpecifier)) throw new Error(`${symbol.name} of memory.ts comes by no plain import`);
  return statement.moduleSpecifier.text;
}
