/** Flashing: formats read back by other people's programs, images that do not fit, runners and their commands. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import MemoryMap from "nrf-intel-hex";
import { loadBoard, type BoardFile } from "../../tools/board-file";
import { buildImage } from "../../tools/build/image";
import { inBuild, inRoot } from "../../tools/build/paths";
import { ExitCode, Failure } from "../../tools/failure";
import { makeArtefacts } from "../../tools/flash/artefacts";
import { checkForUf2, checkImage } from "../../tools/flash/check";
import { findDrive } from "../../tools/flash/drive";
import { readSegments } from "../../tools/flash/elf";
import { chooseRunner, flashingOf } from "../../tools/flash/flashing";
import { findProgram } from "../../tools/programs";
import { shellLine } from "../../tools/words";
import { zcache } from "./run-cli";
import { tinyImage, type TinyOptions } from "./tiny-image";

const folder = mkdtempSync(join(tmpdir(), "zcache-flash-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const fixture = (name: string): string => inRoot("test", "tools", "boards", `${name}.json`);
const FEATHER = loadBoard(fixture("feather-like"));
const DRIVE = loadBoard(fixture("drive-like"));
const PICO = loadBoard(fixture("pico-like"));

/** The image's bytes as objcopy sees them. */
function flat(elf: string): Buffer {
  const path = join(folder, "flat.bin");
  spawnSync("arm-none-eabi-objcopy", ["-O", "binary", elf, path]);
  return readFileSync(path);
}

// --- formats, each through a reader that is not ours ---

test.serial("the .hex of a board's image has the bytes of its ELF at the board's addresses", async (t) => {
  const board = loadBoard("emcraft-sf2");
  const { files: { elf } } = await buildImage(board.name);
  const { hex } = await makeArtefacts(board, elf);
  const memory = MemoryMap.fromHex(readFileSync(hex, "utf8"));
  const image = flat(elf);
  const addresses = [...memory.entries()].flatMap(([from, bytes]) => [from, from + bytes.length]);
  t.is(Math.min(...addresses), board.memory.codeOrigin);
  t.is(Math.max(...addresses), board.memory.codeOrigin + image.length);
  t.true(image.equals(memory.slicePad(board.memory.codeOrigin, image.length, 0)));
});

test.serial("the .hex read back by objcopy is the .bin", async (t) => {
  const elf = tinyImage(folder, "hexed", FEATHER);
  const { hex, bin } = await makeArtefacts(FEATHER, elf);
  const back = join(folder, "back.bin");
  t.is(spawnSync("arm-none-eabi-objcopy", ["-I", "ihex", "-O", "binary", hex, back]).status, 0);
  t.true(readFileSync(back).equals(readFileSync(bin)));
  t.true(flat(elf).equals(readFileSync(bin)));
});

test.serial("dfu-suffix accepts the .dfu with its ids, and not one with a flipped bit", async (t) => {
  const { dfu } = await makeArtefacts(FEATHER, tinyImage(folder, "suffixed", FEATHER));
  const check = (path: string): string => { const { stdout, stderr } = spawnSync("dfu-suffix", ["-c", path], { encoding: "utf8" }); return stdout + stderr; };
  const words = check(dfu!);
  t.regex(words, /contains a DFU suffix/);
  t.regex(words, /Vendor ID:\s+0x0483/);
  t.regex(words, /Product ID:\s+0xDF11/);
  t.regex(words, /BCD DFU:\s+0x011A/);
  const damaged = readFileSync(dfu!);
  damaged[400] ^= 1;
  writeFileSync(join(folder, "damaged.dfu"), damaged);
  t.regex(check(join(folder, "damaged.dfu")), /DFU suffix CRC does not match/);
});

