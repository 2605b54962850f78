/** The core in tests: openCore() and its types (core.ts), and bothBuilds(), which runs a test on each build. */
import test, { ExecutionContext } from "ava";
import { CORE_KINDS, Core, CoreOptions, openCore } from "./core";

export { CORE_KINDS, counterNames, openCore } from "./core";
export type { Core, CoreCalls, CoreKind, CoreOptions } from "./core";

/** Declares `title` for each build of the core. */
export function bothBuilds(title: string, run: (t: ExecutionContext, open: (options?: CoreOptions) => Core) => void): void {
  for (const kind of CORE_KINDS) test(`${title} [${kind}]`, (t) => run(t, (options) => openCore(kind, options)));
}
