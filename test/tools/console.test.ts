/** Ports and what talks through them: console, monitor, feed and list, over pseudo-terminals, sockets and QEMU's own. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import test from "ava";
import { COUNTER_NAMES } from "../../firmware/core/counter-names";
import { loadBoard } from "../../tools/board-file";
import { buildImage } from "../../tools/build/image";
import { inBuild, inRoot, rootFolder } from "../../tools/build/paths";
import { openLine, parseBaud, parsePort, theOne } from "../../tools/console/port";
import { linuxPorts } from "../../tools/console/ports";
import { ExitCode, Failure } from "../../tools/failure";
import { streamOver } from "../../tools/link/byte-stream";
import { scratchNor } from "../../tools/qemu/nor-image";
import { PATIENCE_MS, until } from "../helpers/patience";
import { Terminal } from "../qemu/terminal";
import { FakeBoard } from "./fake-board";
import { Pty, join } from "./pty";
import { zcache } from "./run-cli";

const BOARD = "emcraft-sf2";
/** For a board that answers, however busy the machine is. */
const PATIENT = ["--timeout", String(PATIENCE_MS / 1000)];
const CTRL_C = "\x03";
const CTRL_RIGHT_BRACKET = "\x1d";
const folder = mkdtempSync(path(tmpdir(), "zcache-console-"));
const endings: (() => unknown)[] = [];
test.after.always(async () => {
  for (const end of endings.reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
});

/** A board that answers `.stats json`, throws at "throw" and says the rest again. */
function fakeBoard(): FakeBoard {
  const board = new FakeBoard();
  const stats = Object.fromEntries(COUNTER_NAMES.split(";").map((group) => {
    const [name, counters] = group.split(":");
    return [name, Object.fromEntries(counters.split(" ").map((counter) => [counter, 0]))];
  }));
  board.answer = (line) => line === ".stats json" ? `${JSON.stringify(stats)}\n` : `you said ${line}\n`;
  return board;
}

/** A fake board at the end of a pseudo-terminal. */
async function boardAtPty(name: string): Promise<{ board: FakeBoard; pty: Pty }> {
  const [board, pty] = [fakeBoard(), new Pty(path(folder, name))];
  join(pty, board);
  await pty.plugIn();
  endings.push(() => pty.unplug());
  return { board, pty };
}

/** A fake board behind a socket; each connection finds the same board. */
async function boardAtSocket(listen: (server: Server) => void): Promise<{ board: FakeBoard; server: Server }> {
  const board = fakeBoard();
  const server = createServer((socket) => join(streamOver(socket, socket), board));
  await new Promise<void>((resolve) => { server.once("listening", resolve); listen(server); });
  endings.push(() => server.close());
  return { board, server };
}

const talk = (...args: string[]): Terminal => {
  const terminal = new Terminal([process.execPath, inBuild("zcache.mjs"), ...args], rootFolder);
  endings.push(() => terminal.close());
  return terminal;
};

// --- names of ports ---

test("each form of -p is understood, and what is none is refused in one sentence", (t) => {
  t.deepEqual(parsePort("/dev/ttyACM0"), { kind: "path", path: "/dev/ttyACM0" });
  t.deepEqual(parsePort("COM3"), { kind: "path", path: "COM3" });
  t.deepEqual(parsePort("@0483:DF11"), { kind: "usb", vid: "0483", pid: "df11" });
  t.deepEqual(parsePort("tcp://localhost:4000"), { kind: "tcp", host: "localhost", port: 4000 });
  t.deepEqual(parsePort("tcp://[::1]:4000"), { kind: "tcp", host: "::1", port: 4000 });
  t.deepEqual(parsePort("unix:/tmp/a b"), { kind: "unix", path: "/tmp/a b" });
  t.deepEqual(parsePort("auto"), { kind: "auto" });
  t.deepEqual(parsePort("qemu"), { kind: "qemu" });
  for (const bad of ["", "@12:34", "@0483", "tcp://x", "tcp://x:0", "tcp://x:65536", "tcp:x:80", "unix:"]) {
    t.is(t.throws(() => parsePort(bad), { instanceOf: Failure })?.exitCode, ExitCode.Usage, bad);
  }
  t.is(parseBaud("921600"), 921600);
  for (const bad of ["fast", "1.5", "0", "-9600", "99999999"]) t.is(t.throws(() => parseBaud(bad), { instanceOf: Failure })?.exitCode, ExitCode.Usage, bad);
});

test("auto and @vid:pid want exactly one port; none and several are exit code 3 and name what there is", (t) => {
  const uart = { port: "/dev/ttyS0" };
  const one = { port: "/dev/ttyACM0", vid: "0483", pid: "5740", product: "Feather" };
  const two = { port: "/dev/ttyACM1", vid: "0483", pid: "5740" };
  const other = { port: "/dev/ttyUSB0", vid: "0403", pid: "6001" };
  t.is(theOne([uart, one], "USB serial port"), one);
  t.is(theOne([uart, one, other], "port @0403:6001", { vid: "0403", pid: "6001" }), other);
  const refused = (ports: object[], ids?: { vid: string; pid: string }): Failure => t.throws(() => theOne(ports as never, ids ? "port @0483:5740" : "USB serial port", ids), { instanceOf: Failure })!;
  t.regex(refused([]).message, /there is no USB serial port: this machine has no serial ports; -p takes PATH, auto, @vid:pid/);
  t.regex(refused([uart]).message, /there is no USB serial port: the ports are \/dev\/ttyS0;/);
  t.regex(refused([one, other]).message, /more than one USB serial port: name one with -p: \/dev\/ttyACM0 \(0483:5740 Feather\), \/dev\/ttyUSB0 \(0403:6001\)/);
  t.regex(refused([one, two], { vid: "0483", pid: "5740" }).message, /more than one port @0483:5740/);
  t.is(refused([one, two]).exitCode, ExitCode.NoPort);
  t.is(refused([]).exitCode, ExitCode.NoPort);
});

test("ports are found in the kernel's tree with what their USB device says; consoles and unused slots are not ports", (t) => {
  const sys = path(folder, "sys");
  const usb = path(sys, "devices", "usb1", "1-2");
  const make = (name: string, device: string | undefined, files: Record<string, string> = {}): void => {
    const tty = path(sys, "class", "tty", name);
    mkdirSync(tty, { recursive: true });
    if (device !== undefined) { mkdirSync(device, { recursive: true }); symlinkSync(device, path(tty, "device")); }
    for (const [file, text] of Object.entries(files)) writeFileSync(path(tty, file), `${text}\n`);
  };
  make("tty0", undefined);
  make("ttyS0", path(sys, "devices", "pnp", "a"), { type: "4" });
  make("ttyS1", path(sys, "devices", "pnp", "b"), { type: "0" });
  make("ttyACM10", path(usb, "1-2:1.0"));
  make("ttyACM9", path(usb, "1-2:1.2"));
  for (const [file, text] of Object.entries({ idVendor: "0483", idProduct: "5740", product: "Feather STM32F405", manufacturer: "Adafruit" })) writeFileSync(path(usb, file), `${text}\n`);
  const feather = { vid: "0483", pid: "5740", manufacturer: "Adafruit", product: "Feather STM32F405" };
  t.deepEqual(linuxPorts(sys), [{ port: "/dev/ttyACM9", ...feather }, { port: "/dev/ttyACM10", ...feather }, { port: "/dev/ttyS0" }]);
  t.deepEqual(linuxPorts(path(folder, "nothing")), []);
});

test.serial("list is one JSON document, and in words says plainly that nothing was found", async (t) => {
  const all = await zcache(["list", "--json"]);
  t.is(all.code, 0, all.stderr);
  const entries = JSON.parse(all.stdout) as { port: string; kind: string; boards?: string[] }[];
  t.true(entries.some(({ port, kind, boards }) => port === "qemu" && kind === "qemu" && boards!.includes(BOARD)));
  const serial = linuxPorts();
  t.deepEqual(entries.filter(({ kind }) => kind === "serial").map(({ port }) => port), serial.map(({ port }) => port));
  const bare = await zcache(["list", "--json"], { env: { PATH: folder } });
  t.is(bare.code, 0);
  t.is((JSON.parse(bare.stdout) as object[]).length, serial.length);
  const words = await zcache(["list"]);
  t.is(words.code, 0);
  t.is(/No serial port was found: connect a board/.test(words.stdout), serial.length === 0);
});

// --- a pipe ---

test.serial("lines from a pipe run one by one over a serial port, and their output is all there is on standard output", async (t) => {
  const { board, pty } = await boardAtPty("piped");
  const { code, stdout, stderr } = await zcache(["console", "-p", pty.path, ...PATIENT], { input: "one\r\n\n  \ntwo\nthree" });
  t.is(code, 0, stderr);
  t.is(stdout, "you said one\nyou said two\nyou said three\n");
  t.is(board.runs, 3);
});

test.serial("a thousand lines arrive in order although the board takes them one at a time", async (t) => {
  const { pty } = await boardAtPty("many");
  const lines = Array.from({ length: 1000 }, (_, n) => `line ${n}`);
  const { code, stdout } = await zcache(["console", "-p", pty.path, "-b", "921600", ...PATIENT], { input: lines.join("\n") });
  t.is(code, 0);
  t.is(stdout, lines.map((line) => `you said ${line}\n`).join(""));
});

test.serial("a line from a pipe that is too long is refused with its number, and the lines before it were run", async (t) => {
  const { board, pty } = await boardAtPty("long");
  const { code, stdout, stderr } = await zcache(["console", "-p", pty.path, ...PATIENT], { input: `a\n\n${"\u00e9".repeat(521)}\nb\n` });
  t.is(code, 1);
  t.regex(stdout, /^you said a\r?\n$/);
  t.regex(stderr, /line 3 has 1042 bytes and a line from a pipe has at most 1040: break it/);
  t.is(board.runs, 1);
});

test.serial("with --json each line is one object", async (t) => {
  const { pty } = await boardAtPty("json");
  const { code, stdout } = await zcache(["console", "-p", pty.path, "--json", ...PATIENT], { input: "a\nb\n" });
  t.is(code, 0);
  t.deepEqual(stdout.trim().split("\n").map((line) => JSON.parse(line) as object), ["a", "b"].map((line) => ({ line, status: 0, text: `you said ${line}\n` })));
});

test.serial("a board that does not answer is a time-out, 124", async (t) => {
  const { board, pty } = await boardAtPty("mute");
  board.dead = true;
  const { code, stdout, stderr } = await zcache(["console", "-p", pty.path, "--timeout", "1"], { input: "1\n" });
  t.is(code, 124, stderr);
  t.is(stdout, "");
  t.regex(stderr, /the board did not answer Hello in 5 tries of 0\.2 s/);
});

test.serial("a port that is not there, or no port at all, is exit code 3; one that is no port says so", async (t) => {
  const absent = await zcache(["console", "-p", path(folder, "absent")]);
  t.is(absent.code, 3);
  t.regex(absent.stderr, /there is no port .*absent: `zcache list` shows what there is/);
  const none = await zcache(["console", "-p", "@dead:beef"]);
  t.is(none.code, 3);
  t.regex(none.stderr, /there is no port @dead:beef/);
  const socket = await zcache(["console", "-p", `unix:${path(folder, "absent.sock")}`]);
  t.is(socket.code, 3);
  t.regex(socket.stderr, /unix:.*absent\.sock cannot be reached/);
  const file = path(folder, "plain");
  writeFileSync(file, "");
  const plain = await zcache(["monitor", "-p", file]);
  t.is(plain.code, 1);
  t.regex(plain.stderr, /plain cannot be opened as a serial port/);
});

test.serial("a port that is open is not opened twice", async (t) => {
  const { pty } = await boardAtPty("shared");
  const line = await openLine({ kind: "path", path: pty.path }, 115200);
  const second = await zcache(["console", "-p", pty.path], { input: "1\n" });
  await line.close();
  t.is(second.code, 1);
  t.regex(second.stderr, /shared is in use by another program: close that one first/);
  t.is((await zcache(["console", "-p", pty.path], { input: "1\n" })).code, 0);
});

test.serial("tcp and unix sockets carry the console as a serial port does", async (t) => {
  const sock = path(folder, "board.sock");
  await boardAtSocket((server) => server.listen(sock));
  const { server } = await boardAtSocket((one) => one.listen(0, "127.0.0.1"));
  for (const port of [`unix:${sock}`, `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`]) {
    const { code, stdout, stderr } = await zcache(["console", "-p", port, ...PATIENT], { input: "1\n" });
    t.is(code, 0, stderr);
    t.is(stdout, "you said 1\n");
  }
});

// --- a terminal ---

test.serial("on a terminal keys go to the board, Ctrl-C too, what it prints appears, and Ctrl-] leaves with 0", async (t) => {
  const { board, pty } = await boardAtPty("keys");
  const terminal = talk("console", "-p", pty.path);
  await terminal.see(/The console of the board at .*keys: Ctrl-\] leaves/);
  await until(() => board.typed === "\r", "Enter was typed");
  board.print("zcache-mcu\r\n> ");
  await terminal.see(/zcache-mcu\n> /);
  terminal.strike(`abc${CTRL_C}\x1b[A`);
  await until(() => board.typed === `\rabc${CTRL_C}\x1b[A`, "keys arrived as struck");
  terminal.strike(CTRL_RIGHT_BRACKET);
  t.is(await terminal.ended, 0);
});