test.serial("dfuse-pack finds one image in the .dfu, at the board's address, with the bytes of the ELF", async (t) => {
  const elf = tinyImage(folder, "packed", FEATHER, { fillBytes: 4000 });
  const { dfu } = await makeArtefacts(FEATHER, elf);
  const { stdout, status } = spawnSync("dfuse-pack", ["--dump", dfu!], { encoding: "utf8" });
  t.is(status, 0);
  t.regex(stdout, /DfuSe' v1, image size: \d+, targets: 1/);
  t.regex(stdout, /alt setting: 0, name: "b'A Feather-like board/);
  t.regex(stdout, /0, address: 0x08000000, size: 4020\n/);
  t.regex(stdout, /usb: 0483:df11, device: 0xffff, dfu: 0x011a/);
  t.notRegex(stdout, /ERROR/);
  t.true(readFileSync(`${dfu!}.target0.image0.bin`).equals(flat(elf)));
});

/** Reads blocks as the format's description says them, knowing nothing of our writer. */
const UF2_READER = `
import json, struct, sys
data = open(sys.argv[1], "rb").read()
blocks = [struct.unpack("<8I476sI", data[at:at + 512]) for at in range(0, len(data), 512)]
assert all(b[0] == 0x0A324655 and b[1] == 0x9E5D5157 and b[9] == 0x0AB16F30 for b in blocks), "magic"
assert all(b[5] == n and b[6] == len(blocks) for n, b in enumerate(blocks)), "numbers"
print(json.dumps({"flags": [b[2] for b in blocks], "addresses": [b[3] for b in blocks], "family": list({b[7] for b in blocks}),
  "bytes": b"".join(b[8][:b[4]] for b in blocks).hex()}))
`;

for (const [board, family] of [[PICO, 0xe48bff56], [DRIVE, 0x57755a57]] as const) {
  test.serial(`an independent reader finds the image of ${board.name} in its .uf2, with the family's number`, async (t) => {
    const elf = tinyImage(folder, `blocks-${board.name}`, board, { fillBytes: 1100 });
    const { uf2 } = await makeArtefacts(board, elf);
    const { stdout, stderr } = spawnSync("python3", ["-c", UF2_READER, uf2!], { encoding: "utf8" });
    t.is(stderr, "");
    const read = JSON.parse(stdout) as { flags: number[]; addresses: number[]; family: number[]; bytes: string };
    t.deepEqual(read.family, [family]);
    t.true(read.flags.every((flags) => flags === 0x2000));
    t.deepEqual(read.addresses, read.addresses.map((_, n) => board.memory.codeOrigin + 256 * n));
    const bytes = Buffer.from(read.bytes, "hex");
    const image = flat(elf);
    t.true(bytes.subarray(0, image.length).equals(image));
    t.true(bytes.length - image.length < 256 && bytes.subarray(image.length).every((byte) => byte === 0));
  });
}

// --- images that do not fit ---

const UNFIT: [title: string, board: BoardFile, options: TinyOptions, sentence: RegExp][] = [
  ["an image for another address", FEATHER, { origin: 0x60000000 }, /its first byte is for 0x60000000 and the code flash begins at 0x08000000/],
  ["an image larger than the code flash", { ...FEATHER, memory: { ...FEATHER.memory, codeBytes: 512 } }, {}, /it ends at 0x080003fc and the code flash at 0x08000200, 508 bytes before/],
  ["an image that needs more RAM", FEATHER, { bssBytes: 140000 }, /it wants 1400\d\d bytes at 0x2000000\d, and RAM is 0x20000000 to 0x20020000/],
  ["a stack pointer beyond RAM", FEATHER, { stackPointer: 0x20020004 }, /the stack pointer, is 0x20020004 and RAM is 0x20000000 to 0x20020000/],
  ["a stack pointer at the start of RAM", FEATHER, { stackPointer: 0x20000000 }, /the stack pointer, is 0x20000000/],
  ["a stack pointer that is no multiple of four", FEATHER, { stackPointer: 0x2001fff2 }, /the stack pointer, is 0x2001fff2/],
  ["a reset vector without the Thumb bit", FEATHER, { resetVector: 0x08000008 }, /its reset vector is 0x08000008 and has no Thumb bit/],
  ["a reset vector into RAM", FEATHER, { resetVector: 0x20000101 }, /points to 0x20000100, where it has no code/],
  ["a reset vector behind the image", FEATHER, { resetVector: 0x08008001 }, /points to 0x08008000, where it has no code/],
  ["vectors at the wrong place", { ...FEATHER, flashing: { ...FEATHER.flashing!, vectorsOffset: 4096 } }, { fillBytes: 0 }, /it has no vector table at 0x08001000|stack pointer/],
];
for (const [title, board, options, sentence] of UNFIT) {
  test.serial(`${title} is refused in one sentence, exit code 5`, (t) => {
    const elf = tinyImage(folder, "unfit", title.startsWith("vectors") ? FEATHER : board, options);
    const failure = t.throws(() => checkImage("app.elf", readSegments(elf), board), { instanceOf: Failure });
    t.is(failure.exitCode, ExitCode.Threshold);
    t.regex(failure.message, /^app\.elf does not fit feather-like: /);
    t.regex(failure.message, sentence);
  });
}

test.serial("an image that fits says where it lies, where its stack begins and where it starts", (t) => {
  for (const board of [FEATHER, DRIVE, PICO]) {
    const { codeOrigin, ramOrigin, ramBytes } = board.memory;
    const vectors = codeOrigin + (board.flashing!.vectorsOffset ?? 0);
    const facts = checkImage("app.elf", readSegments(tinyImage(folder, "fits", board)), board);
    t.deepEqual(facts, { origin: codeOrigin, bytes: vectors - codeOrigin + 8 + 4 + 1000 + 8, stackPointer: ramOrigin + ramBytes, resetHandler: vectors + 8 });
  }
});

test.serial("an image that would overwrite a UF2 boot loader is refused", (t) => {
  const facts = checkImage("app.elf", readSegments(tinyImage(folder, "low", FEATHER)), FEATHER);
  const board = { ...FEATHER, name: "both", flashing: DRIVE.flashing };
  t.throws(() => checkForUf2("app.elf", facts, board), { message: /begins at 0x08000000 and the UF2 boot loader of both lives below 0x08010000/ });
  t.notThrows(() => checkForUf2("app.elf", { ...facts, origin: 0x08010000 }, board));
});

test.serial("a file that is no program for a 32-bit ARM is named as such", (t) => {
  const text = join(folder, "text.elf");
  writeFileSync(text, "not an image, just words that are long enough to hold a header of 52 bytes");
  t.throws(() => readSegments(text), { message: /is not an ELF file: name the \.elf/ });
  t.throws(() => readSegments(join(folder, "absent.elf")), { message: /there is no image/ });
  t.throws(() => readSegments(process.execPath), { message: /is not a program for a 32-bit little-endian ARM/ });
  const cut = join(folder, "cut.elf");
  writeFileSync(cut, readFileSync(tinyImage(folder, "whole", FEATHER)).subarray(0, 60));
  t.throws(() => readSegments(cut), { message: /is cut short: build it again/ });
});

// --- runners ---

test("a runner that the board does not have names those it has; a misspelt one the nearest", (t) => {
  t.throws(() => chooseRunner(FEATHER, "picotool"), { message: "feather-like cannot be flashed with picotool: it supports dfu-util, st-flash, openocd, pyocd" });
  t.throws(() => chooseRunner(FEATHER, "opnocd"), { message: /there is no runner "opnocd": did you mean openocd\?/ });
  t.is(chooseRunner(FEATHER, undefined), "dfu-util");
  t.is(chooseRunner({ ...FEATHER, flashing: undefined }, undefined), "qemu");
});

test("a flashing section that cannot be used is told in one sentence", (t) => {
  const cases: [object, RegExp][] = [
    [{ runners: { "dfu-utli": [] } }, /runners has "dfu-utli": did you mean dfu-util\?/],
    [{ runners: {} }, /runners is empty/],
    [{}, /runners is empty/],
    [{ runners: { "dfu-util": [] } }, /the runner dfu-util needs "dfu"/],
    [{ runners: { uf2: [] } }, /need "uf2" with a family/],
    [{ runners: { qemu: [] }, dfu: { vendor: "483", product: "df11", alt: 0 } }, /dfu has the id "483"/],
    [{ runners: { qemu: [] }, dfu: { vendor: "0483", product: "df11", alt: 300 } }, /dfu\.alt is 300/],
    [{ runners: { uf2: [] }, uf2: { family: "RP2041" } }, /there is no UF2 family "RP2041": did you mean RP2040\?/],
  ];
  for (const [flashing, sentence] of cases) t.throws(() => flashingOf({ ...FEATHER, flashing } as BoardFile), { message: sentence });
  for (const flashing of [undefined, { runners: { qemu: [] } }]) {
    t.throws(() => flashingOf({ ...FEATHER, machine: "", flashing }), { message: /the runner qemu needs a machine, and the board names none/ });
  }
});

/** Words of the command in `flash --dry-run --json`. */
async function dryRun(board: string, elf: string, runner: string): Promise<string[]> {
  const { code, stdout, stderr } = await zcache(["flash", "--board", fixture(board), "--image", elf, "--runner", runner, "--dry-run", "--json"]);
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { runs: string[] }).runs;
}

test.serial("--dry-run prints each runner's exact command and needs no tool", async (t) => {
  const elf = tinyImage(folder, "dry", FEATHER);
  const at = (ending: string): string => inBuild("feather-like", "flash", `dry.${ending}`);
  t.deepEqual(await dryRun("feather-like", elf, "dfu-util"), ["dfu-util", "--device", ",0483:df11", "--alt", "0", "--download", at("dfu")]);
  t.deepEqual(await dryRun("feather-like", elf, "st-flash"), ["st-flash", "--reset", "--connect-under-reset", "write", at("bin"), "0x08000000"]);
  t.deepEqual(await dryRun("feather-like", elf, "openocd"), ["openocd", "-f", "interface/stlink.cfg", "-f", "target/stm32f4x.cfg", "-c", `program {${elf}} verify reset exit`]);
  t.deepEqual(await dryRun("feather-like", elf, "pyocd"), ["pyocd", "flash", "--target", "stm32f405rgtx", at("hex")]);
  const pico = tinyImage(folder, "dry", PICO);
  const uf2 = inBuild("pico-like", "flash", "dry.uf2");
  t.deepEqual(await dryRun("pico-like", pico, "picotool"), ["picotool", "load", "--verify", "--execute", uf2]);
  t.deepEqual(await dryRun("pico-like", pico, "uf2"), ["cp", uf2, "<the boot loader's drive>"]);
});

test.serial("--dry-run tells in words what would be written, and writes nothing to a board", async (t) => {
  const elf = tinyImage(folder, "words", FEATHER);
  const { code, stdout, stderr } = await zcache(["flash", "--board", fixture("feather-like"), "--image", elf, "--runner", "st-flash", "--dry-run"]);
  t.is(code, 0, stderr);
  t.regex(stdout, /image +\S+words\.elf: 1 020 bytes at 0x08000000, 0 % of the code flash/);
  t.regex(stdout, /vectors +stack pointer 0x20020000, reset handler 0x08000008/);
  t.regex(stdout, /runs +st-flash --reset --connect-under-reset write \S+words\.bin 0x08000000\n/);
  t.regex(stdout, /dry run +nothing was written to a board/);
});

/** A folder on PATH with the named stand-ins only, besides what converting needs. */
function pathWith(name: string, scripts: Record<string, string>): string {
  const bin = join(folder, name);
  mkdirSync(bin, { recursive: true });
  for (const tool of ["arm-none-eabi-objcopy", "sh", "cat"]) if (!existsSync(join(bin, tool))) symlinkSync(findProgram(tool)!, join(bin, tool));
  for (const [tool, script] of Object.entries(scripts)) {
    writeFileSync(join(bin, tool), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, tool), 0o755);
  }
  return bin;
}

