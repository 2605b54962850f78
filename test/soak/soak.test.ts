/** A short run of the soak, and proof that its oracle notices what it is there for: stores that lie are found out. */
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import test from "ava";
import type { Log, Store } from "../../firmware/api/zcache";
import { buildPackage, packageFolder } from "../../tools/build/package";
import { seedOr } from "../helpers/random";
import { BOARD_COUNT, type Board, type PackageOpen, boardOf } from "./boards";
import { readContract } from "./contract";
import { type Progress, live } from "./life";

/** A part of the boards, spread over sizes, backings and allocators: 37 has no divisor in common with their number. */
const BOARDS = 30;
const STRIDE = 37;
const CALLS = 900;

const contract = readContract();
let open: PackageOpen;

test.before(async () => {
  await buildPackage();
  ({ open } = await import(pathToFileURL(join(packageFolder, "index.mjs")).href) as { open: PackageOpen });
});

test(`44 A refused call leaves everything as it was, for every call of the API: ${BOARDS * CALLS} calls on ${BOARDS} boards beside an oracle`, (t) => {
  const seed = seedOr(100);
  let refusals = 0;
  for (let i = 0; i < BOARDS; i++) {
    const board = boardOf(i * STRIDE % BOARD_COUNT, open);
    const progress: Progress = { operations: 0, opening: 0 };
    try {
      refusals += live(board, contract, seed + i, CALLS, progress).tally.refusals;
    } catch (error) {
      t.fail(`SEED=${seed}, ${board.title}, call ${progress.operations}: ${(error as Error).message}`);
    }
  }
  t.true(refusals > BOARDS * CALLS / 20, `${refusals} refusals`);
  t.log(`SEED=${seed}: ${refusals} calls were refused`);
});

/** A board whose store is changed by `spoil` each time it is opened. */
function spoilt(spoil: (z: Store) => void): Board {
  const board = boardOf(2 * 5, open);
  const openIt = (): Store => {
    const z = board.open();
    spoil(z);
    return z;
  };
  return { ...board, open: openIt };
}

/** Has every handle that `kind` opens changed by `spoil`. */
function spoilHandles<Kind extends "area" | "map" | "log" | "cache" | "device">(kind: Kind, spoil: (handle: ReturnType<Store[Kind]>) => void): (z: Store) => void {
  return (z) => {
    const opens = z[kind].bind(z) as (...args: never[]) => ReturnType<Store[Kind]>;
    const seen = new Set<unknown>();
    (z as unknown as Record<string, unknown>)[kind] = (...args: never[]) => {
      const handle = opens(...args);
      if (!seen.has(handle)) spoil(handle);
      seen.add(handle);
      return handle;
    };
  };
}

function refusal(code: number, sentence: string): Error { return Object.assign(new Error(sentence), { code }); }

/** Each seventh append is refused, after the oldest entry is gone. */
function loseEntries(log: Log): void {
  const append = log.append.bind(log);
  let calls = 0;
  log.append = (entry) => {
    if (++calls % 7 !== 0 || log.length < 2) return append(entry);
    const rest = log.tail(log.length - 1);
    log.clear();
    for (const one of rest) append(one);
    throw refusal(-5, `log ${log.name}: a page on flash is damaged and cannot be read.`);
  };
}

const LIARS: Readonly<Record<string, readonly [RegExp, () => Board]>> = {
  "reads a wrong byte": [/where \d+ was written/, () => spoilt(spoilHandles("area", (area) => { area.at = () => 77; }))],
  "throws what is no StoreError": [/threw TypeError/, () => spoilt(spoilHandles("device", (device) => { device.write = () => { throw new TypeError("no"); }; }))],
  "answers a code that the contract lacks": [/may not throw -14/, () => spoilt(spoilHandles("map", (map) => { map.get = () => { throw refusal(-14, "map m: the store refused."); }; }))],
  "loses entries by a refusal": [/gives \d+ entries where \d+ are due/, () => spoilt(spoilHandles("log", loseEntries))],
  "takes a key that is none": [/took what it must refuse/, () => spoilt(spoilHandles("cache", (cache) => { cache.get = () => undefined; }))],
  "keeps a deleted entry": [/answered|visits|gave/, () => spoilt(spoilHandles("map", (map) => { map.delete = (key) => map.has(key); }))],
};

for (const [deed, [message, board]] of Object.entries(LIARS)) {
  test(`a store that ${deed} is found out`, (t) => {
    t.throws(() => live(board(), contract, 5, 3000), { message });
  });
}

test("a life is its seed's alone", (t) => {
  const [one, other] = [live(boardOf(7, open), contract, 11, 300), live(boardOf(7, open), contract, 11, 300)];
  t.deepEqual(one.tally, other.tally);
  t.deepEqual(one.refusals, other.refusals);
});
