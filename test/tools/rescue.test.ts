/**
 * `zcache swap rescue` and `repair`: images of a life with areas, maps and logs, damaged in one bit, in whole granules, sectors and
 * directories. What is undamaged is rescued whole; what is lost is named; what was repaired opens, and holds what was rescued.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test, { type ExecutionContext } from "ava";
import { buildPackage, packageFolder } from "../../tools/build/package";
import { CODEC_PLACES, coreCodecs, none, sameFilled } from "../../tools/codecs/codecs";
import { loadCore } from "../../tools/core/wasm-core";
import { unpackWith } from "../../tools/swap/committed";
import { contentsOf, type Contents } from "../../tools/swap/contents";
import { logEntries, mapEntries } from "../../tools/swap/entries";
import { SwapImage } from "../../tools/swap/image";
import { repaired } from "../../tools/swap/repair";
import { describe } from "../../tools/swap/report";
import { makePage } from "../helpers/pages";
import { Random, seedOr } from "../helpers/random";
import { zcache } from "./run-cli";

const PAGE = 1024;
const SECTOR = 4096;
const SECTORS = 512;
const NAME = "gr\u00f6\u00dfe \u{1f600}";

type Store = any;
let open: (options: object) => Store;

const folder = mkdtempSync(join(tmpdir(), "zcache-rescue-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));
test.before(async () => {
  await buildPackage();
  ({ open } = await import(pathToFileURL(join(packageFolder, "index.mjs")).href) as { open: typeof open });
});

const unpack = unpackWith([...coreCodecs(loadCore(CODEC_PLACES.end)), sameFilled, none]);

interface Life { sound: Contents; cells: Uint8Array; area: Uint8Array; other: Uint8Array; map: Map<string, unknown>; log: (string | Uint8Array)[]; }

const lives = new Map<number, Life>();

/** The life of a seed; each is lived once. */
function lived(seed: number): Life {
  const life = lives.get(seed) ?? live(new Random(seedOr(seed)));
  lives.set(seed, life);
  return life;
}

/** A chip after some syncs, with volatile pages between, and what its objects hold. */
function live(random: Random): Life {
  const cells = new Uint8Array(2 << 20).fill(0xff);
  const z = open({ flash: cells });
  const [area, other] = [z.area("state", 12 * PAGE, { durable: true }), z.area(NAME, 3000, { durable: true })];
  const [map, log] = [z.map(NAME, { bytes: 24 * PAGE, durable: true }), z.log("events", { bytes: 12 * PAGE, durable: true })];
  const idle = z.area("idle", 200 * PAGE);
  const life: Omit<Life, "sound"> = { cells, area: new Uint8Array(12 * PAGE), other: new Uint8Array(3 * PAGE), map: new Map(), log: [] };
  for (let round = 0; round < 4; round++) {
    for (let page = 0; page < 12; page++) if (random.chance(70)) life.area.set(makePage(random.pick(["csv", "json", "random", "same"] as const), PAGE, random), page * PAGE);
    area.write(0, life.area);
    life.other.set(makePage("random", 3000, random));
    other.write(0, life.other.subarray(0, 3000));
    for (let i = 0; i < 60; i++) set(map, life.map, `key ${random.below(150)} \u20ac`, random);
    for (let i = 0; i < 90; i++) append(log, life.log, random);
    for (let page = 0; page < 100; page++) idle.write(page * PAGE, makePage("json", PAGE, random));
    z.sync();
  }
  life.log = log.tail(log.length) as Life["log"];
  area.write(0, "never synced");
  return { ...life, cells: cells.slice(), sound: contentsOf(imageOf(cells), unpack) };
}

function set(map: Store, held: Map<string, unknown>, key: string, random: Random): void {
  const value = random.pick<unknown>([random.below(1000), `text \ud83d\ude00 ${random.below(99)}`, { a: [random.below(9), null], b: "x".repeat(random.below(60)) }, new Uint8Array(random.below(40)).fill(random.below(256)), random.chance(10) ? "long ".repeat(400) : "short"]);
  map.set(key, value);
  held.set(key, value);
}

function append(log: Store, held: (string | Uint8Array)[], random: Random): void {
  const entry = random.chance(80) ? `entry ${random.below(100_000)} \u00e9` : new Uint8Array(random.below(60)).fill(7);
  log.append(entry);
  held.push(entry);
}

