/** `zcache build`: makes the image and the files it is flashed from, or a bundle for somebody's engine, and says what it takes. */
import { loadBoard } from "../board-file";
import { buildBundle } from "../build/engine-bundle";
import { buildImage } from "../build/image";
import { ENGINES, PROFILES, type Engine, type Profile } from "../build/profiles";
import { ExitCode, usage } from "../failure";
import { makeArtefacts } from "../flash/artefacts";
import { nearest } from "../nearest";
import { Report, grouped, shortest } from "../report";
import { printSizes } from "./size";

export interface BuildCommandOptions {
  board: string;
  json?: boolean;
  checked?: boolean;
  /** With one of these a bundle is built, and no image. */
  profile?: string;
  engine?: string;
}

export async function buildCommand(options: BuildCommandOptions): Promise<number> {
  if (options.profile !== undefined || options.engine !== undefined) return bundleCommand(options);
  const board = loadBoard(options.board);
  const report = new Report(Boolean(options.json));
  const image = await buildImage(board.name, { checked: options.checked });
  const artefacts = await makeArtefacts(board, image.files.elf);
  return printSizes("build", board, { ...image, files: { ...image.files, ...artefacts } }, report);
}

/** A bundle for an engine, as one file. */
async function bundleCommand(options: BuildCommandOptions): Promise<number> {
  const profile = oneOf("--profile", options.profile ?? "full", PROFILES) as Profile;
  const engine = oneOf("--engine", options.engine ?? "generic", ENGINES) as Engine;
  const report = new Report(Boolean(options.json));
  const { path, bytes, modules } = await buildBundle(profile, engine);
  report.document({ command: "build", profile, engine, path, bytes, modules });
  report.line(`bundle ${profile}, ${engine}: ${grouped(bytes)} bytes`);
  report.line(`  ${shortest(path)}`);
  return ExitCode.Ok;
}

function oneOf(flag: string, given: string, known: readonly string[]): string {
  if (known.includes(given)) return given;
  throw usage(`${flag} ${given} is not known: did you mean ${nearest(given, [...known])}?`);
}
