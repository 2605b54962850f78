import test from "ava";
import { buildImage } from "../../tools/build/image";
import { loadBoard } from "../../tools/board-file";
import { readMemory } from "../../tools/qemu/board-state";
import { Session } from "../../tools/qemu/session";
import { PARTS, PRELUDE } from "./script";

const BOARD = "emcraft-sf2";
/** What an app is promised of the engine's heap after the boot. */
const HEAP_FREE_LEAST = 11_000;

let session: Session;

test.before(async () => {
  const { files } = await buildImage(BOARD);
  session = await Session.boot({ board: loadBoard(BOARD), image: files.elf });
});
test.after.always(async () => { await session?.end(); });

test.serial("the API leaves the engine's heap to the app", async (t) => {
  t.true((await readMemory(session.link)).engine_heap.free >= HEAP_FREE_LEAST);
});

for (const [part, lines] of Object.entries(PARTS)) {
  test.serial(`${part}: the API on the board prints what the script says`, async (t) => {
    await session.link.run(`${PRELUDE};0`);
    for (const { code, prints } of lines) {
      const { text } = await session.link.run(`${code};"end"`);
      t.deepEqual(text.trimEnd().split("\n"), [...prints, "end"], code);
    }
  });
}
