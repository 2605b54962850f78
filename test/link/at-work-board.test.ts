/** The emulated board says that it is at work while a script runs, by its own clock: where instructions are counted the host's speed is nothing. */
import test from "ava";
import { loadBoard } from "../../tools/board-file";
import { buildImage } from "../../tools/build/image";
import { Session } from "../../tools/qemu/session";
import { until } from "../helpers/patience";

const BOARD = "emcraft-sf2";

test.serial("a Run that computes for seconds of the board's time is told to be at work, is carried out once, and short ones say nothing", async (t) => {
  const session = await Session.boot({ board: loadBoard(BOARD), image: (await buildImage(BOARD)).files.elf, icount: true });
  const { link } = session;
  try {
    t.is((await link.run("n=0;print(1+1)")).text.trim(), "2");
    t.is(link.counters.busy, 0);
    t.is((await link.run("n++;for(var i=0;i<1500000;i++);print(i)")).text.trim(), "1500000");
    t.log(`${link.counters.busy} times`);
    t.true(link.counters.busy >= 1);
    t.is((await link.run("print(n)")).text.trim(), "1");
    t.is(link.counters.damaged, 0);
  } finally {
    await session.end();
  }
});

/** A board with its image, and what came from it byte by byte since then. */
async function boardWithTrace(icount: boolean) {
  const session = await Session.boot({ board: loadBoard(BOARD), image: (await buildImage(BOARD)).files.elf, icount });
  let trace = Buffer.alloc(0);
  session.link.onLine((bytes) => { trace = Buffer.concat([trace, bytes]); });
  return { session, trace: () => trace };
}

test.serial("a Hello while a typed line computes is told that the board is at work, and the link works afterwards", async (t) => {
  // Where instructions are counted the board asks for bytes only when it would sleep, so a script for ever would never hear the Hello.
  const { session } = await boardWithTrace(false);
  const { link } = session;
  try {
    // The Ctrl-C drops what waits behind the line, the Hello too: it is asked again.
    link.setPatience({ timeoutMs: 2000, tries: 100 });
    link.type("while(1);\r");
    const greeted = link.hello();
    await until(() => link.counters.busy >= 2, "the board says that it is at work");
    link.type("\x03");
    t.is((await greeted).board, BOARD);
    t.is((await link.run("print(6*7)")).text.trim(), "42");
  } finally {
    await session.end();
  }
});

test.serial("a terminal sees no byte of a packet while a typed line computes for seconds and nobody asks", async (t) => {
  const { session, trace } = await boardWithTrace(true);
  const { link } = session;
  try {
    const done = new Promise<void>((resolve) => link.onText(() => { if (link.textSoFar.includes("done")) resolve(); }));
    link.type("for(var i=0;i<1500000;i++);print('do'+'ne')\r");
    await done;
    t.false(trace().includes(0xc0));
    t.is(link.counters.busy, 0);
  } finally {
    await session.end();
  }
});
