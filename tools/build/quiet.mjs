/**
 * Runs a program whose output is kept back. Plain JavaScript, because build.mjs needs it before anything is compiled.
 */
import { spawn } from "node:child_process";

const BEAT_MS = 10_000;

/**
 * Runs a command without input. Every ten seconds the last line of its output is shown, and when it fails the last
 * twenty.
 * @param {string[]} command
 * @param {string} folder where it runs
 * @param {(line: string) => void} say
 * @returns {Promise<void>}
 */
export function runQuietly(command, folder, say) {
  const start = Date.now();
  let output = "";
  const child = spawn(command[0], command.slice(1), { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const keep = (/** @type {Buffer} */ part) => { output = (output + part.toString()).slice(-8000); };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const beat = setInterval(() => {
    const last = output.trimEnd().split(/[\r\n]/).pop() ?? "";
    say(`  ${Math.round((Date.now() - start) / 1000)} s${last ? `: ${last.slice(0, 100)}` : ""}`);
  }, BEAT_MS);
  return new Promise((resolve, reject) => {
    child.on("error", (error) => { clearInterval(beat); reject(error); });
    child.on("close", (code) => {
      clearInterval(beat);
      if (code === 0) return resolve();
      const tail = output.trimEnd().split("\n").slice(-20).join("\n");
      reject(new Error(`\`${command.join(" ")}\` failed with code ${code}:\n${tail}`));
    });
  });
}
