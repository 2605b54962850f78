/**
 * The image of a board, from all its parts:
 *
 *     hal/boards/<board>/*.c    the board's own drivers         -Os
 *     hal/cortex-m, hal/devices   start-up and shared drivers that its board.json names   -Os
 *     hal/duktape/*.c           the engine's port               -Os
 *     hal/floor/*.c             or, without an engine, a console in C, with what it shares with the port   -Os
 *     hal/native/*.c            byte moves, traps               -O2
 *     build/engine/.../duktape.c                                -Os
 *     build/native/core.c       the core                        -O2 and more, see below
 *     build/runtime/cold_sources.c   JavaScript as constants
 *
 * Everything lands in build/<board>/ (the checked image, whose core tests each access, in build/<board>/checked/). The
 * bench image has tools/bench/native's program in place of the engine, the replay image that of test/lockstep/native, both
 * around the very same core object; the engine bench has the very same engine without the core.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { COUNTER_NAMES } from "../../firmware/core/counter-names";
import { boardConfigHeader, boardFile, boardIncludes, boardLine, boardSources, coreDefines, engineDefines, linkerScript, portDefines, programSources, readBoard } from "./board";
import { FOREIGN_FLAGS, OUR_FLAGS, compileAll, compilerVersion, link, objectFor } from "./compile";
import { buildCodecScript } from "./codec-script";
import { buildEngine } from "./engine";
import { withLock } from "./lock.mjs";
import { buildNative, nativePaths } from "./native";
import { buildFolder, inBuild, inRoot } from "./paths";
import { replayCalls, replayCallsHeader } from "./replay";
import { buildRuntime } from "./runtime";
import { type Sizes, measureImage } from "./sizes";
import { LZ4_REFERENCE, fetchSource, unpack } from "./sources";
import { filesBelow, planSteps, progress, runProgram, runStep, together, writeFile } from "./steps";

export type { Sizes } from "./sizes";

/**
 * Without -fno-ivopts gcc turns "base + index" into running pointers and runs out of registers: codec loops 8 % slower.
 * Measured too: -O3 unpacks 13 % slower and costs 4 KB more, -Os packs 5 % slower, unrolling is slower by 10 %; link-time
 * optimisation drops symbols that only assembler names.
 */
const CORE_OPTIMISATION = ["-O2", "-fno-ivopts", "--param", "max-inline-insns-auto=8"];
const ENGINE_OPTIMISATION = "-Os";

/** C stack of the engine's bench image: compiling both codecs at once goes deeper than the product's commands. */
const ENGINE_BENCH_STACK_BYTES = 24_576;

/** What the engine asks of the port that is the same wherever it runs. */
const WRITERS = ["integer.c", "format.c", "jump.c"].map((file) => inRoot("hal", "duktape", file));

export interface ImageOptions {
  /** The core tests each access against the arena's bounds and stops the board with a dump at the first that is wrong. */
  checked?: boolean;
  /** A warning about a C file of ours is an error. */
  strict?: boolean;
  /** What it lacks besides what its board.json says: words of board.ts. */
  leaveOut?: string[];
}

/** Where one image of one board is made. */
interface Plan {
  board: string;
  /** For steps: the board's name, and what is special about this image. */
  name: string;
  /** build/<board>, or for instance build/<board>/checked. */
  folder: string;
  flags: string[];
  arenaBytes: number;
  options: ImageOptions;
  compiler: string;
}

async function planFor(board: string, options: ImageOptions = {}): Promise<Plan> {
  const facts = readBoard(board);
  const special = specialOf(options);
  return {
    board, name: [board, ...special].join("-"), folder: inBuild(board, special.join("-")), flags: facts.cpu.flags,
    arenaBytes: facts.ram.arenaBytes, options, compiler: await compilerVersion(),
  };
}

/** What is special about an image, as words for the names of its steps and its folder. */
function specialOf({ checked, strict, leaveOut = [] }: ImageOptions): string[] {
  return [...(checked ? ["checked"] : []), ...(strict ? ["strict"] : []), ...leaveOut.map((word) => `without-${word}`)];
}

/** The part of the linker scripts that all boards share. */
const SECTIONS = inRoot("hal", "cortex-m", "image.ld");