function imageOf(cells: Uint8Array): SwapImage { return new SwapImage(cells, { start: 0, sectorBytes: SECTOR, sectors: SECTORS, pageBytes: PAGE }); }
/** Byte by byte; deepEqual takes milliseconds for a page. */
function same(one: Uint8Array, other: Uint8Array): boolean { return Buffer.compare(one, other) === 0; }
function objectOf(contents: Contents, kind: string, name: string): Contents["objects"][number] | undefined { return contents.objects.find((one) => one.kind === kind && one.name === name); }

/** Each object is whole and right, or says which pages are lost, and the others are right. The number of lost pages. */
function judge(t: ExecutionContext, life: Life, contents: Contents, title: string): number {
  let lost = 0;
  for (const right of life.sound.objects) {
    const got = objectOf(contents, right.kind, right.name);
    if (got === undefined) { t.true(contents.doubts.length > 0, title); continue; }
    right.pages.forEach((page, i) => { if (!got.lost.includes(i)) t.true(same(got.pages[i], page), `${title}: page ${i} of ${right.kind}`); });
    lost += got.lost.length;
  }
  return lost;
}

/** The repaired image opens and holds what was rescued. */
function reopen(t: ExecutionContext, image: SwapImage, contents: Contents, title: string): Store {
  const before = describe(image, unpack);
  const { bytes, left } = repaired(image, contents, before, unpack);
  describe(imageOf(bytes), unpack).sectors.forEach(({ erases }, sector) => t.true(erases >= before.sectors[sector].erases, `${title}: the erases of sector ${sector}`));
  const named = contents.objects.filter(({ kind }) => kind !== "unknown");
  t.is(left.length, contents.objects.length - named.length, title);
  const lost = named.flatMap(({ kind, name, lost: pages }) => kind === "area" ? pages.map((page) => `L4 page ${page} of area ${name} cannot be read`) : []);
  t.deepEqual(describe(imageOf(bytes), unpack).findings.sort(), lost.sort(), title);
  const z = open({ flash: bytes });
  t.is(z.stats("zcache_mcu").durable_pages_lost, lost.length, title);
  for (const { kind, name, pages, lost: gone } of named) {
    const options = { bytes: (pages.length - (kind === "log" ? 1 : 0)) * PAGE, durable: true };
    const handle = kind === "area" ? z.area(name, options) : kind === "map" ? z.map(name, options) : z.log(name, options);
    for (let page = 0; kind === "area" && page < pages.length; page++) {
      if (gone.includes(page)) t.regex(t.throws(() => handle.slice(page * PAGE, (page + 1) * PAGE))!.message, /a page on flash is damaged/, `${title}: page ${page} of ${name}`);
      else t.true(same(handle.slice(page * PAGE, (page + 1) * PAGE), pages[page]), `${title}: page ${page} of ${name}`);
    }
  }
  return z;
}

test("a sound image is rescued whole: areas byte by byte, maps and logs entry by entry", (t) => {
  for (let seed = 0; seed < 3; seed++) {
    const life = lived(1100 + seed);
    const contents = contentsOf(imageOf(life.cells), unpack);
    t.deepEqual(contents.doubts, []);
    t.true(same(Buffer.concat(objectOf(contents, "area", "state")!.pages), life.area));
    t.true(same(Buffer.concat(objectOf(contents, "area", NAME)!.pages), life.other));
    const map = mapEntries(objectOf(contents, "map", NAME)!.pages, () => false);
    t.is(map.expected, life.map.size);
    t.deepEqual(map.entries.map(({ key }) => Buffer.from(key).toString("utf8")).sort(), [...life.map.keys()].sort());
    const log = logEntries(objectOf(contents, "log", "events")!.pages, () => false);
    t.is(log.expected, life.log.length);
    t.deepEqual(log.entries.map(({ isBytes, data }) => isBytes ? data : Buffer.from(data).toString("utf8")), life.log);
  }
});

test("one flipped bit, wherever it is in the log, costs nothing, or one page that is named", (t) => {
  const life = lived(1100);
  const random = new Random(seedOr(1102));
  const held = describe(imageOf(life.cells), unpack).sectors.filter(({ durable_bytes }) => durable_bytes > 0);
  for (let round = 0; round < 40; round++) {
    const cells = life.cells.slice();
    const { sector, filled_bytes } = random.pick(held);
    const at = sector * SECTOR + random.below(filled_bytes);
    cells[at] ^= 1 << random.below(8);
    const contents = contentsOf(imageOf(cells), unpack);
    t.true(judge(t, life, contents, `bit at ${at}`) <= 1, `bit at ${at}`);
    t.is(contents.objects.length, 4);
    if (round % 20 === 0) reopen(t, imageOf(cells), contents, `bit at ${at}`);
  }
});

