/**
 * What is known of a value before the core runs: of constants everything, of other expressions a range. Both serve C's
 * own rules. A shift needs no mask if its count is proven to lie in 0..31, a sum no care if it is proven to fit, and a
 * division no check if its divisor is proven to be positive. What is not proven is done the careful way.
 *
 * The proofs are short on purpose: constants, masks, shifts, sums of what is known, and constants of a function or a
 * module by what they are given. No flow is followed.
 */
import ts from "typescript";
import type { Names } from "./names";

const K = ts.SyntaxKind;

/** Both ends belong to it. */
export interface Range { readonly low: number; readonly high: number; }

export const ANY: Range = { low: -0x80000000, high: 0x7fffffff };
export const COUNT: Range = { low: 0, high: 31 };
const TRUTH: Range = { low: 0, high: 1 };

/** What the accessors and ports answer. */
const ANSWERS: Record<string, Range> = {
  read8: { low: 0, high: 255 }, read16: { low: 0, high: 65535 }, read16u: { low: 0, high: 65535 },
  trailingZeros: COUNT, equalBytes: { low: 0, high: 3 }, memoryEnd: { low: 0, high: 0x7fffffff },
};

/** The binary operators that JavaScript does on 32 bits. */
const BIT_OPERATORS = new Set<ts.SyntaxKind>([
  K.BarToken, K.AmpersandToken, K.CaretToken, K.LessThanLessThanToken, K.GreaterThanGreaterThanToken, K.GreaterThanGreaterThanGreaterThanToken,
  K.BarEqualsToken, K.AmpersandEqualsToken, K.CaretEqualsToken, K.LessThanLessThanEqualsToken, K.GreaterThanGreaterThanEqualsToken,
  K.GreaterThanGreaterThanGreaterThanEqualsToken,
]);

/** Without the parentheses around it. */
export function bare(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) ? bare(node.expression) : node;
}

export function lies(range: Range, within: Range): boolean { return range.low >= within.low && range.high <= within.high; }

/** Is the value taken modulo 2^32 at once, being an operand of an operator on bits? There, and only there, JavaScript wraps a sum. */
export function isTakenAsBits(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator === K.TildeToken || parent.operator === K.MinusToken && isTakenAsBits(parent);
  if (ts.isParenthesizedExpression(parent)) return isTakenAsBits(parent);
  if (ts.isConditionalExpression(parent)) return node !== parent.condition && isTakenAsBits(parent);
  if (!ts.isBinaryExpression(parent)) return false;
  const operator = parent.operatorToken.kind;
  if (BIT_OPERATORS.has(operator)) return true;
  return (operator === K.PlusToken || operator === K.MinusToken || operator === K.AsteriskToken) && isTakenAsBits(parent);
}

export class Values {
  /** Functions whose range is being asked for, which end a circle. */
  private readonly asked = new Set<ts.Node>();

  constructor(private readonly names: Names) {}

  /** The value of a constant expression as a 32-bit integer, or undefined. A feature is no constant: a board may leave it out. */
  constantOf(node: ts.Expression | undefined): number | undefined {
    if (node === undefined) return undefined;
    if (ts.isParenthesizedExpression(node)) return this.constantOf(node.expression);
    if (ts.isNumericLiteral(node)) return Number(node.text) | 0;
    if (ts.isPropertyAccessExpression(node)) {
      const value = this.names.checker.getConstantValue(node);
      return typeof value === "number" ? value | 0 : undefined;
    }
    if (ts.isIdentifier(node)) {
      const found = this.names.globalOf(node);
      return found?.kind === "constant" ? this.constantOf((found.declaration as ts.VariableDeclaration).initializer) : undefined;
    }
    if (ts.isPrefixUnaryExpression(node)) return foldPrefix(node.operator, this.constantOf(node.operand));
    return ts.isBinaryExpression(node) ? foldBinary(node.operatorToken.kind, this.constantOf(node.left), this.constantOf(node.right)) : undefined;
  }

  /** A range that holds the value, whatever happens. */
  rangeOf(node: ts.Expression): Range {
    const constant = this.constantOf(node);
    if (constant !== undefined) return { low: constant, high: constant };
    if (ts.isParenthesizedExpression(node)) return this.rangeOf(node.expression);
    if (ts.isConditionalExpression(node)) return union(this.rangeOf(node.whenTrue), this.rangeOf(node.whenFalse));
    if (ts.isCallExpression(node)) return this.rangeOfCall(node);
    if (ts.isIdentifier(node)) return this.rangeOfName(node);
    if (ts.isPrefixUnaryExpression(node)) return this.rangeOfPrefix(node);
    return ts.isBinaryExpression(node) ? this.rangeOfBinary(node) : ANY;
  }

  private rangeOfName(node: ts.Identifier): Range {
    const declaration = this.names.symbolOf(node)?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return ANY;
    return (declaration.parent.flags & ts.NodeFlags.Const) !== 0 ? this.rangeOf(declaration.initializer) : ANY;
  }