const TOOLS = [["feather-like", "dfu-util", "dfu-util"], ["feather-like", "st-flash", "stlink-tools"], ["feather-like", "openocd", "openocd"], ["feather-like", "pyocd", "pyocd"], ["pico-like", "picotool", "picotool"]];
test.serial("a missing tool ends with 4 and says which package has it", async (t) => {
  const PATH = pathWith("empty", {});
  for (const [board, runner, from] of TOOLS) {
    const elf = tinyImage(folder, "toolless", loadBoard(fixture(board)));
    const { code, stderr } = await zcache(["flash", "--board", fixture(board), "--image", elf, "--runner", runner], { env: { PATH } });
    t.is(code, 4, stderr);
    t.regex(stderr, new RegExp(`${runner} is not installed: get it from .*${from}`));
  }
});

test.serial("the tool gets the file, its words are seen, and its failure is ours", async (t) => {
  const elf = tinyImage(folder, "tooled", FEATHER);
  const log = join(folder, "words.log");
  const good = pathWith("good", { "st-flash": `echo "$@" > ${log}; echo writing; cat "$4" > ${folder}/flashed.bin` });
  const args = ["flash", "--board", fixture("feather-like"), "--image", elf, "--runner", "st-flash"];
  const done = await zcache([...args, "--json"], { env: { PATH: good } });
  t.is(done.code, 0, done.stderr);
  t.regex(done.stderr, /writing/);
  t.is((JSON.parse(done.stdout) as { dry_run: boolean }).dry_run, false);
  t.true(readFileSync(join(folder, "flashed.bin")).equals(flat(elf)));
  const bad = pathWith("bad", { "st-flash": "echo 'no stlink found' >&2; exit 7" });
  const failed = await zcache(args, { env: { PATH: bad } });
  t.is(failed.code, 1);
  t.regex(failed.stderr, /st-flash ended with code 7: look at what it printed\n {2}\| no stlink found/);
});

