/** `zcache engine PATH`, also `npm run test:engine -- PATH`: the conformance script on somebody's engine. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { buildConformance } from "../build/engine-script";
import { inBuild } from "../build/paths";
import { PROBE, checkProgram, kindOf, lastLines, runScript, type Run } from "../engines/engine";
import { ExitCode, Failure, usage } from "../failure";
import { Report, grouped } from "../report";

export interface EngineCommandOptions {
  kind?: string;
  timeout: string;
  json?: boolean;
}

export async function engineCommand(path: string, options: EngineCommandOptions): Promise<number> {
  const report = new Report(Boolean(options.json));
  const seconds = secondsOf(options.timeout);
  checkProgram(path);
  const kind = await kindOf(path, options.kind, probeFile());
  const script = await buildConformance();
  const started = Date.now();
  const verdict = verdictOf(path, seconds, await runScript(path, script, seconds * 1000));
  const took = Date.now() - started;
  for (const line of verdict.failures) report.line(line);
  report.line(`${kind}: ${grouped(verdict.passed)} checks passed, ${grouped(verdict.failed)} failed, in ${(took / 1000).toFixed(1)} s`);
  report.document({ command: "engine", path, kind, passed: verdict.passed, failed: verdict.failed, failures: verdict.failures, milliseconds: took });
  return verdict.failed === 0 ? ExitCode.Ok : ExitCode.Threshold;
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86_400)) throw usage(`--timeout is a number of seconds from 1 to 86400, not ${text}`);
  return seconds;
}

/** The script that finds out what an engine is, as a file. Whoever reads it meanwhile, in another process, has all of it. */
function probeFile(): string {
  const path = inBuild("engines", "probe.js");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, PROBE);
  renameSync(`${path}.${process.pid}`, path);
  return path;
}

interface Verdict { passed: number; failed: number; failures: string[]; }

/** Reads the last line of the report. An engine that crashed, ran out of memory or hung has not printed one. */
function verdictOf(path: string, seconds: number, run: Run): Verdict {
  const last = /(\d+) checks passed, (\d+) failed/.exec(run.output);
  if (run.timedOut) throw new Failure(ExitCode.TimedOut, `${path} was not done after ${seconds} s: give it longer with --timeout`, lastLines(run.output));
  if (last === null) {
    const how = run.code === undefined ? "was ended by a signal" : `ended with code ${run.code}`;
    throw new Failure(ExitCode.Failed, `${path} ${how} before the last check: it has too little memory (the script and its data need about 400 KB), or does not take the script`, lastLines(run.output));
  }
  return { passed: Number(last[1]), failed: Number(last[2]), failures: run.output.split(/\r?\n/).filter((line) => line.startsWith("failed: ")) };
}
