/**
 * How tests wait: for what must happen, and not for the clock. `until` looks again and again until it is so, so a slow
 * machine makes a test slow and not wrong. The limit is the last resort against what never happens. It is the same
 * everywhere, far beyond what a busy machine needs, and shorter than the runner's own (tools/build/run-tests.ts), so
 * the test that waited is told with its reason.
 */

/** The last resort, in milliseconds. No test passes or fails by coming near it. */
export const PATIENCE_MS = 600_000;
const LOOK_MS = 20;

/** Waits until `isSo` says so. Throws when it never does; `what` completes "it never happened: ...". */
export async function until(isSo: () => boolean | Promise<boolean>, what: string | (() => string)): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!await isSo()) {
    if (Date.now() > end) throw new Error(`it never happened: ${typeof what === "string" ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Waits until `expected` is in `heard()` behind its first `from` letters; returns the match. */
export async function untilHeard(heard: () => string, from: number, expected: RegExp): Promise<RegExpExecArray> {
  let match: RegExpExecArray | null = null;
  await until(() => (match = expected.exec(heard().slice(from))) !== null, () => `${String(expected)} after:\n${heard().slice(from).slice(-2000)}`);
  return match!;
}
