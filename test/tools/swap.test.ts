/**
 * `zcache swap`: the reader of NOR images against images that the core itself has written on the simulated chip. It was
 * written from FORMAT.md alone, so where the two agree the document is right.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { Knob } from "../../firmware/core/config";
import { SimFlash, openSimFlash } from "../../hal/sim/flash";
import { CODEC_PLACES, coreCodecs, none, sameFilled } from "../../tools/codecs/codecs";
import { loadCore } from "../../tools/core/wasm-core";
import { unpackWith } from "../../tools/swap/committed";
import { SwapImage } from "../../tools/swap/image";
import { SwapDocument, describe } from "../../tools/swap/report";
import { Core, openCore } from "../helpers/cores";
import { makePage } from "../helpers/pages";
import { Random, seedOr } from "../helpers/random";
import { setVersion } from "../helpers/sector-headers";
import { zcache } from "./run-cli";

const PAGE = 1024;
const SECTOR = 4096;
const SECTORS = 256;
const PAGES = 12;
const DURABLE = 3;
const BOARD = "stm32f405-nor";

const folder = mkdtempSync(join(tmpdir(), "zcache-swap-test-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const unpack = unpackWith([...coreCodecs(loadCore(CODEC_PLACES.end)), sameFilled, none]);

function look(cells: Uint8Array): SwapDocument {
  return describe(new SwapImage(cells, { start: 0, sectorBytes: SECTOR, sectors: SECTORS, pageBytes: PAGE }), unpack);
}

function boot(sim: SimFlash, arenaBytes = 40_000): Core {
  return openCore("wasm", { arenaBytes, flash: sim.flash, knobs: { [Knob.PagesMax]: 512, [Knob.SectorBytes]: SECTOR, [Knob.SwapSectors]: SECTORS, [Knob.DurablePagesMax]: 40 } });
}

function openArea(core: Core): number { return core.areaOpenDurable(core.put(Buffer.from("kept", "latin1")), 4, PAGES); }

function write(core: Core, area: number, page: number, content: Uint8Array): void {
  const at = core.areaTouch(area, page, 1);
  if (at < 0) throw new Error(`areaTouch answered ${at}`);
  core.bytes.set(content, at);
}

/** A chip after a life: an area synced three times, volatile pages on flash, sectors used again, a second boot. */
function lived(random: Random): { sim: SimFlash; pages: Uint8Array[] } {
  const sim = openSimFlash("w25q16");
  let pages: Uint8Array[] = [];
  for (let life = 0; life < 2; life++) {
    const core = boot(sim);
    const [area, other] = [openArea(core), core.areaOpen(300)];
    for (let round = 0; round < 3; round++) {
      pages = Array.from({ length: PAGES }, () => makePage(random.pick(["csv", "json", "random", "same"] as const), PAGE, random));
      pages.forEach((content, page) => write(core, area, page, content));
      for (let page = 0; page < 200; page++) write(core, other, page, makePage("json", PAGE, random));
      if (core.areaSync(area) !== 0) throw new Error("the area does not sync");
    }
  }
  return { sim, pages };
}

function file(name: string, cells: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, cells);
  return path;
}

test("a sound image is sound, and holds what the core says it holds", (t) => {
  const { sim } = lived(new Random(seedOr(901)));
  const found = look(sim.chip.cells);
  t.deepEqual(found.findings, []);
  t.is(found.found, "durable");
  t.is(found.committed!.digest, found.committed!.digest_found);
  t.deepEqual(found.committed!.areas.map(({ name, pages, recorded, lost }) => ({ name, pages, recorded, lost })), [{ name: "kept", pages: PAGES, recorded: PAGES, lost: [] }]);
  for (const { sector, erases, exact } of found.sectors) {
    t.true(erases >= sim.chip.eraseCounts[sector], `sector ${sector}`);
    if (exact) t.is(erases, sim.chip.eraseCounts[sector], `sector ${sector}`);
  }
  const core = boot(sim);
  t.is(core.swapFound(), DURABLE);
});

test("any byte spoiled in any record: where the reader finds nothing wrong, the core boots and gives every page back", (t) => {
  const random = new Random(seedOr(902));
  const { sim, pages } = lived(random);
  const { cells } = sim.chip;
  const filled = look(cells).sectors.filter(({ records }) => records > 0);
  let broken = 0;
  for (let round = 0; round < 60; round++) {
    const { sector, filled_bytes } = random.pick(filled);
    const at = sector * SECTOR + random.below(filled_bytes);
    const spoiled = openSimFlash("w25q16", { content: cells.slice() });
    spoiled.chip.cells[at] ^= 1 << random.below(8);
    const found = look(spoiled.chip.cells);
    if (found.findings.length > 0) broken++;
    const core = boot(spoiled);
    if (found.findings.some((sentence) => sentence.startsWith("L3"))) {
      t.not(core.swapFound(), DURABLE, `byte ${at}`);
      continue;
    }
    t.is(core.swapFound(), DURABLE, `byte ${at}: ${found.findings.join("; ")}`);
    const area = openArea(core);
    const lost = found.committed!.areas[0].lost;
    pages.forEach((content, page) => {
      const got = core.areaTouch(area, page, 0);
      if (lost.includes(page)) t.true(got < 0, `byte ${at}, page ${page}`);
      else t.deepEqual(core.copy(got, PAGE), content, `byte ${at}, page ${page}`);
    });
  }
  t.true(broken > 20, `${broken} of 60 were noticed`);
});

