/**
 * What a profile knows beforehand, put into the core's source before it is lowered. A profile is a set of facts: knobs
 * that cannot be turned in it, allocators that it brings, and questions that always have the same answer. The core's
 * source knows nothing of profiles; here a fact takes the place of the expression that asks for it, and the minifier then
 * drops every branch that cannot be reached, and with the branches the modules that only they called.
 *
 *   F1 `knob(Knob.X)` of a fixed knob is its value. setKnob() still takes that value and no other (config.ts is told).
 *   F2 `allocator == Allocator.X`, in the dispatcher zpool.ts, is false for an allocator that the profile lacks, and true
 *      for the only one: the dispatcher's callers have seen to it that there is an allocator at all. Calls of functions of
 *      an allocator that the profile lacks are never made there.
 *   F3 a call of a function that a fact names is the fact. Its arguments are names and numbers, so nothing is lost.
 */
import ts from "typescript";

export interface Facts {
  /** Knobs by name, at the values they have for good. */
  knobs: Record<string, number>;
  /** Allocators by their names in handles.ts; all four when it is left out. */
  allocators?: string[];
  /** Functions of the core by name, and what they return. */
  answers: Record<string, number | boolean>;
}

/** A transformer to run before tsc's own. */
export function stateFacts(facts: Facts): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => {
    const factory = context.factory;
    const isDispatcher = /zpool\/zpool\.ts$/.test(file.fileName);
    const literal = (value: number | boolean): ts.Expression => typeof value === "boolean"
      ? (value ? factory.createTrue() : factory.createFalse())
      : value < 0 ? factory.createPrefixUnaryExpression(ts.SyntaxKind.MinusToken, factory.createNumericLiteral(-value)) : factory.createNumericLiteral(value);
    const visit = (node: ts.Node): ts.Node => {
      const known = ts.isCallExpression(node) ? answerOf(node, facts, isDispatcher) : isDispatcher ? verdictOn(node, facts) : undefined;
      return known === undefined ? ts.visitEachChild(node, visit, context) : literal(known);
    };
    return ts.visitEachChild(file, visit, context);
  };
}

/** What stands for a call that is never made. */
const UNREACHED = -1;
const ALLOCATOR_CALL = /^(zbud|zfold|zsmalloc|tlsf)[A-Z]/;

/** Is this a function of an allocator that the profile lacks? */
function isOfAnother(name: string, allocators: string[]): boolean {
  const prefix = ALLOCATOR_CALL.exec(name)?.[1];
  return prefix !== undefined && !allocators.some((allocator) => allocator.toLowerCase() === prefix);
}

/** F1, F3. */
function answerOf(call: ts.CallExpression, facts: Facts, isDispatcher: boolean): number | boolean | undefined {
  if (!ts.isIdentifier(call.expression)) return undefined;
  const name = call.expression.text;
  if (isDispatcher && facts.allocators && isOfAnother(name, facts.allocators)) return UNREACHED;
  if (Object.hasOwn(facts.answers, name)) return facts.answers[name];
  const which = call.arguments[0];
  if (name !== "knob" || !which || !ts.isPropertyAccessExpression(which)) return undefined;
  return Object.hasOwn(facts.knobs, which.name.text) ? facts.knobs[which.name.text] : undefined;
}

/** F2. */
function verdictOn(node: ts.Node, facts: Facts): boolean | undefined {
  if (!facts.allocators || !ts.isBinaryExpression(node) || !ts.isPropertyAccessExpression(node.right)) return undefined;
  if (node.operatorToken.kind !== ts.SyntaxKind.EqualsEqualsToken || node.right.expression.getText() !== "Allocator") return undefined;
  if (!facts.allocators.includes(node.right.name.text)) return false;
  return facts.allocators.length === 1 ? true : undefined;
}
