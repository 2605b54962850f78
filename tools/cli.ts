/**
 * zcache: the command table, and the only place that ends the program. A command is a file in tools/commands; it
 * returns its exit code or throws a Failure. Whatever happens, what was started is put away before the end.
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { DEFAULT_BOARD } from "./board-file";
import { cleanUp } from "./cleanup";
import { appCommand, loadCommand, type AppCommandOptions, type LoadCommandOptions } from "./commands/app";
import { benchCommand } from "./commands/bench";
import { buildCommand } from "./commands/build";
import { checkCommand, type CheckCommandOptions } from "./commands/check";
import { consoleCommand, type ConsoleCommandOptions } from "./commands/console";
import { engineCommand, type EngineCommandOptions } from "./commands/engine";
import { feedCommand, type FeedCommandOptions } from "./commands/feed";
import { flashCommand } from "./commands/flash";
import { listCommand } from "./commands/list";
import { monitorCommand } from "./commands/monitor";
import { qemuCommand } from "./commands/qemu";
import { replayCommand, type ReplayCommandOptions } from "./commands/replay";
import { sizeCommand, type SizeCommandOptions } from "./commands/size";
import { startCommand } from "./commands/start";
import { swapCommand, type SwapCommandOptions } from "./commands/swap";
import { ALLOCATORS } from "./core/knobs";
import { PORT_FORMS } from "./console/port";
import { ENGINES, PROFILES } from "./build/profiles";
import { KINDS } from "./engines/engine";
import { ExitCode, Failure, messageOf, usage } from "./failure";
import { RUNNERS } from "./flash/flashing";
import { nearest } from "./nearest";
import { inRoot } from "./build/paths";
import { setProgress } from "./build/steps";
import { areVerbose, setWords } from "./words";

/** What a command may return, and what Node may be told. */
let exitCode: number = ExitCode.Ok;

const program = new Command("zcache")
  .description("Builds, boots, feeds and measures boards with a compressed RAM store.")
  .exitOverride()
  .configureOutput({ writeErr: () => undefined })
  .showSuggestionAfterError(false)
  .helpCommand(false)
  .version(versionHere(), "-V, --version", "print the version");
for (const option of wordOptions()) program.addOption(option);
program.hook("preAction", (_program, asked) => {
  const { quiet, verbose } = asked.optsWithGlobals<{ quiet?: boolean; verbose?: boolean }>();
  if (quiet && verbose) throw usage("-q and -v ask for less and for more: give one of them");
  setWords(Boolean(quiet), Boolean(verbose));
  if (quiet) setProgress(() => undefined);
});

const boardOption = (): Option => new Option("--board <name>", "board, a folder of hal/boards").default(DEFAULT_BOARD);
const jsonOption = (): Option => new Option("--json", "exactly one JSON document on standard output; words go to standard error");

const portOptions = (): Option[] => [
  new Option("-p, --port <port>", PORT_FORMS).default("auto", "the only USB serial port"),
  new Option("-b, --baud <rate>", "bits a second of a serial port").default("115200"),
  new Option("--board <name>", "board that qemu boots").default(DEFAULT_BOARD),
];

const timeoutOption = (): Option => new Option("--timeout <seconds>", "how long the board may be silent, or at work on one thing");

const setOption = (): Option => new Option("--set <name=value>", "turn a knob of the store; may be given several times").argParser(collect).default([], "the defaults");

const moduleOption = (): Option => new Option("--module <name=file>", "a module that the app requires by this name; may be given several times").argParser(collect).default([], "none");
const expectOption = (): Option => new Option("--expect <file>", "fail (exit code 5) unless the app prints just this");

/** A command with its example; `run` gets the options. */
function add<Options>(name: string, description: string, example: string, options: Option[], run: (options: Options) => Promise<number>): void {
  command(name, description, example, options).action(async (given: Options) => { exitCode = await run(given); });
}

function command(name: string, description: string, example: string, options: Option[]): Command {
  const made = program.command(name).description(description).allowExcessArguments(false);
  for (const option of [...options, ...wordOptions()]) made.addOption(option);
  return made.addHelpText("after", `\nExample:\n  ${example}`);
}

