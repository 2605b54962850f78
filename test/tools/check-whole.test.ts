/**
 * `zcache check` over stores that hold everything at once: a live board's with durable areas, dense, LZ4 and raw zpages,
 * and, since tenants are for native callers and no board has any, a simulated one's with tenants besides. Both are sound; and a
 * byte of any table that is in use, damaged, is found.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { Form, Place } from "../../firmware/core/entries";
import { Header, TENANT_BYTES } from "../../firmware/core/layout";
import { Knob } from "../../firmware/core/config";
import { Arena } from "../../tools/check/arena";
import { readArena } from "../../tools/check/dump";
import { brokenInvariants } from "../../tools/check/invariants";
import { loadBoard } from "../../tools/board-file";
import { WIRE_DATA_MAX } from "../../firmware/link/wire";
import type { Link } from "../../tools/link/link";
import { buildImage } from "../../tools/build/image";
import { Session } from "../../tools/qemu/session";
import { Area, Names, PAGE_BYTES, PERSISTENT, withFlash } from "../helpers/board";
import { openCore } from "../helpers/cores";
import { makePage } from "../helpers/pages";
import { Random } from "../helpers/random";
import { zcache } from "./run-cli";

const folder = mkdtempSync(join(tmpdir(), "zcache-check-whole-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** Zpages by form. */
function forms(arena: Arena): { lz4: number; dense: number; raw: number } {
  const zpages = Array.from({ length: arena.entries }, (_, i) => arena.entry(i)).filter((entry) => entry.place === Place.Zpage);
  const of = (form: Form): number => zpages.filter((entry) => entry.form === form).length;
  return { lz4: of(Form.Lz4), dense: of(Form.Dense), raw: of(Form.Raw) };
}

/** A byte in use of each table, by the table's name. */
function bytesInUse(arena: Arena): [table: string, at: number][] {
  const entries = Array.from({ length: arena.entries }, (_, i) => arena.entry(i));
  const entry = (form: Form): number => entries.findIndex((one) => one.place === Place.Zpage && one.form === form);
  const object = Array.from({ length: arena.knob(Knob.ObjectsMax) }, (_, i) => i).find((i) => arena.object(i).inUse)!;
  const head = (at: Header, heads: number[]): number => arena.header(at) + 2 * heads.findIndex((first) => first !== 0xffff);
  const word = arena.durableWords().findIndex(({ size }) => size > 0);
  const row = arena.durableRows().findIndex(({ pages }) => pages > 0);
  const rowsAt = arena.header(Header.LinkAt) - 8 * arena.durableRows().length;
  const sector = Array.from({ length: arena.knob(Knob.SwapSectors) }, (_, i) => i).find((i) => arena.sectorLive(i) > 0)!;
  return [
    ["pools, objects of one", arena.header(Header.PoolsAt) + 4 * arena.object(object).pool + 2],
    ["objects, the first leaf of one", arena.header(Header.ObjectsAt) + 12 * object + 4],
    ["object heads", head(Header.ObjectHeadsAt, arena.chainHeads("objects"))],
    ["leaves, the object of one", arena.header(Header.LeavesAt) + 10 * (entry(Form.Lz4) >> 4)],
    ["leaf heads", head(Header.LeafHeadsAt, arena.chainHeads("leaves"))],
    ...[Form.Lz4, Form.Dense, Form.Raw].flatMap((form): [string, number][] => [
      [`payloads, the place of a zpage of form ${form}`, arena.header(Header.PayloadsAt) + 4 * entry(form) + 2],
      [`metas, the length of a zpage of form ${form}`, arena.header(Header.MetasAt) + 2 * entry(form)],
    ]),
    ["frames, the next of one", arena.header(Header.FrameTableAt) + 8 * arena.list(5).head],
    ["lives, granules of a sector", arena.header(Header.LivesAt) + 2 * sector],
    ["durable pages, where one lies", rowsAt - 4 * (arena.durableWords().length - word)],
    ["durable areas, where the pages of one begin", rowsAt + 8 * row + 4],
    ...arena.tenants === 0 ? [] : [["tenants, bytes held by one", arena.tenantsAt + TENANT_BYTES + 4] as [string, number]],
  ];
}

