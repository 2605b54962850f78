/**
 * Reads a script as the strictest of the engines would: every rule that can be seen in the syntax, by TypeScript's parser.
 * What remains are rules about values (an index out of range), which the conformance script itself runs into.
 */
import { readFileSync } from "node:fs";
import ts from "typescript";
import { TAKEN_WORDS } from "../../tools/build/shrink";
import { inRoot } from "../../tools/build/paths";

/** Members that at least one engine lacks, or gives another meaning. */
const LACKING = ["fill", "copyWithin", "substr", "startsWith", "endsWith", "includes", "find", "findIndex", "imul", "clz32", "trunc", "log2", "sign", "padStart", "repeat", "from", "assign", "freeze", "getOwnPropertyNames"];

/** Kinds of syntax that came after ES5 and that the parser still takes. */
const LATER = new Set([ts.SyntaxKind.ArrowFunction, ts.SyntaxKind.ClassDeclaration, ts.SyntaxKind.ClassExpression, ts.SyntaxKind.TemplateExpression,
  ts.SyntaxKind.NoSubstitutionTemplateLiteral, ts.SyntaxKind.ForOfStatement, ts.SyntaxKind.SpreadElement, ts.SyntaxKind.ObjectBindingPattern,
  ts.SyntaxKind.ArrayBindingPattern, ts.SyntaxKind.ShorthandPropertyAssignment, ts.SyntaxKind.MethodDeclaration, ts.SyntaxKind.ComputedPropertyName,
  ts.SyntaxKind.AwaitExpression, ts.SyntaxKind.YieldExpression, ts.SyntaxKind.TaggedTemplateExpression, ts.SyntaxKind.BigIntLiteral]);

/** The faults of a script as sentences; `also` names globals that it may use besides those of engine.d.ts. */
export function dialectFaults(script: string, also: string[]): string[] {
  const file = ts.createSourceFile("script.js", script, ts.ScriptTarget.ES5, true, ts.ScriptKind.JS);
  const errors = (file as unknown as { parseDiagnostics: ts.Diagnostic[] }).parseDiagnostics;
  const faults = errors.map((error) => `it does not parse: ${ts.flattenDiagnosticMessageText(error.messageText, " ")}`);
  const visit = (node: ts.Node): void => {
    const fault = faultOf(node);
    if (fault) faults.push(`${fault} at ${node.getStart(file)}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...faults, ...catchFaults(file), ...foreignGlobals(file, new Set([...engineGlobals(), ...also]))];
}

function faultOf(node: ts.Node): string | undefined {
  if (LATER.has(node.kind) || ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) !== 0) return "syntax of after ES5";
  if (ts.isLabeledStatement(node)) return "a label, which Espruino lacks";
  if (ts.isOmittedExpression(node)) return "a hole in an array, which mquickjs lacks";
  if (ts.isRegularExpressionLiteral(node)) return "a regular expression, which engine.d.ts leaves out";
  if (ts.isIdentifier(node) && TAKEN_WORDS.includes(node.text) && isVariable(node)) return `${node.text}, a word of Espruino's parser, as a name`;
  if (ts.isIdentifier(node) && node.text === "arguments") return "arguments, which Espruino counts otherwise";
  if (ts.isPropertyAccessExpression(node) && LACKING.includes(node.name.text) && !isDefined(node)) return `${node.getText().slice(-40)}, which an engine lacks`;
  if (ts.isBinaryExpression(node) && isLength(node.left) && node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && node.operatorToken.kind <= ts.SyntaxKind.LastAssignment) {
    return "an assignment to length, which Espruino throws at";
  }
  if (ts.isCaseBlock(node)) return defaultFault(node);
  return undefined;
}

/** Is this `prototype.name = function ...`, a method of the bundle's own? */
function isDefined(node: ts.PropertyAccessExpression): boolean {
  const parent = node.parent;
  return ts.isBinaryExpression(parent) && parent.left === node && ts.isFunctionExpression(parent.right);
}

function isLength(node: ts.Expression): boolean { return ts.isPropertyAccessExpression(node) && node.name.text === "length"; }

function defaultFault(block: ts.CaseBlock): string | undefined {
  const at = block.clauses.findIndex((clause) => ts.isDefaultClause(clause));
  return at >= 0 && at < block.clauses.length - 1 ? "a case after default, which Espruino never reaches" : undefined;
}

/** Is this identifier a variable's name, and not a property's? */
function isVariable(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.name !== node;
  return !(ts.isPropertyAssignment(parent) && parent.name === node);
}

/** mquickjs: the name after catch exists neither in its function nor in one around it. */
function catchFaults(file: ts.SourceFile): string[] {
  const faults: string[] = [];
  const visit = (node: ts.Node, names: Set<string>): void => {
    const inner = ts.isFunctionLike(node) ? new Set([...names, ...node.parameters.map((parameter) => parameter.name.getText(file))]) : names;
    if (ts.isVariableDeclaration(node) && ts.isCatchClause(node.parent)) {
      const name = node.name.getText(file);
      if (inner.has(name)) faults.push(`the catch name ${name} exists already at ${node.getStart(file)}`);
      inner.add(name);
    } else if (ts.isVariableDeclaration(node)) inner.add(node.name.getText(file));
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(file, new Set());
  return faults;
}

/** The names that firmware/engine.d.ts declares for everybody. */
export function engineGlobals(): Set<string> {
  const file = ts.createSourceFile("engine.d.ts", readFileSync(inRoot("firmware", "engine.d.ts"), "utf8"), ts.ScriptTarget.ES2022, true);
  const names = file.statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map((one) => one.name.getText(file));
    return ts.isFunctionDeclaration(statement) && statement.name ? [statement.name.text] : [];
  });
  return new Set([...names, "undefined"]);
}

/** Free names of the script that are not among `known`: what an engine may not have. */
function foreignGlobals(file: ts.SourceFile, known: Set<string>): string[] {
  const found = new Set<string>();
  const visit = (node: ts.Node, scope: Set<string>): void => {
    const inner = ts.isFunctionLike(node) || ts.isSourceFile(node) || ts.isCatchClause(node) ? new Set([...scope, ...declaredIn(node, file)]) : scope;
    if (ts.isIdentifier(node) && isVariable(node) && !inner.has(node.text) && !known.has(node.text)) found.add(node.text);
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(file, new Set());
  return [...found].map((name) => `the global ${name}, which engine.d.ts does not have`);
}

/** What a function (or the script) declares itself: its parameters, variables and functions, and its own name. */
function declaredIn(node: ts.Node, file: ts.SourceFile): string[] {
  const names: string[] = [];
  if (ts.isFunctionLike(node)) {
    names.push(...node.parameters.map((parameter) => parameter.name.getText(file)), "arguments");
    if (ts.isFunctionExpression(node) && node.name) names.push(node.name.text);
  }
  const visit = (inner: ts.Node): void => {
    if (ts.isVariableDeclaration(inner)) names.push(inner.name.getText(file));
    if (ts.isFunctionDeclaration(inner) && inner.name) names.push(inner.name.text);
    if (!ts.isFunctionLike(inner)) ts.forEachChild(inner, visit);
  };
  ts.forEachChild(node, visit);
  return names;
}
