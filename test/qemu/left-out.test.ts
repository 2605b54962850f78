/** What a board may leave out: the image is smaller, a call says what is missing, and all else works. */
import test from "ava";
import { loadBoard } from "../../tools/board-file";
import { buildImage } from "../../tools/build/image";
import { Session, waitForText } from "../../tools/qemu/session";

const BOARD = "emcraft-sf2";

test("an image without trigonometry is 9 KB smaller, says so when it is called, and calculates everything else", async (t) => {
  t.timeout(180_000);
  const whole = await buildImage(BOARD);
  const { files, flash } = await buildImage(BOARD, { leaveOut: ["trigonometry"] });
  t.true(whole.flash.total - flash.total > 9 * 1024, `${whole.flash.total} and ${flash.total} bytes`);
  const session = await Session.boot({ board: loadBoard(BOARD), image: files.elf });
  try {
    const ask = async (line: string): Promise<string> => (await session.link.run(line)).text.trim();
    for (const name of ["sin", "cos", "tan", "asin", "acos", "atan", "atan2"]) t.is(await ask(`Math.${name}(0.5, 1)`), `Error: Math.${name} is left out of this board's image`);
    t.is(await ask("try { Math.sin(1) } catch (e) { e.message.length }"), "42");
    t.is(await ask("[Math.sqrt(2), Math.pow(2, 0.5), Math.log(Math.exp(3)), Math.floor(-1.5), Math.round(2.5), 7.5 % 2, (0.1).toFixed(3), (255.5).toString(2)].join()"),
      "1.4142135623730951,1.4142135623730951,3,-2,3,1.5,0.100,11111111.1");
  } finally {
    await session.end();
  }
});

test("an image that has all of it calculates as the host does, to the last digit or the one before", async (t) => {
  t.timeout(180_000);
  const { files } = await buildImage(BOARD);
  const session = await Session.boot({ board: loadBoard(BOARD), image: files.elf });
  try {
    const names = ["sin", "cos", "tan", "asin", "acos", "atan", "exp", "log", "sqrt"] as const;
    for (const name of names) {
      const value = Number((await session.link.run(`Math.${name}(0.7)`)).text);
      t.true(Math.abs(value - Math[name](0.7)) <= 2 ** -52, `${name}: ${value}`);
    }
  } finally {
    await session.end();
  }
});

test("an image without control answers Hello and looks, and refuses Run, Dump, Write and all else that gives away or changes something", async (t) => {
  t.timeout(180_000);
  const { files } = await buildImage(BOARD, { leaveOut: ["control"] });
  const session = await Session.boot({ board: loadBoard(BOARD), image: files.elf });
  try {
    const { link, greeting } = session;
    t.is(greeting.board, BOARD);
    const asked: [string, () => Promise<unknown>][] = [["Run", () => link.run("1")], ["Dump", () => link.dump(0, 16)], ["Write", () => link.write(0, 0, Uint8Array.of(1))],
      ["Read", () => link.read(0, 0, 1)], ["Open", () => link.open("a", 1000)], ["Close", () => link.close(0)], ["Open", () => link.openDurable("a", 1000)], ["Sync", () => link.sync(0)]];
    for (const [name, ask] of asked) t.regex((await t.throwsAsync(ask)).message, new RegExp(`^the board refused ${name}.*: the board's image leaves it out \\(-15\\)$`));
    const type = async (line: string): Promise<string> => {
      const from = link.textSoFar.length;
      link.type(`${line}\r`);
      await waitForText(link, (text) => /\n> $/.test(text.slice(from)), 120_000, "answer what was typed");
      return link.textSoFar.slice(from).replaceAll("\r", "").replace(/^[^\n]*\n/, "").replace(/\n?> $/, "");
    };
    const refused = "This board's image leaves control out: it takes no JavaScript, no app and no setting from the line.";
    for (const line of ["1+1", "native(16)", ".load", ".load name", ".app run", ".app erase", ".swap format", ".set accept_percent 80", ".reset safe"]) t.is(await type(line), refused, line);
    t.regex(await type(".mem"), /engine heap/);
    t.true(Number.isInteger(JSON.parse(await type(".stats json")).zswap.stored_pages));
    t.is(await type(".app"), "no app in flash, a slot has 65504; timers set: 0");
  } finally {
    await session.end();
  }
});