/** Builds what changed of a board's image and measures it. The figures also lie in sizes.json beside the image. */
export async function buildImage(board: string, options: ImageOptions = {}): Promise<Sizes> {
  const plan = await planFor(board, options);
  return withLock(buildFolder, progress, async () => {
    const isFloor = readBoard(board).program === "floor";
    planImages([board], ["firmware"], options);
    writeFile(join(plan.folder, "gen", "board-config.h"), boardConfigHeader(board));
    // The engine takes longest and waits for nothing: it is begun before the translator, which keeps this process busy.
    const engine = isFloor ? undefined : beginEngine(plan);
    await setImmediate();
    const native = buildNative();
    const program = native.then(() => engine === undefined ? compileFloor(plan) : compilePort(plan, engine.folder));
    const [core, drivers] = [native.then(() => compileCore(plan)), native.then(() => compileBoard(plan))];
    const objects = (await together<(string | string[] | undefined)[]>(core, program, drivers, engine?.object)).flat();
    return measured(plan, await linkImage(plan, "firmware", objects.filter((path) => path !== undefined)));
  });
}

/** Compiles the C of ours in a board's image, without the core, and throws if the compiler has a word to say about it. */
export async function compileStrictly(board: string): Promise<void> {
  const plan = await planFor(board, { strict: true });
  return withLock(buildFolder, progress, async () => {
    await buildNative();
    writeFile(join(plan.folder, "gen", "board-config.h"), boardConfigHeader(board));
    await (readBoard(board).program === "floor" ? compileFloor(plan) : compilePort(plan, buildEngine()));
    await compileBoard(plan);
  });
}

export type ImageKind = "firmware" | "bench" | "engine-bench" | "heap-gauge" | "replay";

/** Plans the steps of images (planSteps). Each builder plans its own; who builds several plans all of them first. */
export function planImages(boards: string[], kinds: ImageKind[], options: ImageOptions = {}): void {
  const steps = boards.flatMap((board) => kinds.flatMap((kind) => stepsOf(board, options, kind)));
  planSteps(steps);
}

function stepsOf(board: string, options: ImageOptions, kind: ImageKind): string[] {
  const own = (...names: string[]): string[] => names.map((name) => [board, ...specialOf(options), name].join("-"));
  const engine = ["engine", `engine-object-${engineOf(board, options)}`];
  const common = own("board", "native", `${kind}-image`);
  const core = ["core-c", ...own("core")];
  const isFloor = readBoard(board).program === "floor";
  switch (kind) {
    case "firmware": return [...(isFloor ? [] : [...engine, "runtime"]), ...core, ...own("port"), ...common, ...own("sizes")];
    case "bench": return [...core, "lz4-reference", ...own("lz4", "bench"), ...common];
    case "engine-bench": return [...engine, ...own("engine-bench"), ...common, "codec-script"];
    case "heap-gauge": return [...engine, ...own("heap-gauge"), ...common];
    case "replay": return [...core, ...own("replay"), ...common];
  }
}

/** The engine's folder, when it is configured, and its object. */
function beginEngine(plan: Plan): { folder: Promise<string>; object: Promise<string> } {
  const folder = buildEngine();
  return { folder, object: folder.then((configured) => compileEngine(plan, configured)) };
}

/** The engine's port and the runtime's JavaScript. */
async function compilePort(plan: Plan, folder: Promise<string>): Promise<string[]> {
  const [table, engine] = await together(buildRuntime(), folder);
  return compileGroup(plan, "port", "engine port", "-Os", [...programSources(plan.board), table], engine);
}

/** The console in C of a board without an engine. */
async function compileFloor(plan: Plan): Promise<string[]> {
  writeFile(join(plan.folder, "gen", "counter-names.h"), `#define COUNTER_NAMES_TEXT ${JSON.stringify(COUNTER_NAMES)}\n`);
  return compileGroup(plan, "port", "console", "-Os", programSources(plan.board));
}

/** Builds the bench image of a board and returns the ELF file's path. */
export async function buildBench(board: string): Promise<string> {
  const plan = await planFor(board);
  planImages([board], ["bench"]);
  return withLock(buildFolder, progress, async () => {
    await buildNative();
    writeFile(join(plan.folder, "gen", "board-config.h"), boardConfigHeader(board));
    const reference = await compileReference(plan);
    const program = await compileGroup(plan, "bench", "bench program", "-O2",
      [...cFiles("tools", "bench", "native"), inRoot("hal", "duktape", "ports.c")], reference.folder);
    const objects = [await compileCore(plan), reference.object, ...program, ...await compileBoard(plan)];
    return (await linkImage(plan, "bench", objects)).elf;
  });
}

