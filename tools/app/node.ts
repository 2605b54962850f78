/**
 * An app in Node, on the package's simulated board: the file as it is, in a context of its own with what a board's engine has,
 * `require`, `print` and timers. It has ended when no timer is set any more.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createContext, runInContext } from "node:vm";
import { buildPackage, packageFolder } from "../build/package";
import type { Feed } from "../feed/plan";
import type { AppSource } from "./source";

interface Store { area(name: string, bytes: number): { write(at: number, bytes: Uint8Array): void } }
interface NodeModule { exports: object }

/** Runs it to its end. Status 1: it threw. */
export async function runInNode([app, ...modules]: AppSource[], feeds: Feed[], options: object = {}): Promise<{ status: number; text: string }> {
  await buildPackage();
  const { open } = await import(pathToFileURL(join(packageFolder, "index.mjs")).href) as { open(options: object): Store };
  const z = open(options);
  for (const { area, data } of feeds) z.area(area, data.length).write(0, data);
  return new Desk(z, modules).run(app);
}

class Desk {
  private text = "";
  private status = 0;
  private readonly timers = new Set<NodeJS.Timeout>();
  private ended: () => void = () => undefined;
  private readonly loaded = new Map<string, NodeModule>();
  private readonly context = createContext({
    print: (...values: unknown[]) => { this.text += `${values.map(String).join(" ")}\n`; },
    require: (name: string) => this.require(name),
    setTimeout: (run: () => void, millis: number) => this.set(run, millis, false),
    setInterval: (run: () => void, millis: number) => this.set(run, millis, true),
    clearTimeout: (timer: NodeJS.Timeout) => this.clear(timer),
    clearInterval: (timer: NodeJS.Timeout) => this.clear(timer),
    Uint8Array, Uint16Array, Int32Array, Uint32Array, ArrayBuffer,
  });

  constructor(private readonly z: Store, private readonly modules: AppSource[]) {}

  async run(app: AppSource): Promise<{ status: number; text: string }> {
    const end = new Promise<void>((resolve) => { this.ended = resolve; });
    this.attempt(() => runInContext(app.text, this.context, { filename: app.path }));
    await end;
    return { status: this.status, text: this.text };
  }

  private attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.status = 1;
      this.text += `${String(error)}\n`;
      for (const timer of [...this.timers]) this.clear(timer);
    }
    if (this.timers.size === 0) this.ended();
  }

  private set(run: () => void, millis: number, repeats: boolean): NodeJS.Timeout {
    const timer: NodeJS.Timeout = (repeats ? setInterval : setTimeout)(() => {
      if (!repeats) this.timers.delete(timer);
      this.attempt(run);
    }, millis);
    this.timers.add(timer);
    return timer;
  }

  private clear(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.timers.delete(timer);
  }

  private require(name: string): unknown {
    if (name === "zcache") return this.z;
    const known = this.loaded.get(name);
    if (known) return known.exports;
    const source = this.modules.find((one) => one.name === name);
    if (!source) throw new Error(`there is no module ${name}`);
    const made: NodeModule = { exports: {} };
    this.loaded.set(name, made);
    (runInContext(`(function(module,exports,require){${source.text}})`, this.context, { filename: source.path }) as (...given: unknown[]) => void)(made, made.exports, (inner: string) => this.require(inner));
    return made.exports;
  }
}
