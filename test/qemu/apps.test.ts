/**
 * Apps on boards: the examples on three boards, fed and run unattended, and what is asked of any app: kept in flash, run at each
 * boot, left out when asked, and an app that is bad in any way harms neither the board nor the app before it.
 */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { ExecutionContext } from "ava";
import { firstDifference } from "../../tools/app/expect";
import { loadSource, runToEnd } from "../../tools/app/load";
import { loadBoard } from "../../tools/board-file";
import { buildImage } from "../../tools/build/image";
import type { ByteStream } from "../../tools/link/byte-stream";
import { feedFiles } from "../../tools/feed/feed";
import { Session } from "../../tools/qemu/session";
import { EXAMPLES } from "../helpers/apps";
import { PATIENCE_MS, untilHeard } from "../helpers/patience";

const BOARD = "emcraft-sf2";
const CTRL_C = "\x03";

for (const name of [BOARD, "ast1030-evb", "stm32f405-nor"]) {
  test.serial(`the examples print what they should on ${name}`, async (t) => {
    const board = loadBoard(name);
    const { files } = await buildImage(name);
    for (const { name: example, path, text, expected, feeds } of EXAMPLES) {
      const session = await Session.boot({ board, image: files.elf });
      try {
        await loadSource(session.link, { name: "", path, text });
        await feedFiles(session.link, session.greeting, feeds, () => undefined);
        const ended = await runToEnd(session.link, PATIENCE_MS);
        t.is(ended.status, 0, `${example}: ${ended.text}`);
        t.deepEqual(firstDifference(expected, ended.text), undefined, example);
      } finally {
        await session.end();
      }
    }
  });
}

test.serial("on a board without flash an app is kept in RAM, which is said, until a reset", async (t) => {
  const board = loadBoard("stm32f405");
  const { files } = await buildImage(board.name);
  const session = await Session.boot({ board, image: files.elf });
  try {
    const run = async (line: string): Promise<string> => (await session.link.run(line)).text.trim();
    t.is(await loadSource(session.link, { name: "", path: "app.js", text: "var n = 1;\nprint('runs');\nnull.thing;" }), "the app is in RAM only, this board has no flash for it: .app run runs it, a reset forgets it");
    t.is(await run(".app"), "the app 36 bytes in RAM, no flash for apps; timers set: 0");
    t.regex(await run(".app run"), /^runs\nTypeError: .* \(line 3\)$/);
    const before = session.link.textSoFar.length;
    session.link.type(".reset safe\r");
    await untilHeard(() => session.link.textSoFar, before, /zcache-mcu [^]*\n> $/);
    t.is(await run("typeof n"), "undefined");
    t.is(await run(".app"), "no app in RAM, no flash for apps; timers set: 0");
  } finally {
    await session.end();
  }
});

/** A person who strikes Ctrl-C when this is on the screen. */
function ctrlCAfter(words: RegExp): (line: ByteStream) => ByteStream {
  return (line) => ({
    write: (bytes) => line.write(bytes),
    onEnd: (listener) => line.onEnd(listener),
    onBytes: (listener) => {
      let heard = "";
      line.onBytes((bytes) => {
        listener(bytes);
        heard += Buffer.from(bytes).toString("latin1");
        if (!words.test(heard)) return;
        heard = "";
        line.write(Buffer.from(CTRL_C));
      });
    },
  });
}

/** A board whose flash is kept from boot to boot. */
class Kept {
  readonly nor = join(tmpdir(), `zcache-apps-${process.pid}.img`);
  session!: Session;

  async boot(safe = false, wrap?: (line: ByteStream) => ByteStream): Promise<string> {
    const { files } = await buildImage(BOARD);
    this.session = await Session.boot({ board: loadBoard(BOARD), image: files.elf, nor: this.nor, safe, wrap });
    return this.session.link.textSoFar.replace(/\r/g, "");
  }

  async again(safe = false, wrap?: (line: ByteStream) => ByteStream): Promise<string> {
    await this.session.end();
    return this.boot(safe, wrap);
  }

  async run(line: string): Promise<string> { return (await this.session.link.run(line)).text.trim(); }
  async load(text: string, name = ""): Promise<string> { return loadSource(this.session.link, { name, path: "app.js", text }); }