/** Builds the image in which the engine runs codecs as JavaScript, and the script it runs. */
export async function buildEngineBench(board: string): Promise<{ elf: string; script: string }> {
  const plan = await planFor(board);
  planImages([board], ["engine-bench"]);
  return withLock(buildFolder, progress, async () => {
    const engine = await buildEngine();
    writeFile(join(plan.folder, "gen", "board-config.h"), boardConfigHeader(board));
    const program = await compileGroup(plan, "engine-bench", "engine bench program", "-Os", [...cFiles("tools", "bench", "engine"), ...WRITERS], engine);
    const objects = [await compileEngine(plan, engine), ...program, ...await compileBoard(plan)];
    return { elf: (await linkImage(plan, "engine-bench", objects, ENGINE_BENCH_STACK_BYTES)).elf, script: await buildCodecScript() };
  });
}

/** Builds the image that says how much of the engine's heap a script takes (tools/size/native). The ELF file's path. */
export async function buildHeapGauge(board: string): Promise<string> {
  const plan = await planFor(board);
  planImages([board], ["heap-gauge"]);
  return withLock(buildFolder, progress, async () => {
    const engine = await buildEngine();
    writeFile(join(plan.folder, "gen", "board-config.h"), boardConfigHeader(board));
    const program = await compileGroup(plan, "heap-gauge", "heap gauge", "-Os",
      [...cFiles("tools", "size", "native"), inRoot("tools", "bench", "engine", "surroundings.c"), ...WRITERS], engine);
    const objects = [await compileEngine(plan, engine), ...program, ...await compileBoard(plan)];
    return (await linkImage(plan, "heap-gauge", objects, ENGINE_BENCH_STACK_BYTES)).elf;
  });
}

/** Builds the image in which a board's core repeats calls recorded on the host (test/lockstep/native). The ELF file's path. */
export async function buildReplay(board: string, checked: boolean): Promise<string> {
  const plan = await planFor(board, { checked });
  planImages([board], ["replay"], { checked });
  return withLock(buildFolder, progress, async () => {
    await buildNative();
    writeFile(join(plan.folder, "gen", "board-config.h"), boardConfigHeader(board));
    writeFile(join(plan.folder, "gen", "replay-calls.h"), replayCallsHeader(replayCalls()));
    const program = await compileGroup(plan, "replay", "lockstep program", "-O2",
      [...cFiles("test", "lockstep", "native"), inRoot("hal", "duktape", "ports.c")]);
    return (await linkImage(plan, "replay", [await compileCore(plan), ...program, ...await compileBoard(plan)])).elf;
  });
}

function cFiles(...folder: string[]): string[] { return filesBelow(inRoot(...folder), ".c"); }

/** The engine is the longest to compile and knows nothing of a board: those with one processor that leave out the same share its object. */
async function compileEngine(plan: Plan, engine: string): Promise<string> {
  const source = join(engine, "duktape.c");
  const name = engineOf(plan.board, plan.options);
  const folder = inBuild("engine-objects", name);
  const flags = [...plan.flags, ...FOREIGN_FLAGS, ENGINE_OPTIMISATION, ...engineDefines(plan.board, plan.options.leaveOut)];
  await runStep({
    name: `engine-object-${name}`,
    label: `engine for ${plan.board} and boards like it`,
    inputs: [source, ...filesBelow(engine, ".h")],
    settings: { flags, compiler: plan.compiler },
    outputs: [objectFor(source, folder)],
    make: () => compileAll([source], folder, flags),
  });
  return objectFor(source, folder);
}

/** An engine's object by what it depends on: the processor, and what is left out. */
function engineOf(board: string, options: ImageOptions): string {
  const processor = readBoard(board).cpu.flags.map((flag) => flag.replace(/^-m/, "").replace(/\W+/g, "-")).join("_");
  return [processor, ...engineDefines(board, options.leaveOut).map((define) => define.replace(/^-DENGINE_/, "").toLowerCase())].join("-");
}

async function compileCore(plan: Plan): Promise<string> {
  const flags = [...FOREIGN_FLAGS, ...CORE_OPTIMISATION, `-DARENA_BYTES=${plan.arenaBytes}`, ...coreDefines(plan.board, plan.options.leaveOut), ...(plan.options.checked ? ["-DCORE_CHECKED"] : []),
    "-I", nativePaths.folder, "-I", inRoot("hal", "native")];
  return compileOne(plan, "core", plan.options.checked ? "core as Thumb-2, checked" : "core as Thumb-2", nativePaths.source, flags,
    [nativePaths.header, inRoot("hal", "native", "dialect.h")]);
}

