/** A chip with something else on it, live: the board boots, says what it found, writes nothing, and .swap format makes the chip its own. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { loadBoard } from "../../tools/board-file";
import { boardFacts } from "../../tools/build/board";
import { buildImage } from "../../tools/build/image";
import { Session } from "../../tools/qemu/session";
import { Kind, SwapImage } from "../../tools/swap/image";

const BOARD = "emcraft-sf2";
const FOREIGN = 16;
/** Where a sector header begins, behind the mark, and with what. */
const MARK_BYTES = 16;
const FIRST_BYTE = 0x5a;

test.serial("a foreign chip is left alone until .swap format, which opens it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "zcache-swap-live-"));
  const board = loadBoard(BOARD);
  const nor = join(folder, "nor.img");
  const stranger = new Uint8Array(board.flash!.imageBytes).map((_, i) => Math.imul(i, 2654435761) >>> 24);
  writeFileSync(nor, stranger);
  const session = await Session.boot({ board, image: (await buildImage(BOARD)).files.elf, nor });
  try {
    const { link } = session;
    const closed = JSON.parse((await link.run(".swap json")).text) as { open: boolean; found: number };
    t.deepEqual({ open: closed.open, found: closed.found }, { open: false, found: FOREIGN });
    t.regex((await link.run(".swap")).text, /\.swap format/);
    await t.throwsAsync(link.openDurable("kept", 1024));
    t.true(Buffer.compare(readFileSync(nor), stranger) === 0, "nothing was written to a stranger's chip");
    t.is((await link.run(".swap format")).status, 0);
    t.true((JSON.parse((await link.run(".swap json")).text) as { open: boolean }).open);
    const area = await link.openDurable("kept", 1024);
    await link.write(area, 0, new Uint8Array(1024).fill(7));
    await link.sync(area);
    t.is((await link.read(area, 0, 1024))[9], 7);
  } finally {
    await session.end();
    rmSync(folder, { recursive: true, force: true });
  }
});

test.serial("42 What two cuts left of a virgin chip's first writes opens, and one flipped bit in a live record's header costs nothing and is said", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "zcache-swap-live-"));
  const board = loadBoard(BOARD);
  const { sectorBytes, imageBytes } = board.flash!;
  const { swap: { startBytes, sectors }, knobs: { pageBytes } } = boardFacts(BOARD) as { swap: { startBytes: number; sectors: number }; knobs: { pageBytes: number } };
  const nor = join(folder, "nor.img");
  const cells = new Uint8Array(imageBytes).fill(0xff);
  for (const sector of [0, 1]) cells[startBytes + sector * sectorBytes + MARK_BYTES] = FIRST_BYTE | sector;
  writeFileSync(nor, cells);
  const options = { board, image: (await buildImage(BOARD)).files.elf, nor };
  const first = await Session.boot(options);
  try {
    const area = await first.link.openDurable("kept", 1024);
    await first.link.write(area, 0, new Uint8Array(1024).fill(7));
    await first.link.sync(area);
  } finally {
    await first.end();
  }
  const synced = new Uint8Array(readFileSync(nor));
  const image = new SwapImage(synced, { start: startBytes, sectorBytes, sectors, pageBytes });
  const { slot } = Array.from({ length: sectors }, (_, sector) => image.sector(sector).records).flat().find(({ kind, instance }) => kind === Kind.Durable && instance > 0)!;
  synced[image.addressOf(slot) + 9] ^= 4;
  writeFileSync(nor, synced);
  const second = await Session.boot(options);
  try {
    t.regex(second.link.textSoFar, /1 flipped bits of the swap log were mended/);
    const area = await second.link.openDurable("kept", 1024);
    t.is((await second.link.read(area, 0, 1024))[9], 7);
    await second.link.write(area, 0, new Uint8Array(1024).fill(8));
    await second.link.sync(area);
    t.is((JSON.parse((await second.link.run(".swap json")).text) as { mended: number }).mended, 1);
  } finally {
    await second.end();
    rmSync(folder, { recursive: true, force: true });
  }
});
