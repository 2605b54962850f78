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

/** Puts `bytes` at `offset` of the map's pages, as nothing but the app itself can: an area's handle is made to name the map. */
const forge = (offset: number, bytes: number[]): string => `f.handle=m.handle;f.write(${offset},new Uint8Array([${bytes}]));f.handle=h`;

test.serial("forged pages of a map are damaged and no more on the board, the link writes into none, and clear() mends it", async (t) => {
  await session.link.run(`${PRELUDE};m=z.map('forged',6144);f=z.area('looks',6144);h=f.handle;o=z.area('others',64);o.write(0,'precious');0`);
  const handle = Number((await session.link.run("m.handle")).text);
  await t.throwsAsync(session.link.write(handle, 1024, Uint8Array.of(1, 0)), { message: /Write at 1024/ });
  const forgeries: [number, number[]][] = [[2, [255, 255]], [4, [255, 255]], [6, [255, 255]], [36, [96, 234]], [34, [255, 255]], [18, [255, 255]], [8, [255, 255, 255, 255]], [12, [0, 0, 0, 128]], [24, [0]], [42, [255, 91, 91, 123, 34]], [35, [2]]];
  for (const [offset, bytes] of forgeries) {
    await session.link.run("m.clear();for(i=0;i<60;i++)m.set('k'+i,i%2?'value '+i+'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx':[i,'{[\"xxxxxxxxxxxxxxxxxxxxxxxxx']);0");
    await session.link.run(forge(offset, bytes));
    const use = "n={};function u(f){try{f()}catch(e){n[e.code]=1}}u(function(){m.keys()});u(function(){m.forEach(function(){})});"
      + "for(i=0;i<70;i++){u(function(){m.get('k'+i)});u(function(){m.set('k'+i,'abcdefgh')});u(function(){m.delete('k'+i)})}JSON.stringify(n)";
    const { text } = await session.link.run(use);
    t.true(["{}", "{\"-5\":1}"].includes(text.trim()), `${offset}: ${text}`);
    t.is((await session.link.run("m.clear();m.set('a','b');m.get('a')+String.fromCharCode(o.at(0))")).text.trim(), "bp", `${offset}`);
  }
  await session.link.run("m.free();f.free();o.free();0");
});

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