test("granules and headers that are overwritten cost what they held, it is named, and what is repaired opens", (t) => {
  for (let seed = 0; seed < 10; seed++) {
    const random = new Random(seedOr(1103) + seed);
    const life = lived(1100 + seed % 3);
    const cells = life.cells.slice();
    const held = describe(imageOf(cells), unpack).sectors.filter(({ durable_bytes }) => durable_bytes > 0);
    for (let hits = 1 + random.below(4); hits > 0; hits--) {
      const { sector, filled_bytes } = random.pick(held);
      random.fill(cells.subarray(sector * SECTOR + (random.below(filled_bytes) & -16)).subarray(0, 16 * (1 + random.below(8))));
    }
    const contents = contentsOf(imageOf(cells), unpack);
    if (contents.doubts.length === 0) judge(t, life, contents, `seed ${seed}`);
    reopen(t, imageOf(cells), contents, `seed ${seed}`);
  }
});

test("with pages lost, a map keeps the entries of its other pages and a log those before and behind, and both can be filled again", (t) => {
  for (let seed = 0; seed < 8; seed++) {
    const random = new Random(seedOr(1105) + seed);
    const life = lived(1100 + seed % 3);
    const contents = contentsOf(imageOf(life.cells), unpack);
    for (const object of contents.objects) {
      if (object.kind === "area") continue;
      const page = seed < 2 ? 0 : 1 + random.below(object.pages.length - 1);
      object.pages[page].fill(0);
      object.lost.push(page);
    }
    const map = objectOf(contents, "map", NAME)!;
    const rescued = mapEntries(map.pages, (page) => map.lost.includes(page)).entries;
    t.true(rescued.length > 0.7 * life.map.size, `${rescued.length} of ${life.map.size}`);
    const z = reopen(t, imageOf(life.cells), contents, `seed ${seed}`);
    const again = z.map(NAME);
    t.is(again.size, rescued.length);
    again.forEach((value: unknown, key: string) => t.deepEqual(value, life.map.get(key)));
    again.set("new", "entry");
    const log = z.log("events");
    const tail = log.tail(1000) as unknown[];
    const from = life.log.findIndex((entry) => JSON.stringify(entry) === JSON.stringify(tail[0]));
    t.true(seed < 2 ? tail.length === 0 : from >= 0 && tail.length > 20, `${tail.length} entries`);
    if (seed >= 2) t.deepEqual(tail[tail.length - 1], life.log[life.log.length - 1]);
    log.append("goes on");
    z.sync();
  }
});

test("a lost page of an area stays damaged in the repaired image, through syncs and boots, until it is written whole", (t) => {
  const life = lived(1100);
  const contents = contentsOf(imageOf(life.cells), unpack);
  const area = objectOf(contents, "area", "state")!;
  for (const page of [3, 7]) {
    area.pages[page].fill(0);
    area.lost.push(page);
  }
  const { bytes } = repaired(imageOf(life.cells), contents, describe(imageOf(life.cells), unpack), unpack);
  const fresh = makePage("csv", PAGE, new Random(seedOr(1108)));
  const judgeBoot = (healed: readonly number[]): Store => {
    const z = open({ flash: bytes });
    const state = z.area("state", 12 * PAGE, { durable: true });
    for (let page = 0; page < 12; page++) {
      const read = (): Uint8Array => state.slice(page * PAGE, (page + 1) * PAGE);
      if (healed.includes(page)) t.true(same(read(), fresh));
      else if (area.lost.includes(page)) t.regex(t.throws(read)!.message, /a page on flash is damaged/);
      else t.true(same(read(), area.pages[page]), `page ${page}`);
    }
    t.is(z.stats("zcache_mcu").durable_pages_lost, area.lost.length - healed.length);
    return { z, state };
  };
  const healed: number[] = [];
  for (const page of area.lost) {
    const { z, state } = judgeBoot(healed);
    t.regex(t.throws(() => state.write(page * PAGE, fresh.subarray(0, 100)))!.message, /a page on flash is damaged/);
    state.write(page * PAGE, fresh);
    z.sync();
    healed.push(page);
    judgeBoot(healed);
  }
  t.deepEqual(describe(imageOf(bytes), unpack).findings, []);
});

