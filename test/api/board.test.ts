import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { Knob } from "../../firmware/core/config";
import { Native } from "../../firmware/runtime/native";
import { buildImage } from "../../tools/build/image";
import { loadBoard } from "../../tools/board-file";
import { readMemory } from "../../tools/qemu/board-state";
import { Session } from "../../tools/qemu/session";
import { until } from "../helpers/patience";
import { BUDGET, DURABLE_AFTER, Line, PARTS, PRELUDE } from "./script";

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

test.serial("timers run between events, once or again and again, until they are cleared; one that throws stops them", async (t) => {
  const run = async (code: string): Promise<string> => (await session.link.run(code)).text.trim();
  const becomes = (code: string, value: string): Promise<void> => until(async () => await run(code) === value, `${code} is ${value}`);
  t.is(await run("n=0;once=0;i=setInterval(function(){n++},5);setTimeout(function(){once++},10);0"), "0");
  await becomes("n>3&&once==1", "true");
  t.is(await run("n>3&&once==1&&z.timers.length"), "1");
  t.is(await run("clearInterval(i);k=n;z.timers.length"), "0");
  await run("later=0;setTimeout(function(){later=1},50);0");
  await becomes("later", "1");
  t.is(await run("n==k"), "true");
  t.regex(await run("setTimeout(5,5)"), /a timer takes a function and milliseconds/);
  t.regex(await run("for(j=0;j<17;j++)setTimeout(print,1e6)"), /16 timers are set: clear one first/);
  t.is(await run("while(z.timers.length)clearTimeout(z.timers[0].id);z.timers.length"), "0");
  await run("setInterval(function(){throw new Error('tick')},1);0");
  await becomes("z.timers===undefined", "true");
});

/** Runs lines of the script on the board, and has each print what it should. */
async function run(t: ExecutionContext, on: Session, lines: Line[]): Promise<void> {
  await on.link.run(`${PRELUDE};0`);
  for (const { code, prints } of lines) {
    const { text } = await on.link.run(`${code};"end"`);
    t.deepEqual(text.trimEnd().split("\n"), [...prints, "end"], code);
  }
}

for (const [part, lines] of Object.entries(PARTS)) {
  test.serial(`${part}: the API on the board prints what the script says`, (t) => run(t, session, lines));
}

test.serial("the event \"budget\" is raised once on the board, when the write budget is used up", async (t) => {
  await run(t, session, [{ code: BUDGET.before, prints: [] }]);
  for (const [knob, value] of [[Knob.WritebackLimit, 0], [Knob.WritebackLimitEnable, 1]]) t.is((await session.link.run(`native(${Native.CoreSet},${knob},${value})`)).text, "0\n");
  await run(t, session, BUDGET.after);
  await run(t, session, BUDGET.after);
});

test.serial("what was synced is there after the emulator was killed, and nothing else is", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "zcache-api-"));
  const nor = join(folder, "nor.img");
  const boot = async (): Promise<Session> => Session.boot({ board: loadBoard(BOARD), image: (await buildImage(BOARD)).files.elf, nor });
  let board = await boot();
  try {
    await run(t, board, PARTS["durable"]!);
    await board.kill();
    board = await boot();
    await run(t, board, DURABLE_AFTER);
  } finally {
    await board.end();
    rmSync(folder, { recursive: true, force: true });
  }
});