add("build", "build the firmware image of a board, or a bundle for an engine, and print its sizes", "zcache build --board emcraft-sf2 --json", [
  boardOption(), jsonOption(), new Option("--checked", "with bounds checks in the native core"),
  new Option("--profile <profile>", `a bundle for an engine instead of an image: ${PROFILES.join(", ")}`),
  new Option("--engine <engine>", `which one: ${ENGINES.join(", ")}`),
], buildCommand);
add<SizeCommandOptions>("size", "print what each module costs: code and RAM of a board's image, bytes and heap of the bundles, and the difference to the last release", "zcache size --board emcraft-sf2 --heap", [
  boardOption(), jsonOption(),
  new Option("--all", "every file of engine and libraries, not only the largest"),
  new Option("--heap", "measure the heap of this image and these bundles, in the emulator: half a minute, once for each build"),
  new Option("--record", "make these the figures of the release that CHANGELOG.md names first, in tools/size/released.json"),
], sizeCommand);
add("qemu", "boot a board in QEMU, feed it files, compare every byte, then open its console", "zcache qemu --feed sensors.csv --batch --json", [
  boardOption(), jsonOption(),
  new Option("--feed <file>", "file to stream into an area on the board and to read back; may be given several times").argParser(collect).default([], "none"),
  new Option("--nor <file>", "flash image to keep between runs; created erased when missing").default(undefined, "an erased one for this run"),
  new Option("--ram-check", "fail (exit code 5) unless RAM adds up and stack and heap kept within their parts"),
  new Option("--batch", "end with the verdict, without the console"),
  new Option("--kill-after <packets>", "write parts of the file to a durable area with syncs, kill QEMU after so many acknowledged packets, boot again on the same image and compare"),
  new Option("--dump <file>", "write the board's arena to this file after the run, for zcache check"),
  setOption(),
  new Option("--icount", "count instructions: each run gives the same document, however busy the host is"),
  new Option("--app <file>", "load this app when the files are fed, run it to its end and print what it printed"),
  moduleOption(), expectOption(),
  new Option("--safe", "boot without the app that is kept in the flash image"),
  timeoutOption(),
], qemuCommand);
command("app", "run an app in Node, on a simulated board", "zcache app firmware/apps/glyphs.js --feed tools/feed/sample/fixed_6x12.bdf", [
  jsonOption(),
  new Option("--feed <file>", "file that an area holds before the app runs; may be given several times").argParser(collect).default([], "none"),
  moduleOption(), expectOption(),
]).argument("<file>", "the app").action(async (path: string, given: AppCommandOptions) => { exitCode = await appCommand(path, given); });
command("load", "load an app into a board's flash, where each boot runs it", "zcache load -p auto logger.js --module fields=fields.js", [...portOptions(), moduleOption(), timeoutOption()])
  .argument("<file>", "the app").action(async (path: string, given: LoadCommandOptions) => { exitCode = await loadCommand(path, given); });
add("bench", "measure codec, store, app and boot in instructions, against the targets", "zcache bench --json", [
  boardOption(), jsonOption(),
  new Option("--pages <file>", "file to take pages from; may be given several times").argParser(collect).default([], "the corpus, or the sample data"),
  new Option("--record", "put the figures into the tables of BENCHMARKS.md"),
], benchCommand);
command("replay", "run traces of page accesses against the store on a simulated chip, comparing every read", "zcache replay boot.trace.gz --content sensors.csv --ram 25% --json", [
  jsonOption(),
  new Option("--content <file...>", "files that the pages' contents are taken from; may be given several times").argParser(collect).default([], "made up"),
  new Option("--shuffle", "all pages of the contents in one shuffled order, the same each time"),
  new Option("--ram <bytes>", "bytes of pageframes, or a share of the trace's pages such as 25%; several with commas").default("25%"),
  new Option("--compare <models>", "run each trace in several models, of direct,compressed,zcache: bytes programmed, erases, amplification, life"),
  new Option("--seconds <n>", "with --compare: how long a trace takes on the board, for the years of life").default("600"),
  new Option("--page <bytes>", "bytes of a page").default("1024"),
  new Option("--part <name>", "flash chip to simulate").default("s25sl12801"),
  new Option("--allocator <name>", `who takes the zpages: ${ALLOCATORS.join(", ")}`).default(ALLOCATORS[0]),
  setOption(),
]).argument("[trace...]", "trace files: a line R, W or F and a page for each event, gzipped or not").action(async (traces: string[], given: ReplayCommandOptions) => { exitCode = await replayCommand(traces, given); });
command("check", "test every numbered invariant over a dump of a board's arena and say what it holds", "zcache check board.dump --json", [
  jsonOption(),
  new Option("--nor <file>", "flash image of the same run, for the invariants that look at flash"),
]).argument("<dump>", "file written by zcache qemu --dump").action(async (path: string, given: CheckCommandOptions) => { exitCode = await checkCommand(path, given); });
command("swap", "read the image of a board's NOR chip: dump says what its swap log holds, check tests all of it, rescue writes what can be read into files, repair an image that opens", "zcache swap rescue nor.img --to rescued", [
  new Option("--board <name>", "board whose chip it is").default(undefined, "the first with a chip of the file's size"), jsonOption(),
  new Option("--to <folder>", "with rescue: a new or empty folder to write to"), new Option("--out <file>", "with repair: the new image"),
]).argument("<action>", "dump, check, rescue or repair").argument("<image>", "flash image, such as zcache qemu --nor keeps")
  .action(async (action: string, path: string, given: SwapCommandOptions) => { exitCode = await swapCommand(action, path, given); });