test.serial("a board that is unplugged is waited for, and the console goes on when it is back", async (t) => {
  const { board, pty } = await boardAtPty("cable");
  const terminal = talk("console", "-p", pty.path);
  await until(() => board.typed === "\r", "Enter was typed");
  await pty.unplug();
  await terminal.see(/\[zcache: .*cable has gone: waiting for it to come back; Ctrl-\] leaves\]/);
  terminal.strike("l");
  await terminal.see(/\x07/);
  await pty.plugIn();
  await terminal.see(/\[zcache: .*cable is back\]/);
  board.print("booted\r\n> ");
  await terminal.see(/booted\n> /);
  terminal.strike("x");
  await until(() => board.typed === "\rx", "the key arrived and the one struck meanwhile did not");
  await pty.unplug();
  await terminal.see(/cable has gone/);
  terminal.strike(CTRL_C);
  t.is(await terminal.ended, 130);
});

test.serial("a board that is unplugged while it prints is missed at once, every time", async (t) => {
  const { pty } = await boardAtPty("torn");
  const terminal = talk("console", "-p", pty.path);
  for (let round = 0; round < 8; round++) {
    pty.chatter(Buffer.from("x".repeat(500)));
    await terminal.see(/x{1000}/);
    await pty.unplug();
    await terminal.see(/torn has gone: waiting/);
    await pty.plugIn();
    await terminal.see(/torn is back/);
  }
  terminal.strike(CTRL_RIGHT_BRACKET);
  t.is(await terminal.ended, 0);
});

