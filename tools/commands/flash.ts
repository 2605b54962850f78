/** `zcache flash`: makes the files, checks the image against the board, and hands it to the program that writes it. */
import { resolve } from "node:path";
import { loadBoard, type BoardFile } from "../board-file";
import { buildImage } from "../build/image";
import { inBuild } from "../build/paths";
import { ExitCode, usage } from "../failure";
import { makeArtefacts, type Artefacts } from "../flash/artefacts";
import { checkForUf2, checkImage, hex, type ImageFacts } from "../flash/check";
import { copyToDrive, describeDrive, findDrive } from "../flash/drive";
import { readSegments } from "../flash/elf";
import { chooseRunner, type RunnerName } from "../flash/flashing";
import { planProgram, requireProgram, type Plan } from "../flash/runners";
import { runVisibly } from "../programs";
import { parsePatience, parseSeconds } from "./console";
import { shellLine } from "../words";
import { qemuCommandLine } from "../qemu/qemu";
import { Session, qemuOptions } from "../qemu/session";
import { Report, grouped, shortest } from "../report";

export interface FlashCommandOptions {
  board: string;
  runner?: string;
  image?: string;
  drive?: string;
  timeout?: string;
  dryRun?: boolean;
  json?: boolean;
}

interface Job {
  board: BoardFile;
  runner: RunnerName;
  files: Artefacts;
  facts: ImageFacts;
  plan: Plan;
  /** Seconds that the emulated board may take. */
  timeout?: string;
}

export async function flashCommand(options: FlashCommandOptions): Promise<number> {
  const report = new Report(Boolean(options.json));
  const board = loadBoard(options.board);
  const runner = chooseRunner(board, options.runner);
  if (options.drive !== undefined && runner !== "uf2") throw usage(`--drive goes with the runner uf2 and not with ${runner}: leave it out`);
  if (options.timeout !== undefined && runner !== "qemu") throw usage(`--timeout goes with the runner qemu and not with ${runner}, which is never cut short at its writing: leave it out`);
  parsePatience(options.timeout);
  const image = options.image === undefined ? await builtImage(board, options.board) : resolve(options.image);
  const facts = checkImage(image, readSegments(image), board);
  if (runner === "uf2" || runner === "picotool") checkForUf2(image, facts, board);
  const files = await makeArtefacts(board, image);
  const job: Job = { board, runner, files, facts, plan: planFor(runner, board, files, options), timeout: options.timeout };
  tell(job, report);
  if (!options.dryRun) await carryOut(job, report);
  else report.line("  dry run   nothing was written to a board");
  report.document({
    command: "flash", board: board.name, runner, dry_run: Boolean(options.dryRun), files,
    image: { origin: facts.origin, bytes: facts.bytes, stack_pointer: facts.stackPointer, reset_handler: facts.resetHandler },
    writes: job.plan.file, runs: job.plan.command,
  });
  return ExitCode.Ok;
}

async function builtImage(board: BoardFile, named: string): Promise<string> {
  if (named.endsWith(".json")) throw usage(`${named} is a board of another place and its image is not built from here: name the image with --image`);
  return (await buildImage(board.name)).files.elf;
}

function planFor(runner: RunnerName, board: BoardFile, files: Artefacts, { drive, dryRun }: FlashCommandOptions): Plan {
  if (runner === "qemu") return { artefact: "elf", file: files.elf, command: qemuCommandLine(qemuOptions({ board, image: files.elf }, norOf(board))) };
  if (runner !== "uf2") {
    if (!dryRun) requireProgram(runner);
    return planProgram(runner, board, files);
  }
  const target = dryRun ? drive ?? "<the boot loader's drive>" : findDrive(drive);
  return { artefact: "uf2", file: files.uf2!, command: ["cp", files.uf2!, target] };
}

/** The emulated board's chip keeps what is on it from one flashing to the next. */
function norOf(board: BoardFile): string | undefined { return board.flash && inBuild(board.name, "nor.img"); }

function tell({ board, runner, files, facts, plan }: Job, report: Report): void {
  const { origin, bytes, stackPointer, resetHandler } = facts;
  const { elf, ...made } = files;
  report.line(`Flashing ${board.title} with ${runner}`);
  report.line(`  image     ${shortest(elf)}: ${grouped(bytes)} bytes at ${hex(origin)}, ${Math.round(100 * bytes / board.memory.codeBytes)} % of the code flash`);
  report.line(`  vectors   stack pointer ${hex(stackPointer)}, reset handler ${hex(resetHandler)}`);
  report.line(`  files     ${Object.values(made).map(shortest).join("\n            ")}`);
  report.line(`  writes    ${shortest(plan.file)}`);
  report.line(`  runs      ${shellLine(plan.command)}`);
}

async function carryOut(job: Job, report: Report): Promise<void> {
  const { board, runner, plan } = job;
  if (runner === "qemu") return bootInQemu(job, report);
  if (runner !== "uf2") await runVisibly(plan.command);
  else {
    const drive = plan.command[plan.command.length - 1];
    report.line(`  drive     ${drive}: ${describeDrive(drive)}`);
    copyToDrive(plan.file, drive);
  }
  report.line(`  done      ${board.name} has the image; zcache console opens its console`);
}

/** To an emulator flashing means booting: done when the board shows its prompt and says who it is. */
async function bootInQemu({ board, files, timeout }: Job, report: Report): Promise<void> {
  const bootTimeoutMs = timeout === undefined ? undefined : 1000 * parseSeconds("--timeout", timeout);
  const session = await Session.boot({ board, image: files.elf, nor: norOf(board), link: parsePatience(timeout), bootTimeoutMs });
  await session.end();
  const { board: name, version } = session.greeting;
  report.line(`  done      it booted and says it is ${name} with version ${version}`);
}
