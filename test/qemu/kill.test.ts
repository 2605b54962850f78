/** Acceptance 35: the emulator is killed in mid-write, and the board resets itself; what was synced is there either way. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { loadBoard } from "../../tools/board-file";
import { buildImage } from "../../tools/build/image";
import type { KillDocument } from "../../tools/qemu/kill-run";
import { Session } from "../../tools/qemu/session";
import { untilHeard } from "../helpers/patience";
import { zcache } from "../tools/run-cli";

/** Sectors of 64 KB, and of 4 KB. */
const BOARDS = ["emcraft-sf2", "ast1030-evb"];

for (const name of BOARDS) test.serial(`35 Reset by the board's own reset request and by killing the emulator in mid-write: boots, ledger intact, durable data intact. (${name}: killed twice on the same image; volatile data are gone)`, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "zcache-kill-"));
  try {
    let before = 0;
    for (const packets of [11, 26]) {
      const args = ["qemu", "--board", name, "--feed", "tools/feed/sample/weather_climavue.csv", "--kill-after", String(packets), "--nor", join(folder, "nor.img"), "--batch", "--json"];
      const { code, stdout } = await zcache(args);
      t.is(code, 0);
      const document = JSON.parse(stdout) as KillDocument;
      t.is(document.verdict, "ok");
      t.is(document.durable_mismatches, 0);
      t.is(document.volatile_bytes, 0);
      t.true(document.found_step >= document.synced_step && document.synced_step > before);
      t.true(document.erases_max.after >= document.erases_max.before);
      before = document.found_step;
    }
    const image = await zcache(["swap", "check", join(folder, "nor.img"), "--board", name, "--json"]);
    t.is(image.code, 0, image.stdout);
    t.is((JSON.parse(image.stdout) as { committed: { areas: { pages: number }[] } }).committed.areas[0]!.pages, 12);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

for (const name of BOARDS) test.serial(`35 Reset by the board's own reset request and by killing the emulator in mid-write: boots, ledger intact, durable data intact. (${name}: its own request; what was not synced is gone)`, async (t) => {
  const session = await Session.boot({ board: loadBoard(name), image: (await buildImage(name)).files.elf });
  try {
    const { link } = session;
    const page = Uint8Array.from({ length: 1024 }, (_, i) => i * 7 & 255);
    const area = await link.openDurable("kept", 3 * 1024);
    await link.write(area, 1024, page);
    await link.sync(area);
    await link.write(area, 1024, new Uint8Array(1024).fill(1));
    const before = link.textSoFar.length;
    link.type(".reset\r");
    await untilHeard(() => link.textSoFar, before, /zcache-mcu [^]*\n> $/);
    await link.hello();
    const again = await link.openDurable("kept", 3 * 1024);
    t.deepEqual(Uint8Array.from(await link.read(again, 1024, 1024)), page);
    t.true((await link.read(again, 2048, 1024)).every((byte) => byte === 0));
    t.regex((await link.run(".swap json")).text, /"open":true,"found":3,/);
    t.regex((await link.run(".swap format")).text, /in use/);
  } finally {
    await session.end();
  }
});