test.serial("a wrong image never reaches the tool", async (t) => {
  const mark = join(folder, "touched");
  const PATH = pathWith("touchy", { "st-flash": `echo > ${mark}` });
  const elf = tinyImage(folder, "wrong", FEATHER, { stackPointer: 0x10000000 });
  const { code, stderr } = await zcache(["flash", "--board", fixture("feather-like"), "--image", elf, "--runner", "st-flash"], { env: { PATH } });
  t.is(code, 5);
  t.regex(stderr, /does not fit feather-like: its first word, the stack pointer, is 0x10000000/);
  t.false(existsSync(mark));
});

test.serial("the runner uf2 copies to the boot loader's drive; none or two are told apart, exit code 3", async (t) => {
  const drives = join(folder, "media");
  const drive = (name: string): string => {
    mkdirSync(join(drives, name), { recursive: true });
    writeFileSync(join(drives, name, "INFO_UF2.TXT"), "TinyUF2\r\nModel: Test board\r\nBoard-ID: STM32F4-x\r\n");
    return join(drives, name);
  };
  mkdirSync(join(drives, "just-a-stick"), { recursive: true });
  t.is(t.throws(() => findDrive(undefined, [drives, "/absent"]), { instanceOf: Failure }).exitCode, ExitCode.NoPort);
  const one = drive("ONE");
  t.is(findDrive(undefined, [drives]), one);
  t.throws(() => findDrive(join(drives, "just-a-stick")), { message: /has no INFO_UF2\.TXT/ });
  const elf = tinyImage(folder, "dragged", DRIVE);
  const { code, stdout, stderr } = await zcache(["flash", "--board", fixture("drive-like"), "--image", elf, "--drive", one]);
  t.is(code, 0, stderr);
  t.regex(stdout, /drive +\S+ONE: Model: Test board, Board-ID: STM32F4-x/);
  t.true(readFileSync(join(one, "dragged.uf2")).equals(readFileSync(inBuild("drive-like", "flash", "dragged.uf2"))));
  drive("TWO");
  t.throws(() => findDrive(undefined, [drives]), { message: /there are 2 drives .*ONE, .*TWO/ });
});

