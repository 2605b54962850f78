/**
 * An app in Node, on the package's simulated board: the file as it is, in a context of its own with what a board's engine has,
 * `require`, `print` and timers. It has ended when no timer is set any more. What it prints is handed on line by line, so an app
 * that is interrupted has said what it said.
 */
import { types } from "node:util";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script, createContext, runInContext } from "node:vm";
import { buildPackage, packageFolder } from "../build/package";
import { ExitCode, Failure } from "../failure";
import type { Feed } from "../feed/plan";
import type { AppSource } from "./source";
import { asPrinted } from "./text";

interface Store { watchdog?: number; area(name: string, bytes: number): { write(at: number, bytes: Uint8Array): void } }
interface NodeModule { exports: object }

/** Runs what the context's zcacheRun is. A script that never ends can be stopped: by Ctrl-C, and by z.watchdog as on a board. */
const RUN = new Script("zcacheRun()");

/** As many as a board has (hal/duktape/timers.c). */
const TIMERS_MAX = 16;

/** Runs it to its end; `say` gets what it prints as it comes. Status 1: it threw. */
export async function runInNode(
  [app, ...modules]: AppSource[], feeds: Feed[], options: object = {}, say: (text: string) => void = () => undefined,
): Promise<{ status: number; text: string }> {
  await buildPackage();
  const { open } = await import(pathToFileURL(join(packageFolder, "index.mjs")).href) as { open(options: object): Store };
  const z = open(options);
  for (const { area, data } of feeds) z.area(area, data.length).write(0, data);
  return new Desk(z, app, modules, say).run();
}

/**
 * Takes the listeners of Ctrl-C away until the function that it returns is called. Node takes them away and adds them again around
 * each script that Ctrl-C may stop; with a timer of a millisecond nearly every Ctrl-C is lost then. Without listeners it ends
 * a script as ever, and the process between two. What was printed has been written by then, and nothing is to be put away.
 */
function leaveInterruptsToNode(): () => void {
  const listeners = process.rawListeners("SIGINT") as NodeJS.SignalsListener[];
  process.removeAllListeners("SIGINT");
  return () => { for (const listener of listeners) process.on("SIGINT", listener); };
}

class Desk {
  private text = "";
  private status = 0;
  private readonly timers = new Map<number, NodeJS.Timeout>();
  private ended: () => void = () => undefined;
  private failed: (why: unknown) => void = () => undefined;
  private readonly loaded = new Map<string, NodeModule>();
  private readonly context = createContext({
    z: undefined as Store | undefined,
    print: (...values: unknown[]) => this.print(`${asPrinted(values.map(String).join(" "))}\n`),
    require: (name: string) => this.require(name),
    setTimeout: (run: () => void, millis: number) => this.set(run, millis, false),
    setInterval: (run: () => void, millis: number) => this.set(run, millis, true),
    clearTimeout: (timer: number) => this.clear(timer),
    clearInterval: (timer: number) => this.clear(timer),
    Uint8Array, Uint8ClampedArray, Int8Array, Uint16Array, Int16Array, Int32Array, Uint32Array, Float32Array, Float64Array, ArrayBuffer, DataView,
  });

  constructor(private readonly z: Store, private readonly app: AppSource, private readonly modules: AppSource[], private readonly say: (text: string) => void) {
    this.context["z"] = z;
    // What the store throws and returns is made outside the context, and is an Error or an Array there all the same.
    const kinds = { Error: types.isNativeError, Array: Array.isArray };
    for (const [kind, is] of Object.entries(kinds)) Object.defineProperty(runInContext(kind, this.context), Symbol.hasInstance, { value: is });
  }

  async run(): Promise<{ status: number; text: string }> {
    const end = new Promise<void>((resolve, reject) => { this.ended = resolve; this.failed = reject; });
    const listenAgain = leaveInterruptsToNode();
    try {
      this.attempt(new Script(this.app.text, { filename: this.app.path }), {});
      await end;
    } finally {
      listenAgain();
    }
    return { status: this.status, text: this.text };
  }

  private print(text: string): void {
    this.text += text;
    this.say(text);
  }

  private attempt(script: Script, { timeout }: { timeout?: number }): void {
    try {
      script.runInContext(this.context, { breakOnSigint: true, timeout });
    } catch (thrown) {
      const error = thrown as { code?: string };
      if (error?.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED") return this.failed(new Failure(ExitCode.Interrupted, `${this.app.path} was interrupted`));
      if (error instanceof Failure) return this.failed(error);
      this.status = 1;
      this.print(error?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT" ? "Error: stopped, it took longer than z.watchdog allows\n" : `${asPrinted(String(error))}${this.placeOf(error)}\n`);
      for (const timer of this.timers.keys()) this.clear(timer);
    }
    if (this.timers.size === 0) this.ended();
  }

  /** " (line 12)" or " (line 3 of name)": the innermost line of the app or its modules, as a board says it; "" for what has none. */
  private placeOf(error: unknown): string {
    const frames = types.isNativeError(error) ? String(error.stack).split("\n") : [];
    for (const frame of frames) {
      const source = [this.app, ...this.modules].find(({ path }) => frame.includes(`${path}:`));
      const line = source && /:(\d+)(?::\d+)?\)?$/.exec(frame.slice(frame.indexOf(`${source.path}:`)))?.[1];
      if (source && line) return ` (line ${line}${source.name ? ` of ${source.name}` : ""})`;
    }
    return "";
  }

  /** The timer's number, one more than the highest there is. */
  private set(run: () => void, millis: number, repeats: boolean): number {
    if (typeof run !== "function") throw new TypeError("a timer takes a function and milliseconds");
    if (this.timers.size >= TIMERS_MAX) throw new RangeError("16 timers are set: clear one first");
    const number = Math.max(0, ...this.timers.keys()) + 1;
    this.timers.set(number, (repeats ? setInterval : setTimeout)(() => {
      if (!repeats) this.timers.delete(number);
      this.context["zcacheRun"] = run;
      this.attempt(RUN, { timeout: this.z.watchdog || undefined });
    }, millis));
    return number;
  }

  private clear(number: number): void {
    clearTimeout(this.timers.get(number));
    this.timers.delete(number);
  }

  private require(name: string): unknown {
    if (name === "zcache") return this.z;
    const known = this.loaded.get(name);
    if (known) return known.exports;
    const source = this.modules.find((one) => one.name === name);
    if (!source) throw new Error(`there is no module ${name}: give --module ${name}=FILE`);
    const made: NodeModule = { exports: {} };
    this.loaded.set(name, made);
    try {
      (runInContext(`(function(module,exports,require){${source.text}\n})`, this.context, { filename: source.path }) as (...given: unknown[]) => void)(made, made.exports, (inner: string) => this.require(inner));
    } catch (error) {
      this.loaded.delete(name);
      throw error;
    }
    return made.exports;
  }
}