test("noise in place of a map's or a log's pages is read to an end and gives no entry twice", (t) => {
  const random = new Random(seedOr(1107));
  const life = lived(1100);
  const contents = contentsOf(imageOf(life.cells), unpack);
  for (let round = 0; round < 60; round++) {
    for (const { kind, pages } of contents.objects) {
      const forged = pages.map((page) => page.slice());
      for (let hits = 0; hits < 4; hits++) random.fill(random.pick(forged).subarray(random.below(PAGE - 8)).subarray(0, 1 + random.below(8)));
      if (kind === "map") t.true(mapEntries(forged, () => false).entries.length <= life.map.size + 4);
      if (kind === "log") t.true(logEntries(forged, () => false).entries.length <= life.log.length);
    }
  }
});

test("without a directory the pages are written by number, and without a commit the newest are, which is said", (t) => {
  const life = lived(1101);
  const headless = life.cells.slice();
  for (const { records } of Array.from({ length: SECTORS }, (_, sector) => imageOf(life.cells).sector(sector))) {
    for (const { kind, slot, instance, length } of records) if (kind === 1 && instance === 0) headless.fill(0x55, slot * 16 + 16, slot * 16 + 16 + length);
  }
  const numbered = contentsOf(imageOf(headless), unpack);
  t.regex(numbered.doubts.join("\n"), /directory.*lost their names/);
  t.true(numbered.objects.some(({ pages }) => Buffer.concat(pages).equals(Buffer.from(life.area))));
  const silent = life.cells.slice();
  for (const { records } of Array.from({ length: SECTORS }, (_, sector) => imageOf(life.cells).sector(sector))) {
    for (const { kind, slot } of records) if (kind === 2) silent.fill(0x55, slot * 16, slot * 16 + 16);
  }
  const newest = contentsOf(imageOf(silent), unpack);
  t.regex(newest.doubts.join("\n"), /no commit can be read/);
  t.true(same(Buffer.concat(objectOf(newest, "area", "state")!.pages), life.area));
});

test.serial("on the command line: files and a manifest, an image that opens, and neither is written over", async (t) => {
  const life = lived(1102);
  const path = join(folder, "board.img");
  writeFileSync(path, life.cells);
  const [to, out] = [join(folder, "rescued"), join(folder, "new.img")];
  const rescue = await zcache(["swap", "rescue", path, "--to", to, "--json"]);
  t.is(rescue.code, 0, rescue.stderr);
  const manifest = JSON.parse(readFileSync(join(to, "manifest.json"), "utf8")) as { whole: boolean; objects: { kind: string; name: string; files: string[]; entries?: number }[] };
  t.true(manifest.whole);
  const files = new Map(manifest.objects.map(({ kind, name, files: [file] }) => [`${kind} ${name}`, readFileSync(join(to, file))]));
  t.true(same(files.get("area state")!, life.area));
  const lines = files.get(`map ${NAME}`)!.toString().trimEnd().split("\n").map((line) => JSON.parse(line) as { key: string; value?: unknown; bytes?: string });
  for (const { key, value, bytes } of lines) t.deepEqual(bytes === undefined ? value : Uint8Array.from(Buffer.from(bytes, "base64")), life.map.get(key));
  t.is(lines.length, life.map.size);
  t.is(files.get("log events")!.toString().trimEnd().split("\n").length, life.log.length);
  const repair = await zcache(["swap", "repair", path, "--out", out]);
  t.is(repair.code, 0, repair.stderr);
  t.regex(repair.stdout, /whole +area state[^]*verdict +ok/);
  t.is((await zcache(["swap", "check", out])).code, 0);
  t.true(same(readFileSync(path), life.cells));
  for (const [args, sentence] of [[["rescue", path, "--to", to], /rescued is not empty and nothing is written over/], [["rescue", path, "--to", path], /board\.img is a file: name a folder/], [["repair", path, "--out", out], /new\.img exists and is not written over/],
    [["rescue", path], /was not told where: add --to FOLDER/], [["repair", path], /add --out NEW/], [["check", path, "--to", to], /does not take --to: leave it out/]] as [string[], RegExp][]) {
    const refused = await zcache(["swap", ...args]);
    t.deepEqual([refused.code, refused.stdout], [2, ""]);
    t.regex(refused.stderr, sentence);
  }
});