// --- monitor and feed ---

test.serial("monitor prints one JSON object a line, as often as asked", async (t) => {
  const { pty } = await boardAtPty("watched");
  const { code, stdout, stderr } = await zcache(["monitor", "-p", pty.path, "--count", "3", "--interval", "0.05", "--json"]);
  t.is(code, 0, stderr);
  const samples = stdout.trim().split("\n").map((line) => JSON.parse(line) as { board: string; at_ms: number; counters: { zswap: object } });
  t.is(samples.length, 3);
  t.true(samples.every(({ board, counters }) => board === "fake" && typeof counters.zswap === "object"));
  t.true(samples[0].at_ms <= samples[1].at_ms && samples[1].at_ms <= samples[2].at_ms);
});

test.serial("monitor ends with 130 on Ctrl-C, and refuses an interval and a count that are none", async (t) => {
  const { pty } = await boardAtPty("stopped");
  const { code, stdout } = await zcache(["monitor", "-p", pty.path, "--interval", "0.1"], { interruptAfter: /time[^\n]*\n[^\n]*\n[^\n]*\n/ });
  t.is(code, 130);
  t.regex(stdout, / time +resident +zpages/);
  for (const args of [["--interval", "0"], ["--interval", "often"], ["--count", "0"], ["--count", "1.5"]]) t.is((await zcache(["monitor", ...args])).code, 2);
});

