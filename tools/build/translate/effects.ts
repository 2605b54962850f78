/**
 * The order of evaluation. TypeScript evaluates operands and arguments from left to right; C does in any order it likes,
 * and the compilers differ. It matters where one operand changes what another one reads: `read32(at) + take()`.
 *
 * So each function has an effect, what it reads and what it writes of the memory, of the ports and of each module's
 * variables, its calls included. Where the effects of two operands clash, the earlier one is put into a variable first
 * (expressions.ts). A local cannot be changed within an expression, because an assignment is refused there.
 */
import ts from "typescript";
import type { Names } from "./names";
import { refuse } from "./refuse";

const K = ts.SyntaxKind;

/** A module's variable; or the whole memory; or all of the world outside. */
type Place = ts.Symbol | "memory" | "ports";
interface Effect { readonly reads: Set<Place>; readonly writes: Set<Place>; }

/** What the accessors do: r reads memory, w writes it. */
const ACCESSORS: Record<string, string> = {
  read8: "r", read16: "r", read32: "r", read16u: "r", read32u: "r", same4: "r", write8: "w", write16: "w", write32: "w",
  copy4: "rw", copyBytes: "rw", fillBytes: "w", equalBytes: "", trailingZeros: "", memoryEnd: "",
};
/** A port may do anything that a board can, and read and write memory. */
const PORT: Effect = { reads: new Set<Place>(["memory", "ports"]), writes: new Set<Place>(["memory", "ports"]) };

export function isAssignment(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind >= K.FirstAssignment && node.operatorToken.kind <= K.LastAssignment;
}

/** `x++` and its like. */
export function isStep(node: ts.Node): node is ts.PrefixUnaryExpression | ts.PostfixUnaryExpression {
  return (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && (node.operator === K.PlusPlusToken || node.operator === K.MinusMinusToken);
}

export class Effects {
  private readonly byFunction = new Map<ts.Node, Effect>();

  /** Follows the calls until nothing new is found. `isPort` tells a port from an accessor. */
  constructor(private readonly names: Names, private readonly isPort: (name: string) => boolean) {
    const functions = names.files.flatMap((file) => file.statements.filter(ts.isFunctionDeclaration));
    for (const one of functions) this.byFunction.set(one, { reads: new Set(), writes: new Set() });
    for (let isChanged = true; isChanged;) {
      isChanged = false;
      for (const one of functions) {
        const before = this.byFunction.get(one)!;
        const after = this.effectOf(one.body ?? refuse(one, "a function without a body"));
        if (after.reads.size === before.reads.size && after.writes.size === before.writes.size) continue;
        this.byFunction.set(one, after);
        isChanged = true;
      }
    }
  }

  /** The operands of a node that have to be evaluated before one behind them. */
  earlyOperands(node: ts.Expression): ts.Expression[] {
    const operands = operandsOf(node);
    const effects = operands.map((one) => this.effectOf(one));
    return operands.filter((_, i) => effects.slice(i + 1).some((later) => clash(effects[i]!, later)));
  }

  /** What evaluating a node reads and writes beyond the function's own variables. */
  private effectOf(root: ts.Node): Effect {
    const effect: Effect = { reads: new Set(), writes: new Set() };
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node)) {
        add(effect, this.effectOfCall(node));
        node.arguments.forEach(visit);
        return;
      }
      const target = isAssignment(node) ? node.left : isStep(node) ? node.operand : undefined;
      if (target && this.names.globalOf(target)) effect.writes.add(this.names.symbolOf(target)!);
      if (ts.isIdentifier(node) && this.names.globalOf(node)?.kind === "variable") effect.reads.add(this.names.symbolOf(node)!);
      ts.forEachChild(node, visit);
    };
    visit(root);
    return effect;
  }

  private effectOfCall(node: ts.CallExpression): Effect {
    const builtin = this.names.builtinOf(node.expression);
    if (builtin !== undefined && this.isPort(builtin)) return PORT;
    if (builtin !== undefined && Object.hasOwn(ACCESSORS, builtin)) {
      const places = (letter: string): Set<Place> => new Set(ACCESSORS[builtin]!.includes(letter) ? ["memory"] : []);
      return { reads: places("r"), writes: places("w") };
    }
    const declaration = this.names.globalOf(node.expression)?.declaration;
    return declaration && this.byFunction.get(declaration) || refuse(node, "a call of something that is not known");
  }
}

/** What C may evaluate in any order. `&&`, `||`, `?:` and `,` keep theirs in both languages, and an assignment's target is a name. */
function operandsOf(node: ts.Expression): readonly ts.Expression[] {
  if (ts.isCallExpression(node)) return node.arguments;
  if (!ts.isBinaryExpression(node)) return [];
  const kind = node.operatorToken.kind;
  const isOrdered = kind === K.AmpersandAmpersandToken || kind === K.BarBarToken || kind === K.CommaToken || kind === K.EqualsToken;
  return isOrdered ? [] : [node.left, node.right];
}

function add(to: Effect, from: Effect): void {
  for (const one of from.reads) to.reads.add(one);
  for (const one of from.writes) to.writes.add(one);
}

function meet(a: Set<Place>, b: Set<Place>): boolean { return [...a].some((one) => b.has(one)); }
function clash(a: Effect, b: Effect): boolean { return meet(a.writes, b.reads) || meet(a.writes, b.writes) || meet(a.reads, b.writes); }
