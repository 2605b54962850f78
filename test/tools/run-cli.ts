/** Runs the bundled command line as a person would, without a terminal, and with an end to the patience (code null). */
import { spawn } from "node:child_process";
import { inBuild, rootFolder } from "../../tools/build/paths";
import { PATIENCE_MS } from "../helpers/patience";

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  /** Ctrl-C once this has been printed. */
  interruptAfter?: RegExp;
  /** Standard input; nothing when absent. */
  input?: string;
  /** Environment variables instead of the inherited ones. */
  env?: Record<string, string>;
}

export function zcache(args: string[], options: CliOptions = {}): Promise<CliResult> {
  const env = { ...process.env, ...options.env };
  const child = spawn(process.execPath, [inBuild("zcache.mjs"), ...args], { cwd: rootFolder, stdio: ["pipe", "pipe", "pipe"], env });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const result: CliResult = { code: null, stdout: "", stderr: "" };
  child.stdout.on("data", (part: Buffer) => { result.stdout += part.toString(); });
  child.stderr.on("data", (part: Buffer) => { result.stderr += part.toString(); });
  const interrupt = (): void => { if (options.interruptAfter?.test(result.stdout + result.stderr)) child.kill("SIGINT"); };
  child.stdout.on("data", interrupt);
  child.stderr.on("data", interrupt);
  const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(patience);
      resolve({ ...result, code });
    });
  });
}