test.serial("the runner qemu boots the image, and it says who it is", async (t) => {
  const { code, stdout, stderr } = await zcache(["flash"]);
  t.is(code, 0, stderr);
  t.regex(stdout, /runs +qemu-system-arm -M emcraft-sf2 .*-kernel \S+firmware\.elf/);
  t.regex(stdout, /done +it booted and says it is emcraft-sf2 with version \d/);
});

test.serial("words of the command line that cannot be carried out are refused, exit code 2", async (t) => {
  const cases: [string[], RegExp][] = [
    [["--runner", "st-flash"], /emcraft-sf2 cannot be flashed with st-flash: it supports qemu/],
    [["--drive", folder], /--drive goes with the runner uf2 and not with qemu/],
    [["--timeout", "0"], /--timeout is "0" and seconds from 0\.05 to 86400 are expected/],
    [["--board", fixture("feather-like"), "--timeout", "9"], /--timeout goes with the runner qemu and not with [\w-]+, which is never cut short/],
    [["--board", fixture("feather-like")], /name the image with --image/],
    [["--board", join(folder, "absent.json")], /there is no file .*absent\.json/],
    [["--image", join(folder, "absent.elf")], /there is no image .*absent\.elf/],
  ];
  for (const [args, sentence] of cases) {
    const { code, stderr } = await zcache(["flash", ...args]);
    t.regex(stderr, sentence);
    t.is(code, 2);
  }
});

test.serial("zcache build makes the files too and names them", async (t) => {
  const { code, stdout } = await zcache(["build", "--json"]);
  t.is(code, 0);
  const { files } = JSON.parse(stdout) as { files: Record<string, string> };
  for (const path of [files.elf, files.bin, files.hex]) t.true(existsSync(path));
});

test("a command is shown so that a shell takes it", (t) => {
  t.is(shellLine(["openocd", "-c", "program {a b.elf} verify", "it's"]), "openocd -c 'program {a b.elf} verify' 'it'\\''s'");
});
