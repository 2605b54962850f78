/**
 * What a profile knows beforehand, put into the core's source before it is lowered. A profile is a set of facts: knobs
 * that cannot be turned in it, allocators that it brings, and questions that always have the same answer. The core's
 * source knows nothing of profiles; here a fact takes the place of the expression that asks for it, and the minifier then
 * drops every branch that cannot be reached, and with the branches the modules that only they called.
 *
 *   F1 `knob(Knob.X)` of a fixed knob is its value.
 *   F2 `allocator == Allocator.X`, in the dispatcher zpool.ts, is false for an allocator that the profile lacks, and true
 *      for the only one: the dispatcher's callers have seen to it that there is an allocator at all. Calls of functions of
 *      an allocator that the profile lacks are never made there. `HAS_X` (features.ts) says everywhere whether it has it.
 *   F3 a call of a function that a fact names is the fact. Its arguments are names and numbers, so nothing is lost.
 *   F4 a variable of layout.ts that a fact names is that number.
 *   F5 a passage, an expression of one function (or `everywhere`) as it is written in the source, is another one: what it
 *      comes to where the rest is as the profile says.
 *   F6 a twin: a function or variable of the profile's own takes the place of the core's under the same name. It does the
 *      same for every caller that the profile has, and is shorter. Functions that give a twin variable its value go too.
 *   F7 every fact names something that the core has. One that does not fails the build: it would change nothing and seem
 *      to hold.
 */
import { relative } from "node:path";
import ts from "typescript";
import { inRoot } from "./paths";

export interface Twins {
  /** The profile's module, from the checkout's top, without its ending. */
  module: string;
  /** What it has in the place of what files of the core have, by those files' names. */
  of: Record<string, string[]>;
}

export interface Facts {
  /** Knobs by name, at the values they have for good. */
  knobs: Record<string, number>;
  /** Allocators by their names in handles.ts; all when it is left out. */
  allocators?: string[];
  /** Functions of the core by name, and what they return. */
  answers: Record<string, number | boolean>;
  /** Variables of layout.ts that never change. */
  variables?: Record<string, number>;
  /** Passages by the function that they are in (or `everywhere`), and what takes their place. */
  passages?: Record<string, Record<string, string>>;
  twins?: Twins;
}

/** What stands for a call that is never made. */
const UNREACHED = "-1";
const ALLOCATOR_CALL = /^(zbud|zfold|zsmalloc|tlsf|raw)[A-Z]/;
const FEATURE = /^HAS_(ZBUD|ZFOLD|ZSMALLOC|TLSF)$/;
/** Passages under this name are replaced in every function. */
export const EVERYWHERE = "everywhere";

/** A transformer to run before tsc's own. Throws, with every fact that names nothing, before it has changed anything. */
export function stateFacts(program: ts.Program, facts: Facts): ts.TransformerFactory<ts.SourceFile> {
  // A node knows what is around it once its file has been bound, which asking for the checker does.
  program.getTypeChecker();
  const faults = faultsOf(program, facts);
  if (faults.length > 0) throw new Error(`facts of a profile that name nothing in the core:\n  ${faults.join("\n  ")}`);
  return (context) => (file) => isCore(file) || isShape(file) ? new Stater(context, facts, file).run() : file;
}

/** The shapes lie over the core and ask for knobs too. */
function isShape(file: ts.SourceFile): boolean { return !relative(inRoot("firmware", "shapes"), file.fileName).startsWith(".."); }

function isCore(file: ts.SourceFile): boolean { return nameInCore(file) !== undefined; }

/** The file's name within the core, without its ending: store/tmem. */
function nameInCore(file: ts.SourceFile): string | undefined {
  const name = relative(inRoot("firmware", "core"), file.fileName);
  return name.startsWith("..") ? undefined : name.replace(/\.ts$/, "");
}

/** Is this a function of an allocator that the profile lacks? */
function isOfAnother(name: string, allocators: string[]): boolean {
  const prefix = ALLOCATOR_CALL.exec(name)?.[1];
  return prefix !== undefined && !allocators.some((allocator) => allocator.toLowerCase() === prefix);
}

