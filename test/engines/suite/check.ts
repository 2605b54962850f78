/**
 * The counting of checks, for any engine: nothing here but ES5 and a way to print. A check has a name; one that fails
 * is kept by that name with what it got and what it expected, up to a number, so that the report fits a small board.
 */
declare var print: ((line: string) => void) | undefined;
declare var console: { log(line: string): void } | undefined;

const KEEP = 20;
let group: string = "";
let passed: number = 0;
let failed: number = 0;
const failures: string[] = [];

/** One line on whatever the engine prints with. */
export function say(line: string): void {
  if (typeof print == "function") print!(line);
  else console!.log(line);
}

/** The checks from here on belong to this part; their names begin with it. */
export function part(name: string): void { group = name; }

export function equal(name: string, got: any, expected: any): void {
  if (got === expected) {
    passed++;
    return;
  }
  failed++;
  if (failures.length < KEEP) failures.push(group + ", " + name + ": got " + got + ", expected " + expected);
}

export function yes(name: string, condition: boolean): void { equal(name, condition, true); }

/** Prints the failures and the last line, which the runner reads. */
export function finish(): void {
  for (let i = 0; i < failures.length; i++) say("failed: " + failures[i]);
  if (failed > failures.length) say("failed: and " + (failed - failures.length) + " more");
  say(passed + " checks passed, " + failed + " failed");
}
