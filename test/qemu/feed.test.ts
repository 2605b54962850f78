import test from "ava";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COUNTER_NAMES } from "../../firmware/core/counter-names";
import { Native } from "../../firmware/runtime/native";
import { loadBoard } from "../../tools/board-file";
import { buildImage } from "../../tools/build/image";
import { inBuild, inRoot } from "../../tools/build/paths";
import { ExitCode, Failure } from "../../tools/failure";
import { feedFiles, verifyFiles } from "../../tools/feed/feed";
import { countedImage } from "../../tools/qemu/counted-image";
import { runFeeds, type RunDocument } from "../../tools/qemu/run";
import { Session, waitForText } from "../../tools/qemu/session";
import { Report } from "../../tools/report";
import { PATIENCE_MS } from "../helpers/patience";
import { Random } from "../helpers/random";
import { FaultyStream } from "../tools/faulty-stream";
import { LateStream } from "../tools/late-stream";
import { zcache } from "../tools/run-cli";

const BOARD = "emcraft-sf2";
const WEATHER = inRoot("tools", "feed", "sample", "weather_climavue.csv");
const WATER = inRoot("tools", "feed", "sample", "waterlevel_aquatroll.csv");
const NOR_BYTES = 16_777_216;

const folder = mkdtempSync(join(tmpdir(), "zcache-qemu-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<{ document: RunDocument; stderr: string }> {
  const result = await zcache(["qemu", "--board", BOARD, "--batch", "--json", ...args]);
  if (result.code !== 0) throw new Error(`zcache ended with ${result.code}: ${result.stderr.slice(-2000)}`);
  return { document: JSON.parse(result.stdout) as RunDocument, stderr: result.stderr };
}

test.serial("37. A real sensor file several times larger than the board's RAM goes in through the serial link and comes back byte-equal", async (t) => {
  const { document, stderr } = await run("--feed", WEATHER, "--feed", WATER, "--ram-check");
  const bytes = statSync(WEATHER).size + statSync(WATER).size;
  t.true(bytes > 5 * 65536);
  t.is(document.verified.bytes, bytes);
  t.is(document.verified.mismatches, 0);
  t.is(document.verified.pages, 384);
  t.is(document.verdict, "ok");
  t.true(document.ram.total <= 65536);
  t.true(document.ram.frames >= 20480);
  t.true(document.ram.engine_heap_free_at_boot >= 8192);
  t.deepEqual(document.ram_check, []);
  t.deepEqual(document.files.map((file) => file.area), ["weather_climavue.csv", "waterlevel_aquatroll.csv"]);
  const { resident, compressed, same_filled, flash } = document.pages.fed;
  t.is(resident + compressed + same_filled + flash, 384);
  t.true(compressed > resident);
  t.is(readFileSync(inBuild(BOARD, "qemu.log"), "utf8"), "", "the emulator saw the drivers do what a chip does not allow");
  t.regex(stderr, /read back 393 088 bytes, 384 pages in shuffled order; 0 bytes differ/);
});

test.serial("the counters have the field's names, and the same file under --icount gives the same document twice", async (t) => {
  const first = (await run("--feed", WEATHER, "--icount")).document;
  const second = (await run("--feed", WEATHER, "--icount")).document;
  t.deepEqual(first, second);
  const names = Object.entries(first.counters).map(([group, counters]) => `${group}:${Object.keys(counters).join(" ")}`).join(";");
  t.is(names, COUNTER_NAMES);
  t.true(first.boot.instructions! > 0 && first.boot.instructions! < 20_000_000);
});

test.serial("under --icount the board does not notice how long the host thinks, to the tick of its clock", async (t) => {
  const { files: { elf } } = await buildImage(BOARD);
  const board = loadBoard(BOARD);
  const feeds = [{ path: "weather", area: "weather", data: readFileSync(WEATHER).subarray(0, 40_000) }];
  const runWith = async (thinkMs: () => number): Promise<{ document: RunDocument; uptime: string }> => {
    const session = await Session.boot({ board, image: elf, icount: true, wrap: (stream) => new LateStream(stream, thinkMs) });
    try {
      const document = await runFeeds(session, { command: "qemu", board, feeds, icount: true, ramCheck: true }, new Report(true));
      return { document, uptime: (await session.link.run(`native(${Native.Ticks})`)).text };
    } finally {
      await session.end();
    }
  };
  const random = new Random(11);
  const prompt = await runWith(() => 0);
  const slow = await runWith(() => random.chance(30) ? random.below(60) : 0);
  t.is(prompt.document.verified.mismatches, 0);
  t.true(Number(prompt.uptime) > 100_000);
  t.deepEqual(slow, prompt);
});

test.serial("the image that counts is the board's own but for one word, and an image without that word is refused", async (t) => {
  const { files: { elf } } = await buildImage(BOARD);
  const [own, counted] = [readFileSync(elf), readFileSync(countedImage(elf))];
  t.is(counted.length, own.length);
  const at = [...own.keys()].filter((i) => own[i] !== counted[i]);
  t.deepEqual(at.map((i) => [own[i], counted[i]]), [[0, 1]]);
  const other = join(folder, "other.elf");
  writeFileSync(other, own.toString("latin1").replaceAll("board_asks_host", "board_asks_nobody".slice(0, 15)), "latin1");
  const failure = t.throws(() => countedImage(other), { instanceOf: Failure });
  t.is(failure.message, `${other} has no board_asks_host and cannot be run with --icount: build it again`);
  writeFileSync(other, "no image");
  t.throws(() => countedImage(other), { instanceOf: Failure });
});

test.serial("a board that is handed over to a person hears its UART: a script that runs is stopped", async (t) => {
  const session = await Session.boot({ board: loadBoard(BOARD), image: (await buildImage(BOARD)).files.elf, icount: true });
  try {
    session.qemu.handOver();
    session.link.type("6*7\r");
    await waitForText(session.link, (text) => /\n42\r?\n> $/.test(text), 60_000, "answer a line");
    session.link.type("print('begun');while(1);\r");
    await waitForText(session.link, (text) => /\nbegun\r?\n/.test(text), 60_000, "begin the script");
    session.link.type("\x03");
    await waitForText(session.link, (text) => /Interrupted\r?\n> $/.test(text), 60_000, "stop the script");
    t.pass();
  } finally {
    await session.end();
  }
});

test.serial("a named flash image is created erased, kept, and taken again", async (t) => {
  const nor = join(folder, "nor.img");
  const small = join(folder, "small.csv");
  writeFileSync(small, readFileSync(WEATHER).subarray(0, 60_000));
  const first = (await run("--nor", nor, "--feed", small)).document;
  t.is(statSync(nor).size, NOR_BYTES);
  t.false(existsSync(`${nor}.lock`));
  t.true(first.flash.programmed_bytes > 0);
  const image = readFileSync(nor);
  t.false(image.subarray(0, 65536).every((byte) => byte === 0xff));
  t.true(image.subarray(8 << 20).every((byte) => byte === 0xff));
  const second = (await run("--nor", nor, "--feed", small)).document;
  t.is(second.verified.mismatches, 0);
});

test.serial("a flash image that another run has is refused, unless that run is gone", async (t) => {
  const nor = join(folder, "shared.img");
  writeFileSync(`${nor}.lock`, String(process.pid));
  const refused = await zcache(["qemu", "--nor", nor, "--batch"]);
  t.is(refused.code, 1);
  t.regex(refused.stderr, new RegExp(`shared\\.img is in use by process ${process.pid}`));
  t.false(existsSync(nor));
  writeFileSync(`${nor}.lock`, "999999999");
  t.is((await run("--nor", nor)).document.verdict, "ok");
});

test.serial("a board without anything to feed reports itself and ends", async (t) => {
  const { document } = await run();
  t.deepEqual(document.files, []);
  t.is(document.verified.bytes, 0);
  t.is(document.board, BOARD);
  t.is(document.page_bytes, 1024);
  t.is(document.flash.id, "012018");
  t.is(document.boot.instructions, null);
});

test.serial("lost and damaged packets on the way to the real image are sent again and the data is equal", async (t) => {
  const sizes = await buildImage(BOARD);
  let line: FaultyStream | undefined;
  const session = await Session.boot({
    board: loadBoard(BOARD), image: sizes.files.elf, icount: true, link: { timeoutMs: 1500, tries: PATIENCE_MS / 1500 },
    wrap: (stream) => line = new FaultyStream(stream, { damageOut: 7, damageIn: 11, dropOut: 45, dropIn: 41 }),
  });
  try {
    const feeds = [{ path: "weather", area: "weather", data: readFileSync(WEATHER).subarray(0, 65_000) }];
    const fed = await feedFiles(session.link, session.greeting, feeds, () => undefined);
    const verified = await verifyFiles(session.link, session.greeting, fed, () => undefined);
    t.is(verified.bytes, 65_000);
    t.is(verified.mismatches, 0);
    t.true(line!.dropped >= 4 && line!.damaged >= 20, `${line!.dropped} dropped, ${line!.damaged} damaged`);
    t.true(session.link.counters.retries >= 24);
    const { text } = await session.link.run("n = (typeof n == 'number' ? n : 0) + 1");
    t.is(text.trim(), "1");
  } finally {
    await session.end();
  }
});

test.serial("an emulator that dies is reported at once, with the board's last lines", async (t) => {
  const sizes = await buildImage(BOARD);
  const session = await Session.boot({ board: loadBoard(BOARD), image: sizes.files.elf });
  const running = session.link.run("while(1);");
  setTimeout(() => process.kill(session.qemu.processId!, "SIGKILL"), 200);
  const failure = await t.throwsAsync(running, { instanceOf: Failure });
  t.is(failure.exitCode, ExitCode.Failed);
  t.is(failure.message, "QEMU was ended by SIGKILL while Run of \"while(1);\" was under way");
  t.true(failure.details.some((line) => line.startsWith("zcache-mcu ")), failure.details.join("\n"));
  await session.end();
});

test.serial("a board that does not answer is a time-out with its last lines", async (t) => {
  const sizes = await buildImage(BOARD);
  const session = await Session.boot({ board: loadBoard(BOARD), image: sizes.files.elf });
  process.kill(session.qemu.processId!, "SIGSTOP");
  session.link.setPatience({ timeoutMs: 200, tries: 3 });
  const failure = await t.throwsAsync(session.link.open("a", 1024), { instanceOf: Failure });
  process.kill(session.qemu.processId!, "SIGCONT");
  await session.end();
  t.is(failure.exitCode, ExitCode.TimedOut);
  t.regex(failure.message, /^the board did not answer Open of 1024 bytes in 3 tries of 0\.2 s/);
  t.true(failure.details.some((line) => line.startsWith("zcache-mcu ")));
});

test.serial("an image that is none is reported with QEMU's reason", async (t) => {
  const image = join(folder, "none.elf");
  const failure = await t.throwsAsync(Session.boot({ board: loadBoard(BOARD), image }), { instanceOf: Failure });
  t.is(failure.exitCode, ExitCode.Failed);
  t.regex(failure.message, /^QEMU ended with code 1 \(".*none\.elf.*"\) before the board could show its prompt$/);
});

test.serial("the sample recordings are unchanged", (t) => {
  const hash = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
  t.is(hash(WEATHER), "f43323b36743eb7e9502234dcedac4328f188e984d4527508b472105aa042d7b");
  t.is(hash(WATER), "2d35023910b1bbb920beb36a891e5e081a6873c2a2d0daadeee06882ceaa4aa5");
});