/** One file with the facts put in. */
class Stater {
  private readonly isDispatcher: boolean;
  private readonly twins: string[];

  constructor(private readonly context: ts.TransformationContext, private readonly facts: Facts, private readonly file: ts.SourceFile) {
    this.isDispatcher = nameInCore(file) === "zpool/zpool";
    this.twins = facts.twins?.of[nameInCore(file)!] ?? [];
  }

  run(): ts.SourceFile {
    const stated = ts.visitEachChild(this.file, (node) => this.visit(node, EVERYWHERE), this.context);
    if (this.twins.length === 0) return stated;
    const kept = stated.statements.filter((_, index) => !isReplaced(this.file.statements[index]!, this.twins));
    return this.context.factory.updateSourceFile(stated, [...this.twinStatements(), ...kept]);
  }

  private visit(node: ts.Node, inFunction: string): ts.Node {
    const within = ts.isFunctionDeclaration(node) && node.name ? node.name.text : inFunction;
    const known = ts.isExpression(node) ? this.factFor(node, within) : undefined;
    return known === undefined ? ts.visitEachChild(node, (child) => this.visit(child, within), this.context) : this.expression(known);
  }

  private factFor(node: ts.Expression, within: string): string | undefined {
    if (ts.isIdentifier(node) && !isUse(node)) return undefined;
    const passages = this.facts.passages ?? {};
    const text = node.getText(this.file);
    for (const place of [within, EVERYWHERE]) if (Object.hasOwn(passages[place] ?? {}, text)) return passages[place]![text];
    if (ts.isIdentifier(node) && this.facts.allocators && FEATURE.test(node.text)) {
      return String(this.facts.allocators.some((one) => `HAS_${one.toUpperCase()}` === node.text));
    }
    if (ts.isIdentifier(node)) return Object.hasOwn(this.facts.variables ?? {}, node.text) ? String(this.facts.variables![node.text]) : undefined;
    const answer = ts.isCallExpression(node) ? answerOf(node, this.facts, this.isDispatcher) : this.isDispatcher ? verdictOn(node, this.facts) : undefined;
    return answer === undefined ? undefined : String(answer);
  }

  /** The expression that a fact's text is, with no place in any file. */
  private expression(text: string): ts.Expression {
    const parsed = ts.createSourceFile("fact.ts", `(${text})`, ts.ScriptTarget.ES2022, true).statements[0] as ts.ExpressionStatement;
    const detach = (node: ts.Node): ts.Node => {
      if (ts.isIdentifier(node)) return this.context.factory.createIdentifier(node.text);
      if (ts.isNumericLiteral(node)) return this.context.factory.createNumericLiteral(node.text);
      return ts.setTextRange(ts.visitEachChild(node, detach, this.context), { pos: -1, end: -1 });
    };
    return detach(parsed.expression) as ts.Expression;
  }

  /** F6: what comes from the profile's module, and goes on from here as this file's own. */
  private twinStatements(): ts.Statement[] {
    const factory = this.context.factory;
    const from = relative(inRoot("firmware", "core", nameInCore(this.file)!, ".."), inRoot(this.facts.twins!.module));
    const specifiers = this.twins.map((name) => factory.createImportSpecifier(false, undefined, factory.createIdentifier(name)));
    const exported = this.twins.map((name) => factory.createExportSpecifier(false, undefined, name));
    return [
      factory.createImportDeclaration(undefined, factory.createImportClause(false, undefined, factory.createNamedImports(specifiers)), factory.createStringLiteral(from)),
      factory.createExportDeclaration(undefined, false, factory.createNamedExports(exported)),
    ];
  }
}

/** Does this statement declare one of these names, or is it a function that gives one of them a value, which is the profile's to do? */
function isReplaced(statement: ts.Statement, names: string[]): boolean {
  if (declaredBy(statement).some((name) => names.includes(name))) return true;
  const assigns = (node: ts.Node): boolean => ts.isIdentifier(node) && names.includes(node.text) && isAssigned(node) || ts.forEachChild(node, assigns) === true;
  return ts.isFunctionDeclaration(statement) && assigns(statement);
}

