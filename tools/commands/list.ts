/** `zcache list`: what -p can name here. */
import { boardNames, loadBoard } from "../board-file";
import { describePort, listPorts, type SerialPortInfo } from "../console/ports";
import { ExitCode } from "../failure";
import { findProgram } from "../programs";
import { Report } from "../report";

type Entry = SerialPortInfo & { kind: "serial" | "qemu"; boards?: string[] };

export async function listCommand({ json }: { json?: boolean }): Promise<number> {
  const report = new Report(Boolean(json));
  const entries: Entry[] = (await listPorts()).map((port) => ({ ...port, kind: "serial" }));
  if (entries.length === 0) report.line("No serial port was found: connect a board by USB, or name a port with -p.");
  if (findProgram("qemu-system-arm") !== undefined) entries.push({ port: "qemu", kind: "qemu", boards: boardNames().filter((name) => loadBoard(name).machine) });
  for (const entry of entries) report.line(entry.boards ? `qemu (the boards ${entry.boards.join(", ")})` : describePort(entry));
  report.document(entries);
  return ExitCode.Ok;
}
