/**
 * The names of properties that a bundle shares with its outside, which no tool may rename. They are read from the types that
 * describe the outside, so that a new member cannot be forgotten:
 *
 *   N1 every member in zcache.d.ts (what an app calls) and engine.d.ts (what an engine brings);
 *   N2 every member of an interface that a port exports (hal/ENGINE: options, the host's flash, modules of an engine) and of
 *      those that hal/script/open.ts and the surfaces export.
 *      So is Opened (firmware/api/open.ts), which an app sees when it prints a handle;
 *   N3 every text in the source that is a name: a member that is reached by brackets is called by it. Not so the names that hide() is told, which are renamed with the members.
 */
import { basename, dirname } from "node:path";
import ts from "typescript";
import { isHiddenName } from "./direct-calls";
import { inRoot } from "./paths";

/** Files whose interfaces are all the outside's. */
const DECLARATIONS = ["firmware/engine.d.ts", "firmware/api/zcache.d.ts"];
const OPENED = { file: "firmware/api/open.ts", name: "Opened" };
/** Files of ports and surfaces: their exported interfaces are. */
const PORT = /^(flash|main.*|open|surface-.*)\.ts$/;

/** What hal/script/flash.ts exports is between the ports and the store, so it is no outside. */
function isPort(path: string): boolean { return PORT.test(basename(path)) && basename(dirname(dirname(path))) === "hal" && !path.endsWith("script/flash.ts"); }

/** The names, for a program's sources (N3) and ports (N2). */
export function outsideNames(program: ts.Program): string[] {
  const names = new Set<string>();
  for (const file of declarations(program)) for (const name of membersIn(file)) names.add(name);
  for (const file of program.getSourceFiles()) {
    if (file.isDeclarationFile) continue;
    const isOutside = (name: string): boolean => isPort(file.fileName) || file.fileName === inRoot(OPENED.file) && name === OPENED.name;
    for (const statement of file.statements) {
      if (ts.isInterfaceDeclaration(statement) && isOutside(statement.name.text)) for (const name of membersIn(statement)) names.add(name);
    }
    for (const name of textsIn(file)) names.add(name);
  }
  return [...names].sort();
}

function declarations(program: ts.Program): ts.SourceFile[] {
  return DECLARATIONS.map((path) => program.getSourceFile(inRoot(path)) ?? ts.createSourceFile(path, ts.sys.readFile(inRoot(path))!, ts.ScriptTarget.ES2022, true));
}

function isName(text: string): boolean { return /^[A-Za-z_$][\w$]*$/.test(text); }

/** The names of all members declared below a node, whatever declares them. */
function membersIn(root: ts.Node): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isPropertySignature(node) || ts.isMethodSignature(node)) && ts.isIdentifier(node.name)) names.push(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return names;
}

function textsIn(root: ts.Node): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) && isName(node.text) && !isHiddenName(node) && !ts.isLiteralTypeNode(node.parent) && !ts.isImportDeclaration(node.parent)) names.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return names;
}
