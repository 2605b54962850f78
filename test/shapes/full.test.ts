import { ExecutionContext } from "ava";
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Random } from "../../hal/sim/random";
import type { Core } from "../helpers/core";
import { bothBuilds } from "../helpers/cores";
import { LINK_BYTES, deleteMap, getMap, setMap } from "./driver";

const FULL = -103;
const SEED = 20261202;
const PAGE_BYTES = 1024;
/** A record has 6 bytes beside key and value. */
const RECORD_BYTES = 6;
const VALUE = new Uint8Array(100).fill(7);

function open(t: ExecutionContext, build: (options: object) => Core, pages: number): { core: Core; map: number } {
  const core = build({ arenaBytes: pages * PAGE_BYTES + 40000, knobs: { [Knob.PageBytes]: PAGE_BYTES, [Knob.PagesMax]: 512, [Knob.LinkBytes]: LINK_BYTES } });
  const map = core.areaOpen(pages);
  t.is(core.mapOpen(map, pages), Err.Ok);
  return { core, map };
}

function key(n: number): Uint8Array { return new TextEncoder().encode(`key${n}`); }
function usedBy(n: number): number { return RECORD_BYTES + (key(n).length + 1 & -2) + VALUE.length; }

for (const pages of [2, 4, 8, 12, 16, 23, 32, 45, 64, 100, 128, 256]) {
  bothBuilds(`a map of ${pages} KB takes entries of 100 bytes until 90 % of its bytes are used, and each is there`, (t, build) => {
    const { core, map } = open(t, build as (options: object) => Core, pages);
    let [count, used] = [0, 0];
    for (;; count++) {
      const code = setMap(core, map, key(count), VALUE, 3);
      if (code === FULL) break;
      t.is(code, Err.Ok, `entry ${count}`);
      used += usedBy(count);
    }
    t.true(used >= pages * PAGE_BYTES * 0.9, `${count} entries, ${(100 * used / pages / PAGE_BYTES).toFixed(1)} %`);
    t.true(core.mapRoom(map) <= pages * PAGE_BYTES * 0.1);
    for (let n = 0; n < count; n++) t.deepEqual(getMap(core, map, key(n)), { kind: 3, bytes: VALUE });
    t.is(core.mapSize(map), count);
    t.is(deleteMap(core, map, key(count >> 1)), Err.Ok);
    t.is(setMap(core, map, key(count), VALUE, 3), Err.Ok, "what the error advises helps at once");
  });
}

for (const pages of [8, 23, 64]) {
  bothBuilds(`a map of ${pages} KB that entries of 30 to 300 bytes come to and go from is never full below 80 % of its bytes, seed ${SEED}`, (t, build) => {
    const { core, map } = open(t, build as (options: object) => Core, pages);
    const random = new Random(SEED);
    const held = new Map<number, Uint8Array>();
    const room = core.mapRoom(map);
    for (let i = 0, n = 0; i < pages * 120; i++) {
      const value = new Uint8Array(30 + random.below(270)).fill(i);
      while (room - core.mapRoom(map) + value.length + 20 > room * 0.8) {
        const gone = [...held.keys()][random.below(held.size)]!;
        t.is(deleteMap(core, map, key(gone)), Err.Ok);
        held.delete(gone);
      }
      if (setMap(core, map, key(n), value, 3) !== Err.Ok) return t.fail(`refused at step ${i} with ${core.mapRoom(map)} of ${room} bytes free`);
      held.set(n++, value);
    }
    for (const [n, bytes] of held) t.deepEqual(getMap(core, map, key(n)), { kind: 3, bytes });
    t.is(core.mapSize(map), held.size);
  });
}

bothBuilds("pages that long values leave are taken by short ones, and those that short ones leave by long ones", (t, build) => {
  const { core, map } = open(t, build as (options: object) => Core, 16);
  for (let round = 0; round < 3; round++) {
    let long = 0;
    while (setMap(core, map, key(long), new Uint8Array(1000).fill(long), 3) === Err.Ok) long++;
    t.true(long >= 15, `${long} long values in round ${round}`);
    for (let n = 0; n < long; n++) t.is(deleteMap(core, map, key(n)), Err.Ok);
    let short = 0;
    while (setMap(core, map, key(short), VALUE, 3) === Err.Ok) short++;
    t.true(short >= 16 * 8, `${short} short values in round ${round}`);
    for (let n = 0; n < short; n++) t.is(deleteMap(core, map, key(n)), Err.Ok);
    t.is(core.mapSize(map), 0);
  }
});
