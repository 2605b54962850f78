/**
 * What a refusal of the store leaves behind: nothing. A store that is full, one whose write budget is spent and one with a
 * rotten page are asked for what they cannot do; everything that was stored must read as before, and what was never written
 * as zeros.
 */
import { Buffer } from "node:buffer";
import test from "ava";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Area, Device, Store } from "../../firmware/api/zcache";
import { packageFolder, buildPackage } from "../../tools/build/package";
import { Random } from "../helpers/random";

type Open = (options?: object) => Store;

const PAGE = 1024;
const SECTOR = 512;
const FULL = -3;
const CORRUPT = -5;
const BUDGET = -41;

let open: Open;

test.before(async () => {
  await buildPackage();
  ({ open } = await import(pathToFileURL(join(packageFolder, "index.mjs")).href) as { open: Open });
});

function noise(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  random.fill(bytes);
  return bytes;
}

/** The error.code of a call, 0 when it is taken. */
function codeOf(call: () => unknown): number {
  try {
    call();
    return 0;
  } catch (error) {
    return (error as { code: number }).code;
  }
}

/** Everything that a device holds. */
function contents(device: Device): Buffer {
  const sectors = device.disksize / SECTOR;
  return Buffer.concat(Array.from({ length: sectors }, (_, sector) => {
    const bytes = new Uint8Array(SECTOR);
    device.read(sector, bytes);
    return bytes;
  }));
}

/** A device of noise on a store that takes no more. Two sectors a page, so a page can be written in part. */
function fullDevice(z: Store, random: Random): Device {
  const device = z.device(0, 128 * SECTOR);
  for (let sector = 0, refused = 0; sector < 128 && refused < 8; sector++) if (codeOf(() => device.write(sector, noise(random, SECTOR))) !== 0) refused++;
  return device;
}