/** LZ4 1.9.4 with a table as large as ours: 1 KB. */
async function compileReference(plan: Plan): Promise<{ object: string; folder: string }> {
  const folder = inBuild("lz4", "lib");
  await runStep({
    name: "lz4-reference",
    label: "LZ4 reference sources",
    inputs: [inRoot("tools", "build", "sources.ts")],
    outputs: [join(folder, "lz4.c"), join(folder, "lz4.h")],
    make: async () => unpack(await fetchSource(LZ4_REFERENCE), inBuild("lz4")),
  });
  const flags = [...FOREIGN_FLAGS, ...CORE_OPTIMISATION, "-DLZ4_MEMORY_USAGE=10"];
  return { folder, object: await compileOne(plan, "lz4", "LZ4 reference", join(folder, "lz4.c"), flags, [join(folder, "lz4.h")]) };
}

async function compileOne(plan: Plan, group: string, label: string, source: string, flags: string[], headers: string[]): Promise<string> {
  const folder = join(plan.folder, "obj", group);
  const object = objectFor(source, folder);
  const all = [...plan.flags, ...flags];
  await runStep({
    name: `${plan.name}-${group}`,
    label: `${label} for ${plan.board}`,
    inputs: [source, ...headers],
    settings: { all, compiler: plan.compiler },
    outputs: [object],
    make: () => compileAll([source], folder, all),
  });
  return object;
}

/** The board's own files and what stands below every program: byte moves and traps. */
async function compileBoard(plan: Plan): Promise<string[]> {
  const board = await compileGroup(plan, "board", "drivers", "-Os", boardSources(plan.board));
  return [...board, ...await compileGroup(plan, "native", "byte moves", "-O2", cFiles("hal", "native"))];
}

/** Compiles a group of our own files together; any header that changes compiles all of them again. */
async function compileGroup(plan: Plan, group: string, label: string, optimisation: string, sources: string[], foreign?: string): Promise<string[]> {
  const folder = join(plan.folder, "obj", group);
  const include = [join(plan.folder, "gen"), inRoot("hal", "duktape"), inRoot("hal", "floor"), ...boardIncludes(plan.board), inRoot("hal", "native"),
    nativePaths.folder, ...(["bench", "engine-bench", "replay", "heap-gauge"].includes(group) ? [inRoot("tools", "bench"), inRoot("tools", "bench", "engine")] : [])];
  const headers = [...include, ...(foreign === undefined ? [] : [foreign])].flatMap((path) => filesBelow(path, ".h"));
  const flags = [...plan.flags, ...OUR_FLAGS, ...(plan.options.strict ? ["-Werror"] : []), optimisation,
    ...(group === "port" ? portDefines(plan.board, plan.options.leaveOut) : []), ...include.flatMap((path) => ["-I", path]),
    ...(foreign === undefined ? [] : ["-isystem", foreign])];
  const objects = sources.map((path) => objectFor(path, folder));
  await runStep({
    name: `${plan.name}-${group}`,
    label: `${label} for ${plan.board}`,
    inputs: [...sources, ...headers],
    settings: { flags, compiler: plan.compiler },
    outputs: objects,
    make: () => compileAll(sources, folder, flags),
  });
  return objects;
}

async function linkImage(plan: Plan, name: string, objects: string[], stack?: number): Promise<Sizes["files"]> {
  const at = (ending: string): string => join(plan.folder, `${name}.${ending}`);
  const files = { elf: at("elf"), bin: at("bin"), map: at("map") };
  const script = linkerScript(plan.board);
  const { stackBytes, handlerStackBytes } = readBoard(plan.board).ram;
  await runStep({
    name: `${plan.name}-${name}-image`,
    label: `${name} image of ${plan.board}`,
    inputs: [...objects, script, SECTIONS, ...boardLine(plan.board).map(boardFile), inRoot("tools", "build", "compile.ts")],
    settings: { stack, compiler: plan.compiler },
    outputs: Object.values(files),
    make: async () => {
      const symbols = { STACK_BYTES: stack ?? stackBytes, HANDLER_STACK_BYTES: handlerStackBytes };
      await link({ objects, script, elf: files.elf, map: files.map, flags: plan.flags, symbols, board: plan.board });
      await runProgram("arm-none-eabi-objcopy", ["-O", "binary", files.elf, files.bin]);
    },
  });
  return files;
}

/** The sizes of a linked image, from sizes.json if that is newer knowledge than it was made of. */
async function measured(plan: Plan, files: Sizes["files"]): Promise<Sizes> {
  const path = join(plan.folder, "sizes.json");
  await runStep({
    name: `${plan.name}-sizes`,
    label: `sizes of ${plan.board}`,
    inputs: [files.elf, files.map, ...["sizes.ts", "link-map.ts"].map((name) => inRoot("tools", "build", name))],
    outputs: [path],
    make: async () => writeFile(path, `${JSON.stringify(await measureImage(plan.board, files), undefined, 2)}\n`),
  });
  return { ...JSON.parse(readFileSync(path, "utf8")) as Sizes, files };
}

