/** Acceptance 22 on the emulated board: an app fills an area and turns the budget of frames up and down at its console. */
import test from "ava";
import { loadBoard } from "../../tools/board-file";
import { buildImage } from "../../tools/build/image";
import { Session } from "../../tools/qemu/session";
import { Random } from "../helpers/random";

const BOARD = "emcraft-sf2";
const PAGES = 60;
const CLASSES = ["active_file", "inactive_file", "zpages_file", "active_anon", "inactive_anon", "zpages_anon", "free", "kept", "lent"];

test.serial("22 Six frame classes under setTarget up and down: sum constant, target met or a reason. (on the board)", async (t) => {
  const session = await Session.boot({ board: loadBoard(BOARD), image: (await buildImage(BOARD)).files.elf });
  try {
    const run = async (code: string): Promise<string> => (await session.link.run(code)).text.trim();
    await run(`a=z.area("all",${PAGES * 1024});b=new Uint8Array(1024);0`);
    const all = Number(await run("z.frames()"));
    const random = new Random(22);
    const map = async (): Promise<Record<string, number> & { map: string }> => JSON.parse(await run(".frames json"));
    for (let round = 0, met = 0; round < 16; round++) {
      await run(`for(i=0;i<12;i++){p=(${round}*7+i*5)%${PAGES};b[0]=p;b[700]=${round % 3 === 0 ? "i*13" : "p"};a.write(p*1024,b)}0`);
      const target = round % 4 === 3 ? all : 4 + random.below(all - 3);
      const answer = await run(`try{z.frames(${target})}catch(e){e.message}`);
      const { frames, map: letters, ...found } = await map();
      t.is(CLASSES.reduce((sum, name) => sum + (found as Record<string, number>)[name], 0), frames);
      t.is(letters.length, frames, "a letter for each frame");
      t.is(frames, all);
      if (answer === String(target)) {
        met++;
        t.is(found.lent, all - target);
      } else t.regex(answer, /\w+ .*\w/, "a reason");
      t.is((letters.match(/-/g) ?? []).length, found.lent);
      if (round === 15) t.true(met >= 12, `${met} of 16 targets were met at once`);
    }
    t.is(await run(`z.frames(${all})`), String(all));
    t.is(await run(`w=0;for(p=0;p<${PAGES};p++){a.read(p*1024,b);if(b[0]!=0&&b[0]!=p)w++}w`), "0");
  } finally {
    await session.end();
  }
});