function declaredBy(statement: ts.Statement): string[] {
  if (ts.isFunctionDeclaration(statement)) return statement.name ? [statement.name.text] : [];
  return ts.isVariableStatement(statement) ? statement.declarationList.declarations.map((one) => one.name.getText()) : [];
}

/** Is the value of this variable asked for here? Not where it is declared, brought in, or assigned. */
function isUse(name: ts.Identifier): boolean {
  const parent = name.parent;
  if (ts.isVariableDeclaration(parent) && parent.name === name || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  if (ts.isParameter(parent) || ts.isFunctionDeclaration(parent)) return false;
  if (ts.isPropertyAccessExpression(parent) && parent.name === name) return false;
  return !isAssigned(name);
}

function isAssigned(name: ts.Identifier): boolean {
  const parent = name.parent;
  return ts.isBinaryExpression(parent) && parent.left === name && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

/** F1, F3. */
function answerOf(call: ts.CallExpression, facts: Facts, isDispatcher: boolean): number | boolean | string | undefined {
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

/** F7: the facts that name nothing, as sentences. */
export function faultsOf(program: ts.Program, facts: Facts): string[] {
  const files = program.getSourceFiles().filter(isCore);
  const named = namesOf(files);
  const faults: string[] = [];
  const expect = (isThere: boolean, sentence: string): void => { if (!isThere) faults.push(sentence); };
  for (const name of Object.keys(facts.knobs)) expect(named.members.has(`Knob.${name}`), `there is no knob ${name}`);
  for (const name of facts.allocators ?? []) expect(named.members.has(`Allocator.${name}`), `there is no allocator ${name}`);
  for (const name of Object.keys(facts.answers)) expect(named.functions.has(name), `there is no function ${name}`);
  for (const name of Object.keys(facts.variables ?? {})) expect(named.declared.has(`layout ${name}`), `layout.ts has no variable ${name}`);
  for (const [within, passages] of Object.entries(facts.passages ?? {})) {
    for (const text of Object.keys(passages)) expect(named.expressions.get(within)?.has(text) ?? false, `${within} has no expression ${text}`);
  }
  for (const [file, names] of Object.entries(facts.twins?.of ?? {})) {
    for (const name of names) expect(named.declared.has(`${file} ${name}`), `${file}.ts declares no ${name}`);
  }
  return [...faults, ...twinFaults(program, facts.twins)];
}

/** Twins that the profile's module does not have. */
function twinFaults(program: ts.Program, twins: Twins | undefined): string[] {
  if (!twins) return [];
  const file = program.getSourceFile(inRoot(`${twins.module}.ts`));
  const exported = new Set(file?.statements.flatMap(declaredBy) ?? []);
  return Object.values(twins.of).flat().filter((name) => !exported.has(name)).map((name) => `${twins.module}.ts has no ${name}`);
}

interface Names {
  functions: Set<string>;
  /** File and name of what files declare outside functions. */
  declared: Set<string>;
  /** Enum members, with their enum's name. */
  members: Set<string>;
  /** Expressions by the function that they are in, and everywhere. */
  expressions: Map<string, Set<string>>;
}

function namesOf(files: ts.SourceFile[]): Names {
  const names: Names = { functions: new Set(), declared: new Set(), members: new Set(), expressions: new Map([[EVERYWHERE, new Set()]]) };
  for (const file of files) {
    for (const name of file.statements.flatMap(declaredBy)) names.declared.add(`${nameInCore(file)} ${name}`);
    const visit = (node: ts.Node, inFunction: string): void => {
      const within = ts.isFunctionDeclaration(node) && node.name ? node.name.text : inFunction;
      if (ts.isFunctionDeclaration(node)) names.functions.add(within);
      if (ts.isImportSpecifier(node)) names.functions.add(node.name.text);
      if (ts.isEnumMember(node)) names.members.add(`${node.parent.name.text}.${node.name.getText(file)}`);
      if (ts.isExpression(node)) for (const place of [within, EVERYWHERE]) addTo(names.expressions, place, node.getText(file));
      ts.forEachChild(node, (child) => visit(child, within));
    };
    visit(file, EVERYWHERE);
  }
  return names;
}

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key);
  if (set) set.add(value); else map.set(key, new Set([value]));
}
