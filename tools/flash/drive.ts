/** The drive a UF2 boot loader shows: a mounted folder with INFO_UF2.TXT in it. */
import { copyFileSync, existsSync, readdirSync } from "node:fs";
import { userInfo } from "node:os";
import { basename, join } from "node:path";
import { TEXT_MOST, readBounded } from "../bounded-file";
import { ExitCode, Failure, messageOf } from "../failure";

const MARK = "INFO_UF2.TXT";

/** Folders in which systems mount drives. */
function mountFolders(): string[] {
  const { username } = userInfo();
  return [`/media/${username}`, `/run/media/${username}`, "/media", "/mnt", "/Volumes"];
}

/** The drive named, or the only one there is; exit code 3 when there is none or more than one. */
export function findDrive(named: string | undefined, folders = mountFolders()): string {
  if (named !== undefined) {
    if (!existsSync(join(named, MARK))) throw new Failure(ExitCode.NoPort, `${named} has no ${MARK} and is not the drive of a UF2 boot loader: bring the board into it (often two quick resets) and mount its drive`);
    return named;
  }
  const drives = [...new Set(folders.flatMap(drivesIn))];
  if (drives.length === 0) throw new Failure(ExitCode.NoPort, "no drive of a UF2 boot loader is mounted: bring the board into it (often two quick resets), or name its folder with --drive");
  if (drives.length > 1) throw new Failure(ExitCode.NoPort, `there are ${drives.length} drives of UF2 boot loaders: name one with --drive: ${drives.join(", ")}`);
  return drives[0];
}

function drivesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name)).filter((path) => existsSync(join(path, MARK)));
  } catch {
    return [];
  }
}

/** What the boot loader says of itself: its lines "Model: ..." and "Board-ID: ...". */
export function describeDrive(drive: string): string {
  const lines = Buffer.from(readBounded(join(drive, MARK), "the file", TEXT_MOST)).toString("latin1").split(/\r?\n/);
  return lines.filter((line) => /^(Model|Board-ID):/.test(line)).join(", ");
}

export function copyToDrive(file: string, drive: string): void {
  try {
    copyFileSync(file, join(drive, basename(file)));
  } catch (error) {
    throw new Failure(ExitCode.Failed, `${file} cannot be copied to ${drive} (${messageOf(error)}): bring the board into its boot loader again`);
  }
}