test.serial("feed refuses a board that this checkout does not know", async (t) => {
  const { pty } = await boardAtPty("unknown");
  const { code, stderr } = await zcache(["feed", "-p", pty.path, inRoot("package.json")]);
  t.is(code, 1);
  t.regex(stderr, /the board says it is "fake" and hal\/boards has no such folder/);
});

// --- the real image, at QEMU's own character devices ---

/** The board in QEMU with its serial line at a character device; returns what QEMU said of it. */
async function qemuAt(device: string): Promise<string> {
  const board = loadBoard(BOARD);
  const { files } = await buildImage(board.name);
  const nor = scratchNor(board.flash!.imageBytes);
  const child = spawn("qemu-system-arm", ["-M", board.machine!, "-display", "none", "-monitor", "none", "-serial", device, "-kernel", files.elf,
    "-drive", `if=mtd,format=raw,file=${nor.path}`], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  endings.push(async () => { child.kill("SIGKILL"); await ended; nor.discard(); });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => { said += part.toString(); });
  if (device === "pty") await until(() => /\/dev\/pts\/\d+/.test(said), "QEMU named its pseudo-terminal");
  return said;
}

/** Waits until the board has booted and answers. */
async function untilAnswered(port: string): Promise<void> {
  await until(async () => (await zcache(["console", "-p", port], { input: "1\n" })).code === 0, `the board at ${port} answers`);
}

