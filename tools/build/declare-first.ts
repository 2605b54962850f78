/**
 * Makes a script fit for an engine that does not hoist: Espruino gives a `var` life when it runs over it, so an
 * assignment that comes first, on any path, goes to whatever outer variable has that name. A minifier takes hoisting for
 * granted. Here every function whose variables are not surely declared before they are used gets one `var` for all of
 * them at its beginning, and the others lose the word.
 */
import ts from "typescript";
import { type Edit, edited } from "./traced";

type FunctionNode = ts.FunctionLikeDeclaration & { body: ts.Block };

/** The script with every variable declared before it is used. */
export function declareFirst(script: string): string { return edited(script, declarations(script)); }

/** What has to be edited for it. */
export function declarations(script: string): Edit[] {
  const file = ts.createSourceFile("bundle.js", script, ts.ScriptTarget.ES5, true, ts.ScriptKind.JS);
  const edits: Edit[] = [];
  forEachFunction(file, (node) => { if (lateNames(node, file).length > 0) edits.push(...hoist(node, file)); });
  edits.push(...parserHabits(file), ...ownCatchNames(file));
  return edits;
}

/**
 * Two more habits of its parser: `for(function(){...}();...` is a declaration there, and a `!` makes it an expression;
 * `return` wants its semicolon where the function ends.
 */
function parserHabits(file: ts.SourceFile): Edit[] {
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    const head = ts.isForStatement(node) && node.initializer && !ts.isVariableDeclarationList(node.initializer) ? node.initializer : undefined;
    if (head && head.getText(file).startsWith("function")) edits.push({ from: head.getStart(file), to: head.getStart(file), text: "!" });
    if (ts.isReturnStatement(node) && !node.expression && !node.getText(file).endsWith(";")) edits.push({ from: node.end, to: node.end, text: ";" });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return edits;
}

/** mquickjs takes no name after catch that its function or one around it has: each gets one that nobody has. */
function ownCatchNames(file: ts.SourceFile): Edit[] {
  const edits: Edit[] = [];
  const taken = new Set(file.text.match(/[\w$]+/g));
  let count = 0;
  const fresh = (): string => {
    while (taken.has(`$${count}`)) count++;
    return `$${count++}`;
  };
  const rename = (node: ts.Node, name: string, other: string): void => {
    if (ts.isIdentifier(node) && node.text === name && isVariable(node)) edits.push({ from: node.getStart(file), to: node.end, text: other });
    ts.forEachChild(node, (child) => rename(child, name, other));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCatchClause(node) && node.variableDeclaration) rename(node, node.variableDeclaration.name.getText(file), fresh());
    ts.forEachChild(node, visit);
  };
  visit(file);
  return edits;
}

/** Names of variables of any function that may be used before they are declared, with the place; what declareFirst() leaves none of. */
export function lateVariables(script: string): string[] {
  const file = ts.createSourceFile("bundle.js", script, ts.ScriptTarget.ES5, true, ts.ScriptKind.JS);
  const found: string[] = [];
  forEachFunction(file, (node) => { found.push(...lateNames(node, file).map((name) => `${name} at ${node.getStart(file)}`)); });
  return found;
}

function forEachFunction(root: ts.Node, visit: (node: FunctionNode) => void): void {
  ts.forEachChild(root, (child) => {
    if (ts.isFunctionLike(child) && "body" in child && child.body && ts.isBlock(child.body as ts.Node)) visit(child as FunctionNode);
    forEachFunction(child, visit);
  });
}

/** The `var` lists of a function, those of functions inside it left out. */
function listsOf(node: FunctionNode): ts.VariableDeclarationList[] {
  const lists: ts.VariableDeclarationList[] = [];
  const visit = (inner: ts.Node): void => {
    if (ts.isFunctionLike(inner)) return;
    if (ts.isVariableDeclarationList(inner)) lists.push(inner);
    ts.forEachChild(inner, visit);
  };
  ts.forEachChild(node.body, visit);
  return lists;
}

/** Does the list run whenever what follows it does: a statement of the body itself, or the head of a loop that is one? */
function isOnEveryPath(list: ts.VariableDeclarationList, body: ts.Block): boolean {
  const holder = list.parent;
  if (ts.isVariableStatement(holder)) return holder.parent === body;
  return ts.isForStatement(holder) && holder.initializer === list && holder.parent === body;
}

function lateNames(node: FunctionNode, file: ts.SourceFile): string[] {
  const lists = listsOf(node);
  if (lists.length === 0) return [];
  const declared = new Map<string, number>();
  const late = new Set<string>();
  const parameters = new Set(node.parameters.map((parameter) => parameter.name.getText(file)));
  for (const list of lists) for (const one of list.declarations) {
    const name = one.name.getText(file);
    if (declared.has(name) || parameters.has(name)) continue;
    if (isOnEveryPath(list, node.body)) declared.set(name, one.name.getStart(file)); else late.add(name);
  }
  const visit = (inner: ts.Node): void => {
    if (ts.isIdentifier(inner) && inner.getStart(file) < (declared.get(inner.text) ?? 0) && isVariable(inner)) late.add(inner.text);
    ts.forEachChild(inner, visit);
  };
  visit(node.body);
  return [...late];
}

/** Is this identifier the use of a variable, and not the name of a property? */
function isVariable(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.name !== node;
  return !(ts.isPropertyAssignment(parent) && parent.name === node);
}

function hoist(node: FunctionNode, file: ts.SourceFile): Edit[] {
  const lists = listsOf(node);
  const names = new Set(lists.flatMap((list) => list.declarations.map((one) => one.name.getText(file))));
  for (const parameter of node.parameters) names.delete(parameter.name.getText(file));
  const start = node.body.getStart(file) + 1;
  const edits = lists.flatMap((list) => withoutWord(list, file));
  return names.size === 0 ? edits : [...edits, { from: start, to: start, text: `var ${[...names].join(",")};` }];
}

/** Edits that leave a list's assignments and take the word and what has no value; what lies inside the values stays as it is. */
function withoutWord(list: ts.VariableDeclarationList, file: ts.SourceFile): Edit[] {
  const isIn = ts.isForInStatement(list.parent);
  const edits: Edit[] = [{ from: list.getStart(file), to: list.declarations[0]!.getStart(file), text: "" }];
  let before = false;
  list.declarations.forEach((one, index) => {
    const next = list.declarations[index + 1];
    const keeps = isIn || hasValue(one);
    if (keeps && before) edits.push({ from: one.getStart(file), to: one.getStart(file), text: "," });
    if (!keeps) edits.push({ from: one.getStart(file), to: one.end, text: "" });
    if (next) edits.push({ from: one.end, to: next.getStart(file), text: "" });
    before ||= keeps;
  });
  return edits;
}

function hasValue(one: ts.VariableDeclaration): boolean { return one.initializer !== undefined; }
