/** Runs the bundled command line as a person would, without a terminal, and with an end to the patience. */
import { spawn } from "node:child_process";
import { inBuild, rootFolder } from "../../tools/build/paths";

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export function zcache(args: string[], options: { input?: string; timeoutMs?: number; signalAfterMs?: number } = {}): Promise<CliResult> {
  const child = spawn(process.execPath, [inBuild("zcache.mjs"), ...args], { cwd: rootFolder, stdio: ["pipe", "pipe", "pipe"] });
  const result: CliResult = { code: null, stdout: "", stderr: "" };
  child.stdout.on("data", (part: Buffer) => { result.stdout += part.toString(); });
  child.stderr.on("data", (part: Buffer) => { result.stderr += part.toString(); });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const patience = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 240_000);
  const signal = options.signalAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGINT"), options.signalAfterMs);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(patience);
      clearTimeout(signal);
      resolve({ ...result, code });
    });
  });
}
