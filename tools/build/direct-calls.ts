/**
 * The API without its way round, for a bundle in which there is one core: what the API asks of a Core (firmware/api/core.ts)
 * becomes the thing itself. In Node a Core may be wasm, and there are several; in a bundle neither is so.
 *
 *   D1 a member of `typeof native`, as in `this.host.core.calls.mapSize`, becomes the function of that name. What is asked
 *      for it, when it is a call (`this.calls().mapSize`: throws when the handle was freed), is asked before.
 *   D2 the memory, `core.bytes()`, becomes the view that the core itself has.
 *   D3 the name of a hidden member, `hide(this, "host", host)`, becomes one that Closure Compiler renames with the member.
 */
import { dirname, relative } from "node:path";
import ts from "typescript";
import { inRoot } from "./paths";

const NATIVE = inRoot("firmware", "native.ts");
const MEMORY = inRoot("firmware", "core", "memory.ts");
/** What the functions and views are called where they are brought in: nothing else begins so. */
const PREFIX = "direct$";

/** Is this the place where hide() is told a member's name? */
export function isHiddenName(node: ts.Node): boolean {
  const call = node.parent;
  return ts.isStringLiteral(node) && ts.isCallExpression(call) && ts.isIdentifier(call.expression) && call.expression.text === "hide" && call.arguments[1] === node;
}

/** A transformer to run before tsc's own. */
export function directCalls(program: ts.Program): ts.TransformerFactory<ts.SourceFile> {
  const checker = program.getTypeChecker();
  return (context) => (file) => /firmware\/api\/\w+\.ts$/.test(file.fileName) ? new Director(checker, context).run(file) : file;
}

class Director {
  /** Names to bring in, by the file that has them. */
  private readonly needed = new Map<string, Set<string>>();

  constructor(private readonly checker: ts.TypeChecker, private readonly context: ts.TransformationContext) {}

  run(file: ts.SourceFile): ts.SourceFile {
    const result = ts.visitEachChild(file, this.visit, this.context);
    const imports = [...this.needed].map(([path, names]) => this.importOf(relative(dirname(file.fileName), path).replace(/\.ts$/, ""), [...names].sort()));
    return this.context.factory.updateSourceFile(result, [...imports, ...result.statements]);
  }

  private readonly visit = (node: ts.Node): ts.Node => {
    if (isHiddenName(node)) return this.renamed(node as ts.StringLiteral);
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && this.isBytes(node.expression)) return this.name(MEMORY, "bytes");
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && this.isNative(node.expression)) return this.direct(node, node.expression);
    return ts.visitEachChild(node, this.visit, this.context);
  };

  /** The type as tsc writes it, paths from the checkout's top. */
  private typeOf(node: ts.Expression): string { return this.checker.typeToString(this.checker.getTypeAtLocation(node)).replace(`${inRoot()}/`, ""); }

  /** D2. */
  private isBytes(node: ts.PropertyAccessExpression): boolean { return node.name.text === "bytes" && this.typeOf(node.expression) === "Core"; }

  private isNative(node: ts.PropertyAccessExpression): boolean { return this.typeOf(node.expression) === "typeof import(\"firmware/native\")"; }

  /** D1. */
  private direct(node: ts.CallExpression, asked: ts.PropertyAccessExpression): ts.Expression {
    const { factory } = this.context;
    const call = factory.createCallExpression(this.name(NATIVE, asked.name.text), undefined, ts.visitNodes(node.arguments, this.visit) as ts.NodeArray<ts.Expression>);
    if (!hasCall(asked.expression)) return call;
    return factory.createParenthesizedExpression(factory.createComma(ts.visitNode(asked.expression, this.visit) as ts.Expression, call));
  }

  private name(path: string, name: string): ts.Identifier {
    const names = this.needed.get(path) ?? new Set<string>();
    this.needed.set(path, names.add(name));
    return this.context.factory.createIdentifier(PREFIX + name);
  }

  /** D3. */
  private renamed(node: ts.StringLiteral): ts.Expression {
    return this.context.factory.createCallExpression(this.context.factory.createIdentifier("JSCompiler_renameProperty"), undefined, [this.context.factory.createStringLiteral(node.text)]);
  }

  private importOf(specifier: string, names: string[]): ts.ImportDeclaration {
    const { factory } = this.context;
    const specifiers = names.map((name) => factory.createImportSpecifier(false, factory.createIdentifier(name), factory.createIdentifier(PREFIX + name)));
    return factory.createImportDeclaration(undefined, factory.createImportClause(false, undefined, factory.createNamedImports(specifiers)), factory.createStringLiteral(specifier));
  }
}

function hasCall(node: ts.Node): boolean { return ts.isCallExpression(node) || ts.forEachChild(node, hasCall) === true; }