test("noise, zeros, blanks, halves and shuffled sectors are read to an end", (t) => {
  const random = new Random(seedOr(903));
  const { sim } = lived(random);
  const { cells } = sim.chip;
  const noise = Uint8Array.from({ length: cells.length }, () => random.below(256));
  const half = cells.slice().fill(0xff, cells.length / 2);
  const mixed = cells.slice();
  for (let sector = 0; sector < SECTORS; sector++) if (random.chance(30)) mixed.copyWithin(sector * SECTOR, random.below(SECTORS) * SECTOR, (random.below(SECTORS) + 1) * SECTOR);
  const salted = cells.map((byte) => random.chance(1) ? random.below(256) : byte);
  for (const one of [noise, new Uint8Array(cells.length), half, mixed, salted]) t.is(look(one).sectors.length, SECTORS);
  t.is(look(new Uint8Array(cells.length).fill(0xff)).found, "blank");
  t.true(look(salted).findings.length > 0);
});

test("records from which the committed ones are missing do not make the commit's digest", (t) => {
  const { sim } = lived(new Random(seedOr(904)));
  const before = look(sim.chip.cells);
  const victim = before.sectors.find(({ durable_bytes, youngest }) => durable_bytes > 0 && !youngest)!;
  const cells = sim.chip.cells.slice();
  cells.fill(0xff, victim.sector * SECTOR, (victim.sector + 1) * SECTOR);
  t.regex(look(cells).findings.join("\n"), /L3 (durable records are missing|the directory has no record)/);
});

test("what a cut leaves is named and is no fault", (t) => {
  const random = new Random(seedOr(905));
  const { sim } = lived(random);
  const cells = sim.chip.cells.slice();
  const youngest = look(cells).sectors.find((row) => row.youngest)!;
  const end = youngest.sector * SECTOR + youngest.filled_bytes;
  cells[end] = 0x21;
  const found = look(cells);
  t.deepEqual(found.findings, []);
  t.regex(found.torn.join("\n"), /was not written to its end/);
});

test.serial("on the command line: dump and check of a sound image, and of a broken one", async (t) => {
  const { sim } = lived(new Random(seedOr(906)));
  const path = file("sound.img", sim.chip.cells);
  const checked = await zcache(["swap", "check", path, "--board", BOARD, "--json"]);
  t.is(checked.code, 0, checked.stderr);
  t.is(JSON.parse(checked.stdout).verdict, "ok");
  const dumped = await zcache(["swap", "dump", path]);
  t.is(dumped.code, 0, dumped.stderr);
  t.regex(dumped.stdout, /\| youngest[^]*kept: 12 pages, 12 of them written/);
  const page = look(sim.chip.cells).sectors.find(({ durable_bytes }) => durable_bytes > 0)!;
  const cells = sim.chip.cells.slice();
  for (let at = page.sector * SECTOR + 96; at < page.sector * SECTOR + page.filled_bytes; at += 64) cells[at] ^= 4;
  const broken = await zcache(["swap", "check", file("broken.img", cells), "--board", BOARD]);
  t.is(broken.code, 5, broken.stdout);
  t.regex(broken.stdout, /broken +L[14][^]*verdict +\d+ findings/);
});

/** An image whose first sector begins with the header of another version. */
function ofVersion(version: number): Uint8Array {
  const cells = openSimFlash("w25q16").chip.cells;
  cells.fill(0, 16, 64);
  cells.set([0x5a, 0x53, 0x57, 0x4c, 2, 0, 48, 12], 16);
  setVersion(cells, 0, version);
  return cells;
}

const REFUSED: [title: string, args: () => string[], sentence: RegExp][] = [
  ["no such file", () => ["check", join(folder, "absent.img")], /image .*absent\.img cannot be read/],
  ["half an image", () => ["check", file("half.img", new Uint8Array(1_000_000))], /half\.img has 1000000 bytes and an image has as many as its chip/],
  ["an image of another chip", () => ["dump", file("small.img", new Uint8Array(4096)), "--board", BOARD], /small\.img has 4096 bytes .* 2097152 \(stm32f405-nor\)/],
  ["noise", () => ["check", file("noise.img", Uint8Array.from({ length: 2_097_152 }, (_, i) => Math.imul(i, 2654435761) >>> 13 & 255))], /holds no swap log: 256 of its 256 sectors/],
  ["zeros", () => ["dump", file("zeros.img", new Uint8Array(2_097_152))], /holds no swap log/],
  ["a log of another version", () => ["check", file("version.img", ofVersion(3))], /swap log of version 3, this tool reads version 2/],
  ["a board that does not exist", () => ["check", file("any.img", new Uint8Array(2_097_152)), "--board", "esp"], /no board "esp"/],
  ["a board without a chip", () => ["check", file("any2.img", new Uint8Array(2_097_152)), "--board", "microbit"], /microbit has no flash for swap/],
  ["an unknown verb", () => ["mend", join(folder, "absent.img")], /no "mend": say dump, check, rescue or repair/],
];
for (const [title, args, sentence] of REFUSED) {
  test.serial(`${title}: one sentence, exit code 2`, async (t) => {
    const { code, stdout, stderr } = await zcache(["swap", ...args()]);
    t.regex(stderr, sentence);
    t.is(stderr.trim().split("\n").length, 1, stderr);
    t.is(code, 2);
    t.is(stdout, "");
  });
}
