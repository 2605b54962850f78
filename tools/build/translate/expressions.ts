/**
 * Expressions in C. The source's own text is kept, comments and layout too; only what C says otherwise is replaced:
 *
 *   a sum that JavaScript wraps      wrapAdd(a, b) and its like, unless it is proven to fit (values.ts)
 *   a << n                           shiftLeft(a, n), in whose name `Any` stands unless n is proven to be in 0..31
 *   a >>> n                          shiftRightUnsigned(a, n)
 *   a / b | 0                        a / b, or quotient(a, b) if b may be 0
 *   operands in order (effects.ts)   (early1 = f(), early1 + g()): in C a comma is a point at which all before it is done
 *
 * So nothing that C leaves undefined is left to the compiler's goodwill. What is not known here is refused. Assignments
 * stand alone, as statements or in the head of a loop: as values they would have an order too.
 */
import ts from "typescript";
import { Effects, isAssignment, isStep } from "./effects";
import type { Names } from "./names";
import { refuse } from "./refuse";
import { ANY, COUNT, Values, bare, isTakenAsBits, lies } from "./values";

const K = ts.SyntaxKind;

/** Sums that wrap, by operator. */
const WRAPPING = new Map<ts.SyntaxKind, string>([[K.PlusToken, "wrapAdd"], [K.MinusToken, "wrapSubtract"], [K.AsteriskToken, "wrapMultiply"]]);
/** Operators that mean the same in both languages, between what may stand there. */
const SAME = new Set<ts.SyntaxKind>([
  K.PlusToken, K.MinusToken, K.AsteriskToken, K.AmpersandToken, K.BarToken, K.CaretToken, K.EqualsEqualsToken, K.ExclamationEqualsToken, K.LessThanToken,
  K.GreaterThanToken, K.LessThanEqualsToken, K.GreaterThanEqualsToken, K.AmpersandAmpersandToken, K.BarBarToken, K.CommaToken,
]);
const SAME_ASSIGNMENTS = new Set<ts.SyntaxKind>([
  K.EqualsToken, K.PlusEqualsToken, K.MinusEqualsToken, K.AsteriskEqualsToken, K.AmpersandEqualsToken, K.BarEqualsToken, K.CaretEqualsToken,
]);
/** The shift in an assignment that shifts. */
const SHIFT_ASSIGNMENTS = new Map<ts.SyntaxKind, ts.SyntaxKind>([
  [K.LessThanLessThanEqualsToken, K.LessThanLessThanToken], [K.GreaterThanGreaterThanEqualsToken, K.GreaterThanGreaterThanToken],
  [K.GreaterThanGreaterThanGreaterThanEqualsToken, K.GreaterThanGreaterThanGreaterThanToken],
]);

/** The space and comments before a node. */
export function spaceBefore(node: ts.Node): string {
  return node.getSourceFile().text.slice(node.getFullStart(), node.getStart(node.getSourceFile(), false));
}

/** A 32-bit integer as C reads it: its lowest has no literal of its own. */
export function integer(value: number): string { return value === -0x80000000 ? "(-2147483647 - 1)" : String(value); }

export class Expressions {
  private renamed = new Map<ts.Symbol, string>();
  /** Operands that were put into a variable first, by that variable. */
  private early = new Map<ts.Node, string>();
  private earlyCount = 0;
  private readonly isOrdered = new Set<ts.Node>();
  /** Nodes that became a call, so that parentheses around them say nothing. */
  private readonly calls = new Set<ts.Node>();

  constructor(private readonly names: Names, private readonly values: Values, private readonly effects: Effects) {}

  /** Begins a function. */
  begin(renamed: Map<ts.Symbol, string>): void {
    this.renamed = renamed;
    this.early = new Map();
    this.earlyCount = 0;
  }

  /** The variables that the function so far needs besides its own. */
  earlyNames(): string[] { return Array.from({ length: this.earlyCount }, (_, i) => `early${i + 1}`); }

  full(node: ts.Expression): string { return spaceBefore(node) + this.text(node); }

  text(node: ts.Expression): string {
    const known = this.early.get(node);
    if (known !== undefined) return known;
    const early = this.isOrdered.has(node) ? [] : this.effects.earlyOperands(node);
    this.isOrdered.add(node);
    return early.length > 0 ? this.ordered(node, early) : this.plain(node);
  }