  /** Types what a person would and waits for what the board says. */
  async type(keys: string, expected: RegExp): Promise<string> {
    const from = this.session.link.textSoFar.length;
    this.session.link.type(keys);
    const heard = (): string => this.session.link.textSoFar.slice(from).replace(/\r/g, "");
    await untilHeard(heard, 0, expected);
    return heard();
  }

  async end(): Promise<void> {
    await this.session?.end();
    rmSync(this.nor, { force: true });
  }
}

function story(title: string, play: (t: ExecutionContext, board: Kept) => Promise<void>): void {
  test.serial(title, async (t) => {
    const board = new Kept();
    try {
      await board.boot();
      await play(t, board);
    } finally {
      await board.end();
    }
  });
}

story("an app that is loaded is run at each boot, with its modules, until it is left out or erased", async (t, board) => {
  await board.load("exports.name = 'module';", "m");
  t.regex(await board.load("print('I am ' + require('m').name);\nvar ran = 1;"), /kept in flash/);
  t.regex(await board.again(), /app {4}\d+ bytes.*\nI am module\n> $/);
  t.is(await board.run("ran"), "1");
  const safe = await board.again(true);
  t.regex(safe, /app {4}\d+ bytes/);
  t.notRegex(safe, /I am module/);
  t.regex(await board.run(".app"), /^the app \d+, m \d+ bytes in flash/);
  t.is(await board.run(".app run"), "I am module");
  const reset = await board.type(".reset safe\r", /left out[^]*> $/);
  t.notRegex(reset, /I am/);
  await board.run(".app erase");
  t.regex(await board.run(".app"), /^no app/);
  t.notRegex(await board.again(), /\napp /);
});

story("an app with a syntax error is told with line and column, and the one before stays", async (t, board) => {
  await board.load("print('first');");
  const complaint = await board.type(".load\rvar a = 1;\r  var b = ;\r.end\r", /stays\.\n> $/);
  t.regex(complaint, /line 2, column 11: SyntaxError/);
  t.regex(await board.type(".load\rprint('second'\r\x04", /stays\.\n> $/), /line 2, column 1: SyntaxError/);
  t.is(await board.run(".app run"), "first");
  t.regex(await board.again(), /\nfirst\n> $/);
});

story("a load that is broken off by Ctrl-C, a new session or a reset keeps the app before", async (t, board) => {
  await board.load("print('first');");
  await board.type(".load\rprint('second');\r", /second[^]*> $/);
  t.regex(await board.type(CTRL_C, /> $/), /Nothing was loaded/);
  await board.run(".load");
  await board.run("print('third');");
  await board.session.link.hello();
  t.is(await board.run("1+1"), "2");
  await board.run(".load");
  await board.run("print('fourth');");
  t.regex(await board.again(), /\nfirst\n> $/);
  t.regex(await board.type(".load\r.end\r", /stays\.\n> $/), /not a line came/);
  t.is(await board.run(".app run"), "first");
});

story("apps that throw, never end or eat the heap at boot leave the prompt and the store", async (t, board) => {
  await board.load("var x = 1;\nnull.thing;");
  t.regex(await board.again(), /TypeError[^\n]*\n> $/);
  await board.load("print('for ever');\nfor (;;);");
  t.regex(await board.again(false, ctrlCAfter(/for ever\r\n/)), /for ever\nInterrupted \(line [12]\)\n> $/);
  await board.again(true);
  await board.load("var all = [];\nfor (;;) all.push(new Uint8Array(100));");
  const full = await board.again();
  t.regex(full, /out of memory[^\n]*\.reset safe[^\n]*\n> $/);
  t.regex(await board.run("1+1"), /^2$/);
  t.regex(await board.run("z.frames()"), /^\d+$/);
  await board.type(".reset safe\r", /left out[^]*> $/);
  t.is(await board.run("typeof all"), "undefined");
});

