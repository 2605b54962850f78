/**
 * What the long tests (fuzz, lockstep, powerloss, soak) have in common: a program of its own with a command line, half of the work
 * in each of two processes, and a word to stderr now and then of how far it is.
 */
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";

export const SHARDS = 2;
const REPORT_MS = 10_000;

export interface Work { seed: number; operations: number; }

/**
 * The command line of a test in shards: --seed (1), --operations (so many unless told otherwise), --shard, which it gives itself, and
 * what else `more` names, as text. A sentence when something is wrong.
 */
export function readWork(operations: number, more: string): Work & { shard?: number; given?: string } | string {
  const options = { seed: { type: "string" }, operations: { type: "string" }, shard: { type: "string" }, [more]: { type: "string" } } as const;
  try {
    const values: Partial<Record<string, string | boolean>> = parseArgs({ options }).values;
    const work = { seed: Number(values["seed"] ?? 1), operations: Number(values["operations"] ?? operations) };
    if (!Object.values(work).every((value) => Number.isInteger(value) && value > 0 && value < 2 ** 31)) return "--seed and --operations take whole numbers from 1.";
    const given = values[more];
    return { ...work, ...(values["shard"] === undefined ? {} : { shard: Number(values["shard"]) }), ...(typeof given === "string" ? { given } : {}) };
  } catch (error) {
    return (error as Error).message;
  }
}

/** Runs this program once for each part. What each printed last, as JSON; or what those that broke printed. */
export async function runShards<Part>(work: Work): Promise<Part[] | string> {
  const results = await Promise.all(Array.from({ length: SHARDS }, (_, shard) => startShard(work, shard)));
  const broken = results.filter(({ code }) => code !== 0);
  return broken.length > 0 ? broken.map(({ output }) => output.trimEnd()).join("\n") : results.map(({ output }) => JSON.parse(output) as Part);
}

function startShard({ seed, operations }: Work, shard: number): Promise<{ code: number; output: string }> {
  const args = [process.argv[1], "--seed", String(seed), "--operations", String(operations), "--shard", String(shard)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (part: Buffer) => { output += part.toString(); });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => { resolve({ code: code ?? 5, output }); });
  });
}

/** Says a line to stderr, if some seconds have passed since the last or since the beginning. */
export function reporter(): (line: string) => void {
  let reportedMs = Date.now();
  return (line) => {
    if (Date.now() - reportedMs < REPORT_MS) return;
    reportedMs = Date.now();
    console.error(line);
  };
}