/** The dump is sound; each damaged byte is a broken invariant; the command says so of the first. */
async function checkWhole(t: ExecutionContext, name: string, bytes: Uint8Array, cells: Uint8Array): Promise<void> {
  const [path, nor] = [join(folder, `${name}.dump`), join(folder, `${name}.nor`)];
  writeFileSync(path, bytes);
  writeFileSync(nor, cells);
  const sound = await zcache(["check", path, "--nor", nor, "--json"]);
  t.is(sound.code, 0, sound.stdout + sound.stderr);
  const places = bytesInUse(new Arena(bytes));
  for (const [table, at] of places) {
    const damaged = bytes.slice();
    damaged[at]! ^= 1;
    t.true(at >= 0 && at < bytes.length);
    t.true(brokenInvariants(damaged, cells).length > 0, `${name}: a damaged byte at ${at} is not found: ${table}`);
  }
  const damaged = bytes.slice();
  damaged[places[places.length - 1]![1]]! ^= 1;
  writeFileSync(path, damaged);
  t.is((await zcache(["check", path, "--nor", nor, "--json"])).code, 5);
}

test.serial("a store with tenants, durable areas, dense, LZ4 and raw zpages together is sound, and a damaged byte of each of its tables is found", async (t) => {
  const core = withFlash((options) => openCore("wasm", options), { [Knob.TenantsMax]: 3, [Knob.PoolsMax]: 8, [Knob.ObjectsMax]: 32, [Knob.PagesMax]: 512, [Knob.DurablePagesMax]: 16, [Knob.Dense]: 1 });
  const random = new Random(31);
  const durable = new Area(core, core.areaOpenDurable(core.put(Buffer.from("kept")), 4, 4));
  for (let page = 0; page < 4; page++) durable.write(page, makePage("json", PAGE_BYTES, random));
  t.true(core.areaSync(durable.handle) >= 0);
  for (const tenant of [1, 2]) {
    t.is(core.tenantUse(tenant), 0);
    t.is(core.tenantSetQuota(tenant, 8 * PAGE_BYTES), 0);
    const names = new Names(core, core.poolOpen(PERSISTENT));
    for (let index = 0; index < 6; index++) t.is(names.store(index, makePage("csv", PAGE_BYTES, random)), 0);
    if (tenant === 1) t.true(core.coreRecompress(4, 99) > 0);
    t.is(names.store(6, makePage("random", PAGE_BYTES, random)), 0);
    new Area(core, core.areaOpen(4)).write(0, makePage("csv", PAGE_BYTES, random));
  }
  const bytes = core.bytes.slice(0, core.arenaBytes);
  const arena = new Arena(bytes);
  const { lz4, dense, raw } = forms(arena);
  t.true(lz4 > 0 && dense > 0 && raw > 0, JSON.stringify(forms(arena)));
  t.is(arena.tenants, 3);
  t.true(arena.tenant(1).held > 0 && arena.tenant(2).held > 0);
  await checkWhole(t, "simulated", bytes, core.sim.chip.cells);
});

/** Writes pages through the link, in the pieces that a packet holds. */
async function write(link: Link, area: number, page: number, content: Uint8Array): Promise<void> {
  for (let at = 0; at < content.length; at += WIRE_DATA_MAX) await link.write(area, page * content.length + at, content.subarray(at, at + WIRE_DATA_MAX));
}

const BOARD = "emcraft-sf2";

test.serial("a live board's store with durable areas, dense, LZ4 and raw zpages together is sound, and a damaged byte of each of its tables is found", async (t) => {
  const nor = join(folder, "live.nor");
  const session = await Session.boot({ board: loadBoard(BOARD), image: (await buildImage(BOARD)).files.elf, nor });
  try {
    const { link } = session;
    const random = new Random(32);
    const kept = await link.openDurable("kept", 3 * PAGE_BYTES);
    for (let page = 0; page < 3; page++) await write(link, kept, page, makePage("json", PAGE_BYTES, random));
    await link.sync(kept);
    const area = await link.open("area", 48 * PAGE_BYTES);
    for (let page = 0; page < 48; page++) await write(link, area, page, makePage(page % 8 === 7 ? "random" : "csv", PAGE_BYTES, random));
    const bytes = await readArena(link, () => undefined);
    const { lz4, dense, raw } = forms(new Arena(bytes));
    t.true(lz4 > 0 && dense > 0 && raw > 0, JSON.stringify(forms(new Arena(bytes))));
    t.true(new Arena(bytes).durableRows().some(({ pages }) => pages === 3));
    await checkWhole(t, "live", bytes, Uint8Array.from(readFileSync(nor)));
  } finally {
    await session.end();
  }
});
