/**
 * An engine as a program on this machine: which kind it is, and running one script on it. Every kind takes the script's
 * path as its last argument and prints on standard output:
 *
 *   jerry FILE     JerryScript's shell      mqjs FILE       MicroQuickJS      duk FILE    Duktape's shell
 *   espruino FILE  Espruino for Linux       qjs FILE        QuickJS           node FILE   Node
 */
import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { basename } from "node:path";
import { ExitCode, Failure, usage } from "../failure";

export const KINDS = ["jerry", "espruino", "mqjs", "duk", "qjs", "node"] as const;
export type Kind = typeof KINDS[number];

/** Parts of a program's name that give its kind away; the longer ones first, because mqjs ends in qjs. */
const NAMES: [RegExp, Kind][] = [[/jerry/i, "jerry"], [/espruino/i, "espruino"], [/mqjs|mquickjs/i, "mqjs"], [/duk/i, "duk"], [/qjs|quickjs/i, "qjs"], [/^node/i, "node"]];

/** What an engine has among its globals that the others lack; the last one stands for itself. */
export const PROBE = `var answer = typeof Duktape == "object" ? "duk" : typeof E == "object" && typeof E.getSizeOf == "function" ? "espruino"
  : typeof process == "object" && process.versions && process.versions.node ? "node" : typeof Map == "undefined" ? "mqjs"
  : typeof console == "undefined" ? "jerry" : "qjs";
if (typeof print == "function") print("kind=" + answer); else console.log("kind=" + answer);
`;

/** The most that is kept of what an engine prints. */
const MOST_OUTPUT = 1 << 20;
/** A script of three lines; the rest is for a machine that is busy. */
const PROBE_MS = 60_000;

export interface Run {
  /** undefined: it was ended by a signal. */
  code: number | undefined;
  output: string;
  timedOut: boolean;
}

/** Throws unless the path names a program that may be run. */
export function checkProgram(path: string): void {
  try {
    if (!statSync(path).isFile()) throw usage(`${path} is a folder: give the path of an engine's binary`);
    accessSync(path, constants.X_OK);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new Failure(ExitCode.NoTool, missing ? `there is no file ${path}: give the path of an engine's binary, such as /usr/bin/duk` : `${path} may not be run: chmod +x it, or give another engine's binary`);
  }
}

/** The kind that was asked for, or that the name says, or that a script of a few lines finds out. */
export async function kindOf(path: string, asked: string | undefined, probe: string): Promise<Kind> {
  if (asked !== undefined) {
    if ((KINDS as readonly string[]).includes(asked)) return asked as Kind;
    throw usage(`an engine of the kind ${asked} is not known: the kinds are ${KINDS.join(", ")}`);
  }
  const named = NAMES.find(([pattern]) => pattern.test(basename(path)));
  if (named) return named[1];
  const { output } = await runScript(path, probe, PROBE_MS);
  const found = /kind=(\w+)/.exec(output)?.[1];
  if (found) return found as Kind;
  throw new Failure(ExitCode.Failed, `${path} did not run a script of three lines: is it a JavaScript engine's shell?`, lastLines(output));
}

/** Runs the script without input; ends the engine when it takes too long. */
export function runScript(path: string, script: string, timeoutMs: number): Promise<Run> {
  const child = spawn(path, [script], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let timedOut = false;
  const keep = (part: Buffer): void => { if (output.length < MOST_OUTPUT) output += part.toString(); };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const patience = setTimeout(() => { timedOut = child.kill("SIGKILL"); }, timeoutMs);
  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      clearTimeout(patience);
      reject(new Failure(ExitCode.Failed, `${path} cannot be run (${error.message}): is it a program for this machine?`));
    });
    child.on("close", (code) => {
      clearTimeout(patience);
      resolve({ code: code ?? undefined, output, timedOut });
    });
  });
}

/** The last lines of what was printed, none of them long. */
export function lastLines(output: string): string[] {
  return output.split(/\r?\n/).map((line) => line.replace(/\s+/g, " ").trim().slice(0, 160)).filter((line) => line !== "").slice(-6);
}
