/** How the translator says no: with file and line, and what stands there. */
import { relative } from "node:path";
import ts from "typescript";
import { rootFolder } from "../paths";

/** Throws `file:line: why: text`. `why` is a noun, the thing that the translator does not know. */
export function refuse(node: ts.Node, why: string): never {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  const text = node.getText().replace(/\s+/g, " ");
  throw new Error(`${relative(rootFolder, file.fileName)}:${line + 1}: ${why}: ${text.length > 100 ? `${text.slice(0, 100)} ...` : text}`);
}
