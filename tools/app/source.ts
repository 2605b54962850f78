/** An app's files: read, and looked through for what no board would take, with line and column, before a board is asked. */
import { readFileSync, statSync } from "node:fs";
import { transform, type TransformFailure } from "esbuild";
import { sized } from "../bounded-file";
import { WIRE_PAYLOAD_MAX } from "../../firmware/link/wire";
import { ExitCode, Failure, messageOf, usage } from "../failure";
import { decodeSource } from "./text";

export interface AppSource {
  path: string;
  /** The module's name; empty for the app itself. */
  name: string;
  text: string;
}

const NAME = /^[\w.-]{1,23}$/;

/** The app at `path` and its modules, each "name=file"; throws one sentence about the first that cannot be used. */
export async function readApp(path: string, modules: string[]): Promise<AppSource[]> {
  const sources = [{ path, name: "", text: readText(sized(path)) }, ...modules.map(readModule)];
  for (const source of sources) await checkSyntax(source);
  return sources;
}

function readModule(given: string): AppSource {
  const [, name = "", path = ""] = /^([^=]*)=(.+)$/.exec(given) ?? [];
  if (!NAME.test(name) || name === "zcache") throw usage(`--module is "${given}": expected name=file, a name of up to 23 letters, digits, dots or hyphens that is not zcache`);
  return { path, name, text: readText(sized(path)) };
}

/** The text of a file; throws one sentence when it cannot be read or is not UTF-8. */
export function readText(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw usage(`there is no file ${path}: check the name`);
  return decodeSource(path, bytesOf(path)).replace(/\r\n/g, "\n");
}

function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Failure(ExitCode.Failed, `${path} cannot be read (${messageOf(error)})`);
  }
}

/** ES5 is what the board's engine runs: let, arrow functions and the like are refused here as well. */
export async function checkSyntax({ path, text }: AppSource): Promise<void> {
  const long = text.split("\n").findIndex((line) => Buffer.byteLength(line) > WIRE_PAYLOAD_MAX);
  if (long >= 0) throw new Failure(ExitCode.Failed, `${path}:${long + 1}: the line is longer than the ${WIRE_PAYLOAD_MAX} bytes of a packet: break it`);
  try {
    await transform(text, { loader: "js", target: "es5", logLevel: "silent" });
  } catch (error) {
    const [first] = (error as TransformFailure).errors ?? [];
    if (!first) throw error;
    const place = first.location ? `${first.location.line}:${first.location.column + 1}` : "1:1";
    throw new Failure(ExitCode.Failed, `${path}:${place}: ${first.text}; nothing was loaded`);
  }
}