  private ordered(node: ts.Expression, early: ts.Expression[]): string {
    if (isAssignment(node)) return refuse(node, "an assignment whose target changes meanwhile");
    const first = early.map((operand) => {
      const name = `early${++this.earlyCount}`;
      const text = this.text(bare(operand));
      this.early.set(operand, name);
      return `${name} = ${text}, `;
    });
    this.calls.add(node);
    return `(${first.join("")}${this.plain(node)})`;
  }

  private plain(node: ts.Expression): string {
    if (ts.isIdentifier(node)) return this.name(node);
    if (ts.isNumericLiteral(node)) return literal(node);
    if (node.kind === K.TrueKeyword || node.kind === K.FalseKeyword) return node.getText();
    if (ts.isPropertyAccessExpression(node)) return this.member(node);
    if (ts.isParenthesizedExpression(node)) return this.parenthesized(node);
    if (ts.isCallExpression(node)) return this.call(node);
    if (ts.isConditionalExpression(node)) {
      const { condition, questionToken, whenTrue, colonToken, whenFalse } = node;
      return `${this.text(condition)}${spaceBefore(questionToken)}?${this.full(whenTrue)}${spaceBefore(colonToken)}:${this.full(whenFalse)}`;
    }
    if (isStep(node)) return this.step(node);
    if (ts.isPrefixUnaryExpression(node)) return this.prefix(node);
    if (isAssignment(node)) return this.assignment(node);
    return ts.isBinaryExpression(node) ? this.binary(node) : refuse(node, `a ${K[node.kind]}`);
  }

