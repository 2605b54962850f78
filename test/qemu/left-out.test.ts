/** What a board may leave out of its engine: the image is smaller, a call says what is missing, and all else works. */
import test from "ava";
import { loadBoard } from "../../tools/board-file";
import { buildImage } from "../../tools/build/image";
import { Session } from "../../tools/qemu/session";

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
