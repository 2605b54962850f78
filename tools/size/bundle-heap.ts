/**
 * The heap that a bundle takes, by module. Each function of the bundle that lies in no other is compiled by itself, one after the
 * other in one Duktape: what the engine then keeps more is that function's, and belongs to the modules whose characters it consists
 * of. What the whole bundle keeps beyond the sum is the row "shared": names of the scope that all functions see, objects made on
 * loading. Strings count with the function that has them first.
 */
import ts from "typescript";
import { SHARED } from "./image-modules";
import { type HeapUse, Kind, type Script, duktapeHeap, programOf, quickJsHeap } from "./heap-gauge";

/** A script's text by module: name and number of characters, one piece after the other. */
export type Owned = [module: string, characters: number][];

export interface BundleHeap {
  /** What stays when the bundle is loaded, in each engine. */
  duktape: number;
  quickjs: number;
  /** Of Duktape's, by module; undefined when nobody knows whose the bundle's characters are. */
  modules?: Record<string, number>;
}

interface Span { from: number; to: number; isDeclared: boolean; }

/** The functions of a script that lie in no other, but for the one that is around them all. */
export function outermostFunctions(script: string): Span[] {
  const file = ts.createSourceFile("bundle.js", script, ts.ScriptTarget.ES5, true, ts.ScriptKind.JS);
  const found: Span[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionExpression(node) || ts.isFunctionDeclaration(node)) {
      if (!isAround(node)) { found.push({ from: node.getStart(file), to: node.end, isDeclared: ts.isFunctionDeclaration(node) }); return; }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Is this the function that a script runs at once, and that everything lies in? */
function isAround(node: ts.Node): boolean {
  let outer = node.parent;
  while (ts.isParenthesizedExpression(outer) || ts.isPrefixUnaryExpression(outer) || ts.isCallExpression(outer)) outer = outer.parent;
  return ts.isExpressionStatement(outer) && ts.isSourceFile(outer.parent);
}

export async function measureBundle(script: string, owned: Owned | undefined): Promise<BundleHeap> {
  const spans = owned ? outermostFunctions(script) : [];
  const functions = spans.map(({ from, to, isDeclared }): Script => {
    const text = script.slice(from, to);
    return { kind: Kind.Function, text: isDeclared ? text : `(${text})` };
  });
  const [whole, ...uses] = await duktapeHeap([{ kind: Kind.Run, text: programOf(script) }, ...functions]);
  const heap: BundleHeap = { duktape: whole!.kept, quickjs: await quickJsHeap(programOf(script)) };
  return owned ? { ...heap, modules: byModule(spans, uses, owned, heap.duktape) } : heap;
}

/** Each function's heap to its modules, by their characters in it; whole bytes, and with "shared" they add up to `bytes`. */
export function byModule(spans: Span[], uses: HeapUse[], owned: Owned, bytes: number): Record<string, number> {
  const sums = new Map<string, number>();
  spans.forEach((span, i) => {
    for (const [module, characters] of within(span, owned)) {
      sums.set(module, (sums.get(module) ?? 0) + uses[i]!.kept * characters / (span.to - span.from));
    }
  });
  const rows = [...sums].map(([module, heap]): [string, number] => [module, Math.round(heap)]);
  const known = rows.reduce((sum, [, heap]) => sum + heap, 0);
  return Object.fromEntries([...rows, [SHARED, bytes - known]]);
}

function within({ from, to }: Span, owned: Owned): Map<string, number> {
  const counts = new Map<string, number>();
  let at = 0;
  for (const [module, characters] of owned) {
    const overlap = Math.min(to, at + characters) - Math.max(from, at);
    if (overlap > 0) counts.set(module, (counts.get(module) ?? 0) + overlap);
    at += characters;
  }
  return counts;
}