  name(node: ts.Identifier): string {
    const symbol = this.names.symbolOf(node);
    const builtin = this.names.builtinOf(node);
    const global = this.names.globalOf(node);
    const isFunction = builtin !== undefined || global?.kind === "function";
    const isCalled = ts.isCallExpression(node.parent) && node.parent.expression === node;
    if (isFunction !== isCalled) return refuse(node.parent, isFunction ? "a function as a value" : "a call of something that is not known");
    if (builtin !== undefined) return builtin;
    if (global !== undefined) return global.c;
    const declaration = symbol?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) && !ts.isParameter(declaration) || declaration.getSourceFile() !== node.getSourceFile()) {
      return refuse(node, "a name that is not known");
    }
    return this.renamed.get(symbol) ?? node.text;
  }

  private member(node: ts.PropertyAccessExpression): string {
    const global = this.names.globalOf(node.expression);
    return global?.kind === "enum" ? `${global.c}_${node.name.text}` : refuse(node, "a property");
  }

  private parenthesized(node: ts.ParenthesizedExpression): string {
    const space = spaceBefore(node.expression);
    const end = spaceBefore(node.getLastToken()!);
    const inner = this.text(node.expression);
    return this.calls.has(bare(node)) && (space + end).trim() === "" ? inner : `(${space}${inner}${end})`;
  }

  private call(node: ts.CallExpression): string {
    if (!ts.isIdentifier(node.expression)) return refuse(node, "a call of something that is not known");
    const { text } = node.getSourceFile();
    const parts = node.arguments.map((one) => this.full(one));
    const last = node.getLastToken()!;
    return `${this.text(node.expression)}(${parts.join(",")}${text.slice(last.getFullStart(), last.getStart())})`;
  }

  private step(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): string {
    this.expectTarget(node, node.operand);
    const operator = node.operator === K.PlusPlusToken ? "++" : "--";
    return ts.isPrefixUnaryExpression(node) ? `${operator}${this.text(node.operand)}` : `${this.text(node.operand)}${operator}`;
  }

  private prefix(node: ts.PrefixUnaryExpression): string {
    const { operator, operand } = node;
    if (operator === K.ExclamationToken) return `!${this.text(operand)}`;
    if (operator === K.TildeToken) return `~${this.text(operand)}`;
    if (operator !== K.MinusToken) return refuse(node, "an operator that is not known");
    if (this.values.constantOf(node) === -0x80000000) return integer(-0x80000000);
    return isTakenAsBits(node) && this.values.rangeOf(node) === ANY ? this.helper(node, "wrapSubtract", "0", this.inside(operand)) : `-${this.text(operand)}`;
  }

  private binary(node: ts.BinaryExpression): string {
    const operator = node.operatorToken.kind;
    const wrapping = WRAPPING.get(operator);
    if (wrapping !== undefined && isTakenAsBits(node) && this.values.rangeOf(node) === ANY) {
      return this.helper(node, wrapping, this.inside(node.left), this.inside(node.right));
    }
    // In JavaScript this makes a quotient whole, or a sum one of 32 bits. In C it is.
    if (operator === K.BarToken && this.values.constantOf(node.right) === 0) return this.whole(node);
    if (operator === K.SlashToken || operator === K.PercentToken) return this.division(node);
    return SAME.has(operator) ? this.infix(node) : this.shift(node, node.left, node.right, operator);
  }

  private whole(node: ts.BinaryExpression): string {
    if (this.calls.has(bare(node.left))) this.calls.add(node);
    return this.text(node.left);
  }

  private division(node: ts.BinaryExpression): string {
    const isQuotient = node.operatorToken.kind === K.SlashToken;
    if (isQuotient && !isTakenAsBits(node)) return refuse(node, "a quotient that nothing makes whole (| 0)");
    if (this.values.rangeOf(node.right).low > 0) return this.infix(node);
    return this.helper(node, isQuotient ? "quotient" : "remainderOf", this.inside(node.left), this.inside(node.right));
  }

  private shift(node: ts.BinaryExpression, left: ts.Expression, right: ts.Expression, operator: ts.SyntaxKind): string {
    const any = lies(this.values.rangeOf(right), COUNT) ? "" : "Any";
    const isPlain = any === "" && operator === node.operatorToken.kind;
    const operands = [this.inside(left), this.inside(right)] as const;
    switch (operator) {
      case K.LessThanLessThanToken:
        return isPlain && this.fitsShifted(left, right) ? this.infix(node) : this.helper(node, `shiftLeft${any}`, ...operands);
      case K.GreaterThanGreaterThanToken:
        return isPlain ? this.infix(node) : this.helper(node, `shiftRight${any}`, ...operands);
      case K.GreaterThanGreaterThanGreaterThanToken:
        if (this.values.constantOf(right) === 0) return refuse(node, "an unsigned number");
        return this.helper(node, `shiftRightUnsigned${any}`, ...operands);
      default: return refuse(node, "an operator that is not known");
    }
  }

  /** C shifts left only what is not negative and stays below 2^31. */
  private fitsShifted(left: ts.Expression, right: ts.Expression): boolean {
    const { low, high } = this.values.rangeOf(left);
    return low >= 0 && high * 2 ** this.values.rangeOf(right).high <= ANY.high;
  }

  private assignment(node: ts.BinaryExpression): string {
    const operator = node.operatorToken.kind;
    this.expectTarget(node, node.left);
    if (SAME_ASSIGNMENTS.has(operator)) return this.infix(node);
    const shift = SHIFT_ASSIGNMENTS.get(operator);
    return shift === undefined ? refuse(node, "an assignment that is not known") : `${this.text(node.left)} = ${this.shift(node, node.left, node.right, shift)}`;
  }

  private expectTarget(node: ts.Expression, target: ts.Expression): void {
    if (!ts.isIdentifier(target)) refuse(node, "an assignment to something that is no variable");
    let top: ts.Node = node;
    while (ts.isBinaryExpression(top.parent) && top.parent.operatorToken.kind === K.CommaToken) top = top.parent;
    const { parent } = top;
    const isAlone = ts.isExpressionStatement(parent) || ts.isForStatement(parent) && (parent.initializer === top || parent.incrementor === top);
    if (!isAlone) refuse(node, "an assignment as a value");
  }

  private infix(node: ts.BinaryExpression): string {
    return `${this.text(node.left)}${spaceBefore(node.operatorToken)}${node.operatorToken.getText()}${this.full(node.right)}`;
  }

  /** An operand that stands alone between commas: parentheses around it say nothing. */
  private inside(node: ts.Expression): string { return this.text(this.early.has(node) ? node : bare(node)); }

  private helper(node: ts.Expression, name: string, ...operands: string[]): string {
    this.calls.add(node);
    return `${name}(${operands.join(", ")})`;
  }
}

function literal(node: ts.NumericLiteral): string {
  const value = Number(node.text);
  if (!Number.isInteger(value) || value > 0xffffffff) return refuse(node, "a number that is no 32-bit integer");
  if (value > ANY.high && !isTakenAsBits(node)) return refuse(node, "a number above 2147483647 that nothing takes as bits");
  const text = /^(0x[\da-f]+|[1-9]\d*|0)$/i.test(node.getText()) ? node.getText() : String(value);
  return value > ANY.high ? `(i32)${text}u` : text;
}