story("what an app throws is told with its line, and with the module's name, from its first run to its timers", async (t, board) => {
  await board.load("exports.f = function (x) {\n\n  return x.thing;\n};", "m");
  await board.load("exports.g = 1;\nthrow new Error('bad from the start');", "bad");
  await board.load([
    "// comments count as lines", "var m = require('m'), z = require('zcache');", "function own(n) {", "  for (var i = 0; i < 5; i++)", "    if (i === n) z.area('a', 10).at(10);", "}",
    "function later(f) { setTimeout(f, 1); }", "var way = z.way;", "if (way === 1) null.thing;", "if (way === 2)", "  m.f(null);", "if (way === 3) own(3);", "if (way === 4) require('bad');",
    "if (way === 5) later(function () {", "  own(2);", "});", "if (way === 6) for (print('round');;)", "  way++;", "if (way === 7) try { own(1); } finally { way = 0; }", "if (way === 8) m.f = JSON.parse('{');",
  ].join("\n"));
  const told: [number, RegExp][] = [[1, /^TypeError: .* \(line 9\)$/], [2, /^TypeError: .* \(line 3 of m\)$/], [3, /^Error: area a: .*its length\. \(line 5\)$/], [4, /^Error: bad from the start \(line 2 of bad\)$/],
    [7, /^Error: area a: .*its length\. \(line 5\)$/], [8, /^SyntaxError: .* \(line 20\)$/]];
  for (const [way, sentence] of told) t.regex((await board.run(`z.way=${way};z.modules=undefined`), await board.run(".app run")), sentence);
  await board.run("z.way=5");
  await board.type(".app run\r", /> Error: area a: .*its length\. \(line 5\)\n/);
  await board.run("z.way=6");
  await board.type(".app run\r", /round\n/);
  await board.type(CTRL_C, /Interrupted \(line 1[78]\)\n> $/);
  t.regex(await board.run("own(1)"), /its length\. \(line 5\)$/);
  t.regex(await board.run("null.thing"), /^TypeError: [^(]*$/);
  t.regex(await board.run(".set nothing"), /^Error: there is no knob nothing: \.set lists them\.$/);
});

/** Bytes that an app may hold while each command still answers; `.wear` is the dearest. */
const BESIDE: [command: string, bytes: number][] = [[".set accept_percent 90", 6000], [".set", 5400], [".set json", 4000], [".stats", 7500], [".mem", 8500], [".frames", 8500], [".pools", 8800], [".wear", 2600], [".swap", 5000],
  [".version", 10000], [".help", 8500], [".app", 7000], ["z.frames()", 10500]];

story("every command answers beside an app that holds a good part of the heap", async (t, board) => {
  for (const [command, bytes] of BESIDE) {
    await board.run(`b=0;b=new Uint8Array(${bytes});0`);
    t.notRegex(await board.run(command), /Error/, command);
  }
});

story("an app that fails with its heap nearly full is told with its line, or without, and the board goes on", async (t, board) => {
  await board.load("var all = [];\ntry { for (;;) all.push(new Uint8Array(100)); } catch (e) { all.length -= 5; }\nnull.thing;");
  t.regex(await board.run(".app run"), /^TypeError: cannot read property 'thing' of null/);
  t.regex(await board.run("all.length>20"), /true/);
});

story("after .app stop a refusal is the refusal, and handlers can be set again", async (t, board) => {
  await board.run("z.on('lowmemory',function(){print('old')});d=z.device(0,4096);d.write(0,new Uint8Array(512));d.mem_limit=1");
  await board.run(".app stop");
  t.regex(await board.run("d.write(0,new Uint8Array(512))"), /^Error: device 0: its mem_limit is reached/);
  t.regex(await board.run("z.on('lowmemory',function(){print('new')});d.write(0,new Uint8Array(512))"), /^new\nError: device 0: its mem_limit is reached/);
});

story("a callback that takes longer than z.watchdog is stopped, and its timers with it", async (t, board) => {
  await board.run("z.watchdog=300;n=0;setInterval(function(){n++;for(;;);},1);0");
  await board.type("\r", /z\.watchdog allows\ntimers stopped/);
  t.is(await board.run("n"), "1");
  await board.run("z.watchdog=0;setTimeout(function(){n=5},1);0");
  await board.type("\r", /> /);
  t.is(await board.run("z.app===undefined&&z.watchdog"), "0");
});