test.serial("the real image at QEMU's pseudo-terminal: console, monitor and feed over the serial port", async (t) => {
  const port = /\/dev\/pts\/\d+/.exec(await qemuAt("pty"))![0];
  await untilAnswered(port);
  const piped = await zcache(["console", "-p", port, ...PATIENT], { input: "1+1\nthrow new Error('mine')\n3\n" });
  t.is(piped.code, 1);
  t.is(piped.stdout, "2\nError: mine\n");
  t.regex(piped.stderr, /line 2 failed on the board: throw/);
  const fed = await zcache(["feed", "-p", port, inRoot("package.json"), "--json"]);
  t.is(fed.code, 0, fed.stderr);
  t.like(JSON.parse(fed.stdout), { command: "feed", board: BOARD, verified: { bytes: readFileSync(inRoot("package.json")).length, mismatches: 0 } });
  const { code, stdout } = await zcache(["monitor", "-p", port, "--count", "1"]);
  t.is(code, 0);
  t.regex(stdout, /time +resident +zpages/);
});

test.serial("the real image at QEMU's socket: a script that never ends is stopped after its time, 124, and the board lives on", async (t) => {
  const sock = path(folder, "qemu.sock");
  await qemuAt(`unix:${sock},server=on,wait=off`);
  await until(() => spawnSync("test", ["-S", sock]).status === 0, "QEMU listens");
  await untilAnswered(`unix:${sock}`);
  const first = await zcache(["console", "-p", `unix:${sock}`], { input: "var kept = 7;\n.reset\nkept\n" });
  t.is(first.code, 1, first.stderr);
  t.regex(first.stdout, /^emcraft-sf2 \d\S+\nReferenceError: .*\n$/);
  t.regex(first.stderr, /zcache-mcu \d\S+ on /);
  t.regex(first.stderr, /line 3 failed on the board: kept/);
  const stuck = await zcache(["console", "-p", `unix:${sock}`, "--timeout", "10"], { input: "while(1);\n" });
  t.is(stuck.code, 124, stuck.stderr);
  t.regex(stuck.stderr, /the board is at work on Run of "while\(1\);" since 10 s/);
  const { code, stdout } = await zcache(["console", "-p", `unix:${sock}`, ...PATIENT], { input: "40+2\n" });
  t.is(code, 0);
  t.is(stdout, "42\n");
});

test.serial("console -p qemu boots the board for a pipe and for a terminal", async (t) => {
  const piped = await zcache(["console", "-p", "qemu"], { input: "z.stats().frontswap.loads\n" });
  t.is(piped.code, 0, piped.stderr);
  t.is(piped.stdout, "0\n");
  const terminal = talk("console", "-p", "qemu");
  await terminal.see(/The console of emcraft-sf2 in QEMU: Ctrl-\] leaves/);
  terminal.strike("6*7\r");
  await terminal.see(/\n42\n/);
  terminal.strike(CTRL_RIGHT_BRACKET);
  t.is(await terminal.ended, 0);
});
