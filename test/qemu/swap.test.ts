/** A chip with something else on it, live: the board boots, says what it found, writes nothing, and .swap format makes the chip its own. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { loadBoard } from "../../tools/board-file";
import { buildImage } from "../../tools/build/image";
import { Session } from "../../tools/qemu/session";

const BOARD = "emcraft-sf2";
const FOREIGN = 16;

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
