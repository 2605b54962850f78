/**
 * Every board that QEMU has a machine for, by the same image sources: it boots to its prompt, takes more data than it has
 * pageframes, gives every byte back in shuffled order, and its counters say where the pages were. Boards that exist only
 * as hardware at least build, and say what to run instead.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { Random } from "../../hal/sim/random";
import { boardNames, checkBoard, loadBoard, type BoardFile } from "../../tools/board-file";
import { buildImage } from "../../tools/build/image";
import { inRoot } from "../../tools/build/paths";
import { planFeeds } from "../../tools/feed/plan";
import { machineOf } from "../../tools/qemu/machine";
import { runFeeds } from "../../tools/qemu/run";
import { Session } from "../../tools/qemu/session";
import { Report } from "../../tools/report";
import { untilHeard } from "../helpers/patience";

const SAMPLE = inRoot("tools", "feed", "sample", "waterlevel_aquatroll.csv");
const folder = mkdtempSync(join(tmpdir(), "zcache-boards-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const boards = boardNames().map(loadBoard);
const emulated = boards.filter((board) => board.machine !== undefined);

/** A file of sensor readings, somewhat more than fits the board's pageframes as it is. */
function fileFor(board: BoardFile, frames: number): string {
  const path = join(folder, `${board.name}.csv`);
  const readings = readFileSync(SAMPLE);
  const bytes = Math.min(Math.round(1.25 * frames), frames + 49152, board.knobs.pagesMax * board.knobs.pageBytes);
  writeFileSync(path, Buffer.concat(Array.from({ length: Math.ceil(bytes / readings.length) }, () => readings)).subarray(0, bytes));
  return path;
}

for (const board of emulated) {
  test.serial(`${board.name} boots to its prompt, takes more than its frames hold and gives every byte back`, async (t) => {
    const { files, ram } = await buildImage(board.name);
    const feeds = planFeeds([fileFor(board, ram.arena_parts.frames)], board);
    const session = await Session.boot({ board, image: files.elf });
    try {
      const document = await runFeeds(session, { command: "qemu", board, feeds, icount: false, ramCheck: true }, new Report(true));
      const { verified, ram_check, counters, pages, flash } = document;
      t.is(verified.mismatches, 0);
      t.is(verified.bytes, feeds[0].data.length);
      t.deepEqual(ram_check, []);
      t.true(pages.fed.compressed > 0);
      t.is(counters.zswap.stored_pages, pages.verified.compressed);
      t.is(flash.part === null, board.flash === undefined);
      if (!board.flash) t.is(flash.programmed_bytes + pages.fed.flash, 0);
    } finally {
      await session.end();
    }
  });
}

test.serial("a board without flash that is full refuses, and what it took before is safe", async (t) => {
  const board = loadBoard("stm32f405");
  const { files } = await buildImage(board.name);
  const session = await Session.boot({ board, image: files.elf });
  try {
    const { link, greeting: { pageBytes } } = session;
    const noise = (page: number): Uint8Array => {
      const bytes = new Uint8Array(pageBytes);
      new Random(page + 1).fill(bytes);
      return bytes;
    };
    const handle = await link.open("noise", 200 * pageBytes);
    let pages = 0;
    const refusal = await t.throwsAsync(async () => { for (;; pages++) await link.write(handle, pages * pageBytes, noise(pages)); });
    t.regex(refusal.message, /no pageframe is free and none could be freed \(-3\)/);
    t.true(pages >= 60, String(pages));
    for (let page = 0; page < pages; page++) t.is(Buffer.compare(await link.read(handle, page * pageBytes, pageBytes), noise(page)), 0);
  } finally {
    await session.end();
  }
});

test.serial("the floor's commands answer, and its self-test stores and loads real pages", async (t) => {
  const board = loadBoard("microbit");
  const { files } = await buildImage(board.name);
  const session = await Session.boot({ board, image: files.elf });
  try {
    t.regex((await session.link.run(".selftest")).text, /^24 of 24 pages stored, 0 refused, 0 came back wrong: passed/);
    t.regex((await session.link.run(".help")).text, /\.stats[^]*\.mem[^]*\.frames[^]*\.help/);
    t.regex((await session.link.run(".stats")).text, /frontswap\n +loads +24\n +succ_stores +24\n/);
    t.regex((await session.link.run(".mem")).text, /stack +1536[^]*17 frames of 512 bytes/);
    t.regex((await session.link.run(".frames")).text, /^\+?\.{16}/);
    t.like(await session.link.run("1+1"), { status: 1 });
    session.qemu.stream.write(Buffer.from(".nothing\r"));
    await untilHeard(() => session.link.textSoFar, 0, /There is no command \.nothing; \.help lists them\.\r?\n> $/);
  } finally {
    await session.end();
  }
});

test.serial("a chip of another make in the same place is used by its own table", async (t) => {
  const { files } = await buildImage("ast1030-evb");
  const known = loadBoard("ast1030-evb");
  const board: BoardFile = { ...known, machine: "ast1030-evb,spi-model=w25q512jv", flash: { ...known.flash!, imageBytes: 64 << 20 } };
  const session = await Session.boot({ board, image: files.elf });
  try {
    t.regex(session.link.textSoFar, /flash {2}serial NOR, described by itself \(SFDP\), id ef4020, 16777216 bytes, 1024 sectors for swap/);
  } finally {
    await session.end();
  }
});

for (const board of boards.filter((one) => one.machine === undefined)) {
  test.serial(`${board.name}, which QEMU does not have, builds, and says what to run instead`, async (t) => {
    const sizes = await buildImage(board.name);
    t.true(sizes.flash.free > 0 && sizes.ram.free >= 0);
    t.throws(() => machineOf(board), { message: `${board.name} has no machine in QEMU: build its image and flash it, or run ${board.kin}, which has the same chip` });
  });
}

test("every board's figures are sound, its title tells it from the others, and its name is its folder's", (t) => {
  for (const board of boards) t.notThrows(() => checkBoard(board));
  t.deepEqual(boards.map((board) => board.name), boardNames());
  t.is(new Set(boards.map((board) => board.title)).size, boards.length);
});