  /** A function that is one expression has that one's range. */
  private rangeOfCall(node: ts.CallExpression): Range {
    const builtin = this.names.builtinOf(node.expression);
    if (builtin !== undefined) return Object.hasOwn(ANSWERS, builtin) ? ANSWERS[builtin]! : ANY;
    const called = this.names.globalOf(node.expression)?.declaration;
    const only = called && ts.isFunctionDeclaration(called) && called.body?.statements.length === 1 ? called.body.statements[0] : undefined;
    if (!only || !ts.isReturnStatement(only) || !only.expression || this.asked.has(only)) return ANY;
    this.asked.add(only);
    const range = this.rangeOf(only.expression);
    this.asked.delete(only);
    return range;
  }

  private rangeOfPrefix(node: ts.PrefixUnaryExpression): Range {
    if (node.operator === K.ExclamationToken) return TRUTH;
    const { low, high } = this.rangeOf(node.operand);
    if (node.operator === K.TildeToken) return { low: ~high, high: ~low };
    return node.operator === K.MinusToken ? orAny({ low: -high, high: -low }) : ANY;
  }

  private rangeOfBinary(node: ts.BinaryExpression): Range {
    const [a, b] = [this.rangeOf(node.left), this.rangeOf(node.right)];
    switch (node.operatorToken.kind) {
      case K.PlusToken: return orAny({ low: a.low + b.low, high: a.high + b.high });
      case K.MinusToken: return orAny({ low: a.low - b.high, high: a.high - b.low });
      case K.AsteriskToken: return orAny(around([a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high]));
      case K.AmpersandToken: return a.low >= 0 || b.low >= 0 ? { low: 0, high: Math.min(a.low >= 0 ? a.high : ANY.high, b.low >= 0 ? b.high : ANY.high) } : ANY;
      case K.BarToken: case K.CaretToken: return a.low >= 0 && b.low >= 0 ? { low: 0, high: allOnes(Math.max(a.high, b.high)) } : ANY;
      case K.PercentToken: return b.low > 0 ? { low: a.low >= 0 ? 0 : 1 - b.high, high: a.high <= 0 ? 0 : b.high - 1 } : ANY;
      case K.SlashToken: return b.low > 0 ? around([a.low, a.high].flatMap((value) => [Math.trunc(value / b.low), Math.trunc(value / b.high)])) : ANY;
      case K.LessThanLessThanToken: case K.GreaterThanGreaterThanToken: case K.GreaterThanGreaterThanGreaterThanToken:
        return lies(b, COUNT) ? shifted(node.operatorToken.kind, a, b) : ANY;
      case K.EqualsEqualsToken: case K.ExclamationEqualsToken: case K.LessThanToken: case K.GreaterThanToken:
      case K.LessThanEqualsToken: case K.GreaterThanEqualsToken: case K.AmpersandAmpersandToken: case K.BarBarToken: return TRUTH;
      default: return ANY;
    }
  }
}

function union(a: Range, b: Range): Range { return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) }; }
function around(values: number[]): Range { return { low: Math.min(...values), high: Math.max(...values) }; }
/** What may leave 32 bits may come back anywhere. */
function orAny(range: Range): Range { return lies(range, ANY) ? range : ANY; }
/** The smallest number of ones in a row that is not below `value`. */
function allOnes(value: number): number { return value === 0 ? 0 : 2 ** (32 - Math.clz32(value)) - 1; }

function shifted(operator: ts.SyntaxKind, a: Range, b: Range): Range {
  if (operator === K.LessThanLessThanToken) return orAny(around([a.low, a.high].flatMap((value) => [value * 2 ** b.low, value * 2 ** b.high])));
  if (operator === K.GreaterThanGreaterThanToken || a.low >= 0) return around([a.low, a.high].flatMap((value) => [value >> b.low, value >> b.high]));
  return b.low > 0 ? { low: 0, high: 0xffffffff >>> b.low } : ANY;
}

function foldPrefix(operator: ts.PrefixUnaryOperator, value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  return operator === K.MinusToken ? -value | 0 : operator === K.TildeToken ? ~value : undefined;
}

function foldBinary(operator: ts.SyntaxKind, a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  switch (operator) {
    case K.PlusToken: return a + b | 0;
    case K.MinusToken: return a - b | 0;
    case K.AsteriskToken: return Math.imul(a, b);
    case K.SlashToken: return b === 0 ? undefined : a / b | 0;
    case K.PercentToken: return b === 0 ? undefined : a % b | 0;
    case K.LessThanLessThanToken: return a << b;
    case K.GreaterThanGreaterThanToken: return a >> b;
    case K.GreaterThanGreaterThanGreaterThanToken: return a >>> b | 0;
    case K.BarToken: return a | b;
    case K.AmpersandToken: return a & b;
    case K.CaretToken: return a ^ b;
    default: return undefined;
  }
}