for (const core of ["wasm", "script"] as const) {
  test(`a discard or a write over several pages that a full store refuses leaves every sector as it was [${core}]`, (t) => {
    const random = new Random(1201);
    const z = open({ core, flash: false });
    const device = fullDevice(z, random);
    let refused = 0;
    for (let i = 0; i < 90; i++) {
      const before = contents(device);
      const [sector, count] = [random.below(122), 1 + random.below(5)];
      const bytes = noise(random, count * SECTOR);
      const code = codeOf(() => i % 3 === 0 ? device.discard(sector, count) : device.write(sector, bytes));
      if (code === 0) before.set(i % 3 === 0 ? new Uint8Array(bytes.length) : bytes, sector * SECTOR);
      else refused++;
      t.true(code === 0 || code === FULL);
      t.deepEqual(contents(device), before, `step ${i} answered ${code}`);
    }
    t.true(refused > 15, `${refused} refusals`);
  });

  test(`whole sectors are discarded and fill(0) is taken on a full store, and make room [${core}]`, (t) => {
    const z = open({ core, flash: false });
    const area = z.area("a", 80 * PAGE);
    const random = new Random(1202);
    let page = 0;
    while (codeOf(() => area.write(page * PAGE, noise(random, PAGE))) === 0) page++;
    t.true(page > 10 && page < 80);
    area.fill(0);
    t.is(area.slice(0, 30 * PAGE).every((byte) => byte === 0), true);
    t.is(codeOf(() => area.write(0, noise(random, PAGE))), 0);
    const device = fullDevice(open({ core, flash: false }), random);
    device.discard(0, 128);
    t.is(contents(device).every((byte) => byte === 0), true);
  });

  for (const [what, options] of [["full, without flash", { flash: false }], ["of a spent write budget", { writeBudgetKiB: 20 }]] as const) {
    test(`what was never written reads as zeros on a store that is ${what}: no event, and no counter of stores [${core}]`, (t) => {
      const z = open({ core, ...options });
      const [area, unwritten] = [z.area("a", 300 * PAGE), z.area("b", 200 * PAGE)];
      const random = new Random(1203);
      let refusal: { code: number; message: string } = { code: 0, message: "" };
      for (let page = 0; page < 300 && refusal.code === 0; page++) {
        try {
          area.write(page * PAGE, noise(random, PAGE));
        } catch (error) {
          refusal = error as typeof refusal;
        }
      }
      t.is(refusal.code, what.startsWith("full") ? FULL : BUDGET);
      t.regex(refusal.message, what.startsWith("full") ? /the store is full/ : /write budget is used up/);
      let told = 0;
      z.on("lowmemory", () => { told++; });
      const counters = (): unknown => [z.stats("frontswap"), z.stats("zswap"), z.stats("zcache"), z.stats("events"), z.stats("frames"), z.stats("zcache_mcu").reject_budget];
      const before = counters();
      for (let at = 0; at < 200 * PAGE; at += PAGE / 2) t.is(unwritten.at(at), 0);
      t.is(unwritten.slice(0, 200 * PAGE).every((byte) => byte === 0), true);
      t.deepEqual(counters(), before);
      t.is(told, 0);
      t.is(codeOf(() => unwritten.write(0, noise(random, PAGE))), refusal.code);
      t.is(told, 1, "a write is refused and raises the event");
    });
  }

  test(`one rotten page stops nobody's sync; it alone says that it is damaged, until it is written whole, filled or cleared [${core}]`, (t) => {
    const random = new Random(1204);
    // The second area ends within a page: its last bytes are all that the page has.
    const content = noise(random, 3 * PAGE + 100);
    const heals: ((area: Area, fresh: Uint8Array) => void)[] = [
      (area, fresh) => { area.write(PAGE, fresh.subarray(PAGE, 2 * PAGE)); },
      (area, fresh) => { area.write(PAGE - 10, fresh.subarray(PAGE - 10, 2 * PAGE + 10)); },
      (area) => { area.fill(0); },
      (area) => { area.fill(7); },
    ];
    heals.forEach((heal, number) => {
      const chip = new Uint8Array(2 << 20).fill(0xff);
      const kept = (z: Store): [Area, Area] => [z.area("a", content.length, { durable: true }), z.area("b", PAGE, { durable: true })];
      const first = open({ core, flash: chip });
      const [a] = kept(first);
      a.write(0, content);
      first.sync();
      for (const page of [1, 3]) chip[Buffer.from(chip.buffer).indexOf(Buffer.from(content.subarray(page * PAGE, page * PAGE + 64))) + 50]! ^= 4;
      const z = open({ core, flash: chip });
      const [area, other] = kept(z);
      for (let round = 0; round < 4; round++) {
        t.is(codeOf(() => area.at(PAGE + 500)), CORRUPT);
        t.is(codeOf(() => area.write(PAGE + 5, "part of it")), CORRUPT);
        t.is(codeOf(() => area.write(PAGE - 5, "part of two pages")), CORRUPT);
        t.is(area.at(5), content[5]);
        other.write(0, noise(random, PAGE));
        for (const sync of [() => z.sync(), () => other.sync(), () => area.sync()]) t.is(codeOf(sync), 0);
      }
      t.deepEqual(area.slice(PAGE - 10, PAGE), content.subarray(PAGE - 10, PAGE), "a refused write over two pages has changed neither");
      const fresh = noise(random, content.length);
      heal(area, fresh);
      area.write(3 * PAGE, fresh.subarray(3 * PAGE));
      z.sync();
      const after = open({ core, flash: chip });
      const [again] = kept(after);
      t.is(codeOf(() => again.slice(0, content.length)), 0, `heal ${number}`);
      t.deepEqual(again.slice(3 * PAGE, content.length), fresh.subarray(3 * PAGE));
      t.is(again.at(PAGE + 500), [fresh[PAGE + 500], fresh[PAGE + 500], 0, 7][number]);
    });
  });
}
