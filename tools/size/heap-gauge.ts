/**
 * How much heap scripts take, measured on two engines:
 *
 *   duktape   the engine of our boards, in the emulator (tools/size/native): bytes as `.mem` counts them
 *   quickjs   QuickJS as wasm, which is a 32-bit build, too: what its own count of memory says
 *
 * Both are exact and the same each time.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runBenchImage } from "../bench/codec-bench";
import { DEFAULT_BOARD, loadBoard } from "../board-file";
import { buildHeapGauge } from "../build/image";
import { needPackages } from "../build/steps";
import { beforeExit } from "../cleanup";
import { ExitCode, Failure } from "../failure";

/** What a script is: the numbers are those of tools/size/native/main.c. */
export enum Kind {
  /** A program: run in an engine of its own, and what it gives is kept. */
  Run = 0,
  /** A program: compiled in an engine of its own. */
  Program = 1,
  /** function name(...) {...} or (function (...) {...}): kept in the engine of the functions right before it, whose strings it shares. */
  Function = 2,
}

export interface Script { kind: Kind; text: string; }

/** Bytes in use before it (of a fresh engine: what the engine itself takes), and how many more stay. */
export interface HeapUse { base: number; kept: number; }

/** A bundle as a program that gives what it defines: `zcache` is a word of our board's own, which cannot be assigned to there. */
export function programOf(bundle: string): string { return `(function(){${bundle}\nreturn zcache})()`; }

const WORDS = 2;
const STEPS = ["reading its arguments", "opening its files", "starting the engine", "running a script", "writing its figures"];

/** In our board's engine, on the module with external memory, because a full bundle takes more than a board has. */
export async function duktapeHeap(scripts: Script[]): Promise<HeapUse[]> {
  const image = await buildHeapGauge(DEFAULT_BOARD);
  const folder = mkdtempSync(join(tmpdir(), "zcache-size-"));
  const forget = beforeExit(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const [scriptsPath, figuresPath] = ["scripts", "figures"].map((name) => join(folder, name));
    writeFileSync(scriptsPath!, Buffer.concat(scripts.map(packed)));
    await runBenchImage(loadBoard(DEFAULT_BOARD), { image, arguments: [scriptsPath!, figuresPath!], steps: STEPS, log: "qemu-heap-gauge.log" });
    const figures = readFileSync(figuresPath!);
    if (figures.length !== scripts.length * WORDS * 4) throw new Failure(ExitCode.Failed, `the heap gauge answered ${figures.length / WORDS / 4} of ${scripts.length} scripts`);
    return scripts.map((_, i) => {
      const [base, after] = [0, 1].map((word) => figures.readUInt32LE((i * WORDS + word) * 4));
      return { base: base!, kept: after! - base! };
    });
  } finally {
    forget();
    rmSync(folder, { recursive: true, force: true });
  }
}

function packed({ text, kind }: Script): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(kind, 0);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

/** In QuickJS: bytes that stay when the program has been run and what it gives is kept. */
export async function quickJsHeap(program: string): Promise<number> {
  // Fetched when it is wanted: it is large, and every other command does without.
  await needPackages("measure");
  const { newQuickJSWASMModuleFromVariant } = await import("quickjs-emscripten-core");
  const { default: variant } = await import("@jitl/quickjs-wasmfile-release-sync");
  const runtime = (await newQuickJSWASMModuleFromVariant(variant)).newRuntime();
  const context = runtime.newContext();
  const used = (): number => {
    const usage = runtime.computeMemoryUsage();
    const { memory_used_size: bytes } = context.dump(usage) as { memory_used_size: number };
    usage.dispose();
    return bytes;
  };
  // What the first script makes and the next ones share is the engine's.
  context.unwrapResult(context.evalCode("0")).dispose();
  used();
  const base = used();
  const value = context.unwrapResult(context.evalCode(program));
  const kept = used() - base;
  value.dispose();
  context.dispose();
  runtime.dispose();
  return kept;
}