add("flash", "check an image against a board and write it there", "zcache flash --board emcraft-sf2 --runner qemu --dry-run", [
  new Option("--board <name>", "board, a folder of hal/boards or a board.json").default(DEFAULT_BOARD), jsonOption(),
  new Option("--runner <name>", `what writes it: ${RUNNERS.join(", ")} (default: the board's first)`),
  new Option("--image <elf>", "ELF file to flash (default: the board's own, built when out of date)"),
  new Option("--drive <folder>", "where the boot loader's drive is mounted, for the runner uf2 (default: the only one there is)"),
  new Option("--timeout <seconds>", "how long the emulated board may take to boot, and to answer (runner qemu; no other is cut short)"),
  new Option("--dry-run", "say what would be written and the exact command, and stop there"),
], flashCommand);
add<ConsoleCommandOptions>("console", "open a board's console on this terminal; lines from a pipe are run one by one", "echo \".stats json\" | zcache console -p /dev/ttyACM0", [
  ...portOptions(),
  new Option("--timeout <seconds>", "how long a line from a pipe may take").default("25"),
  new Option("--json", "one JSON object for each line of the pipe: line, status, text"),
], consoleCommand);
add("list", "list the serial ports, and the emulator", "zcache list --json", [jsonOption()], listCommand);
add("monitor", "print a board's counters again and again", "zcache monitor -p auto --interval 2 --count 10 --json", [
  ...portOptions(),
  new Option("--interval <seconds>", "from one time to the next").default("1"),
  new Option("--count <n>", "how often (default: until Ctrl-C)"),
  timeoutOption(),
  new Option("--json", "one JSON object a line"),
], monitorCommand);
command("feed", "stream files into areas on a board, read them back and compare every byte", "zcache feed -p @0483:5740 sensors.csv", [...portOptions(), timeoutOption(), jsonOption()])
  .argument("<file...>", "files to feed").action(async (paths: string[], given: FeedCommandOptions) => { exitCode = await feedCommand(paths, given); });
command("engine", "run the conformance script on a JavaScript engine's binary", "zcache engine /usr/bin/duk --kind duk --json", [
  jsonOption(),
  new Option("--kind <kind>", `what it is: ${KINDS.join(", ")} (default: by its name, or by asking it)`),
  new Option("--timeout <seconds>", "how long it may take").default("600"),
]).argument("<path>", "the engine's shell, a program of this machine").action(async (path: string, given: EngineCommandOptions) => { exitCode = await engineCommand(path, given); });
add("start", "build, boot, feed real sensor data, print the report, open the console", "npm start", [boardOption()], startCommand);

/** Functions, because commander gives each command its own. */
function wordOptions(): Option[] {
  return [new Option("-q, --quiet", "results and complaints only, nothing about progress"), new Option("-v, --verbose", "say also which programs are run")];
}

function versionHere(): string { return (JSON.parse(readFileSync(inRoot("package.json"), "utf8")) as { version: string }).version; }

function collect(value: string, before: string[]): string[] { return [...before, value]; }

await main();

async function main(): Promise<void> {
  for (const [signal, code] of [["SIGINT", ExitCode.Interrupted], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    process.once(signal, () => { void finish(code); });
  }
  process.stdout.on("error", () => { void finish(ExitCode.Failed); });
  try {
    if (process.argv.length < 3) program.outputHelp(); else await program.parseAsync();
  } catch (error) {
    exitCode = explain(error);
  }
  await finish(exitCode);
}

async function finish(code: number): Promise<never> {
  await cleanUp();
  // What is written to a pipe may still be on its way: a long document would lose its end.
  for (const stream of [process.stdout, process.stderr]) await new Promise<void>((resolve) => { stream.write("", () => resolve()); });
  process.exit(code);
}

/** Says what went wrong on standard error; returns the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return explainUsage(error);
  process.stderr.write(`zcache: ${messageOf(error)}\n`);
  if (areVerbose() && !(error instanceof Failure) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  if (!(error instanceof Failure)) return ExitCode.Failed;
  for (const line of error.details) process.stderr.write(`  | ${line}\n`);
  return error.exitCode;
}

/** Commander's complaint as one sentence that names the nearest thing there is. Help that was asked for is no complaint. */
function explainUsage(error: CommanderError): number {
  if (error.exitCode === 0) return ExitCode.Ok;
  const complaint = error.message.replace(/^error: /, "").replace(/\.$/, "");
  return explain(usage(`${complaint}: ${advice(error)}`));
}

function advice(error: CommanderError): string {
  const quoted = /'([^']+)'/.exec(error.message)?.[1] ?? "";
  const asked = program.commands.find((one) => one.name() === process.argv[2]);
  if (error.code === "commander.unknownOption") {
    const flags = (asked ?? program).options.map((option) => option.long ?? "").concat("--help");
    return `did you mean ${nearest(quoted.split("=")[0], flags)}?`;
  }
  if (error.code === "commander.unknownCommand") return `did you mean ${nearest(quoted, program.commands.map((one) => one.name()))}?`;
  return `see zcache ${asked ? `${asked.name()} ` : ""}--help`;
}
