/**
 * Functions and what they are made of, in C: declarations get C's types, everything else keeps its text. A statement that
 * is not in the list below is refused, and so is what C reads otherwise: a function within a function, a variable
 * without a value, a declaration straight behind `case`.
 *
 * Two marks stand in the source before the word `function`: `inlined` and `for speed`. A function without a mark is
 * compiled for size.
 */
import ts from "typescript";
import type { Expressions } from "./expressions";
import { spaceBefore } from "./expressions";
import type { Names } from "./names";
import { refuse } from "./refuse";
import type { Values } from "./values";

const K = ts.SyntaxKind;

/** Statements whose parts are translated and whose shape stays. */
const KEPT = new Set<ts.SyntaxKind>([
  K.Block, K.ExpressionStatement, K.ReturnStatement, K.IfStatement, K.WhileStatement, K.DoStatement, K.ForStatement, K.SwitchStatement, K.CaseBlock,
  K.CaseClause, K.DefaultClause, K.EmptyStatement, K.SyntaxList, K.VariableStatement,
]);

const MARK = /\/\* (inlined|for speed) \*\/ ?/;

export type Mark = "inlined" | "for speed" | undefined;

/** How the source wants this function compiled. */
export function markOf(node: ts.FunctionDeclaration): Mark {
  const { text } = node.getSourceFile();
  return MARK.exec(text.slice(node.getFullStart(), node.body?.getStart() ?? node.end))?.[1] as Mark;
}

/** The space and comments before a node, without a mark. */
export function commentsBefore(node: ts.Node): string { return spaceBefore(node).replace(MARK, ""); }

export class Functions {
  constructor(private readonly names: Names, private readonly values: Values, private readonly expressions: Expressions) {}

  /** `void`, `i32` or `boolean`; an enum is an i32. */
  typeOf(node: ts.TypeNode | undefined, owner: ts.Node): string {
    if (!node) return refuse(owner, "something without a type");
    if (node.kind === K.VoidKeyword) return "void";
    if (node.kind === K.BooleanKeyword) return "boolean";
    if (ts.isTypeReferenceNode(node)) {
      if (node.getText() === "i32") return "i32";
      if (this.names.checker.getTypeAtLocation(node).flags & ts.TypeFlags.EnumLike) return "i32";
    }
    return refuse(node, "a type that is not known");
  }

  /** `i32 name(i32 a, i32 b)`. */
  signature(node: ts.FunctionDeclaration, renamed = this.names.renamedLocals(node)): string {
    if (!node.body || node.asteriskToken || node.typeParameters) refuse(node, "a function of a kind that is not known");
    const parameters = node.parameters.map((one) => {
      if (one.initializer || one.questionToken || one.dotDotDotToken || !ts.isIdentifier(one.name)) refuse(one, "a parameter of a kind that is not known");
      return `${this.typeOf(one.type, one)} ${renamed.get(this.names.symbolOf(one.name)!) ?? one.name.getText()}`;
    });
    return `${this.typeOf(node.type, node.name ?? node)} ${this.names.globalOf(node.name!)!.c}(${parameters.join(", ") || "void"})`;
  }

  /** The whole function. */
  definition(node: ts.FunctionDeclaration): string {
    const renamed = this.names.renamedLocals(node);
    this.expressions.begin(renamed);
    const body = this.statement(node.body!);
    const early = this.expressions.earlyNames();
    return `static ${this.signature(node, renamed)} {${early.length > 0 ? `\n  i32 ${early.join(", ")};` : ""}${body.slice(1)}`;
  }

  private statement(node: ts.Node): string {
    if (ts.isVariableDeclarationList(node)) return this.declarations(node);
    if (ts.isBreakStatement(node) || ts.isContinueStatement(node)) return node.label ? refuse(node, "a label") : node.getText();
    if (ts.isExpression(node)) return this.expressions.text(node);
    if (isToken(node)) return node.getText();
    if (!KEPT.has(node.kind)) return refuse(node, `a ${K[node.kind]}`);
    if (ts.isCaseClause(node) && this.values.constantOf(node.expression) === undefined) refuse(node.expression, "a case that is no constant");
    if (ts.isCaseOrDefaultClause(node) && node.statements[0] && ts.isVariableStatement(node.statements[0])) {
      refuse(node.statements[0], "a declaration straight behind a case, which wants braces");
    }
    return node.getChildren().map((child, i) => (i === 0 ? "" : spaceBefore(child)) + this.statement(child)).join("");
  }

  private declarations(node: ts.VariableDeclarationList): string {
    const [first] = node.declarations;
    const type = this.typeOf(first.type, first);
    const list = node.declarations.map((one, i) => {
      if (!ts.isIdentifier(one.name) || !one.initializer) return refuse(one, "a variable without a value");
      if (this.typeOf(one.type, one) !== type) return refuse(one, "a variable of another type than the first");
      return `${i === 0 ? "" : spaceBefore(one.name)}${this.expressions.name(one.name)} = ${this.expressions.text(one.initializer)}`;
    });
    if ((node.flags & (ts.NodeFlags.Const | ts.NodeFlags.Let)) === 0) refuse(node, "a var");
    return `${node.flags & ts.NodeFlags.Const ? "const " : ""}${type} ${list.join(",")}`;
  }
}

function isToken(node: ts.Node): boolean { return node.kind >= K.FirstPunctuation && node.kind <= K.LastKeyword; }
