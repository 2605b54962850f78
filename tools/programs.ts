/** Programs of the system: where they are, and running one whose words a person is to see. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { ExitCode, Failure } from "./failure";
import { sayProgram } from "./words";

/** The path of an executable on PATH; undefined when there is none. */
export function findProgram(name: string): string | undefined {
  return (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs a program whose output goes to standard error as it comes; a failure keeps its last lines. */
export function runVisibly([program, ...args]: string[]): Promise<void> {
  sayProgram([program, ...args]);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let tail = "";
  const show = (part: Buffer): void => {
    process.stderr.write(part);
    tail = (tail + part.toString()).slice(-2000);
  };
  child.stdout.on("data", show);
  child.stderr.on("data", show);
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new Failure(ExitCode.Failed, `${program} cannot be started (${error.message})`)));
    child.on("close", (code, signal) => {
      if (code === 0) return resolve();
      const last = tail.split(/[\r\n]+/).map((line) => line.trim()).filter((line) => line !== "").slice(-3);
      reject(new Failure(ExitCode.Failed, `${program} ${signal ? `was ended by ${signal}` : `ended with code ${code}`}: look at what it printed`, last));
    });
  });
}
