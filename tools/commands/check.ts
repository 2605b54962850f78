/** `zcache check`: opens the dump of a board's arena, says what it holds, and tests every numbered invariant. */
import { Contents, contentsOf } from "../check/contents";
import { openDump, readCells } from "../check/dump";
import { brokenInvariants } from "../check/invariants";
import { ExitCode } from "../failure";
import { Report, grouped } from "../report";

export interface CheckCommandOptions {
  json?: boolean;
  nor?: string;
}

export async function checkCommand(path: string, options: CheckCommandOptions): Promise<number> {
  const report = new Report(Boolean(options.json));
  const arena = openDump(path);
  const cells = options.nor === undefined ? undefined : readCells(options.nor, arena);
  const contents = contentsOf(arena);
  const broken = brokenInvariants(arena.bytes, cells);
  print(path, contents, report);
  for (const sentence of broken) report.line(`  broken    ${sentence}`);
  report.line(`  verdict   ${broken.length === 0 ? "ok: every invariant holds" : `${broken.length} findings: the numbers are those of the files in firmware/core`}`);
  report.document({ command: "check", file: path, ...contents, broken: broken.map(numbered), verdict: broken.length === 0 ? "ok" : "broken" });
  return broken.length === 0 ? ExitCode.Ok : ExitCode.Threshold;
}

function numbered(sentence: string): { number: string; finding: string } {
  const space = sentence.indexOf(" ");
  return { number: sentence.slice(0, space), finding: sentence.slice(space + 1) };
}

function print(path: string, contents: Contents, report: Report): void {
  const frames = Object.entries(contents.frames).filter(([, count]) => count > 0).map(([name, count]) => `${name} ${count}`).join(", ");
  report.line(`${path}: an arena of ${grouped(contents.arena_bytes)} bytes, ${grouped(contents.table_bytes)} of them tables, pages of ${contents.page_bytes}`);
  report.line(`  frames    ${frames}`);
  report.line(`  zpages    ${contents.zpages} of ${grouped(contents.zbytes)} bytes together: ${contents.zpages_per_frame} a frame, ${contents.ideal_per_frame} if no byte were lost`);
  report.line(`  objects   ${contents.objects}, ${contents.pages_stored} pages stored`);
  for (const one of contents.tenants) {
    report.line(`  tenant    ${one.tenant}: holds ${grouped(one.held_bytes)} bytes of ${one.quota_bytes > 0 ? grouped(one.quota_bytes) : "no quota"}, ` +
      `${one.stores} stores, ${one.loads} loads, ${one.rejects} rejects, ${one.written_back} written back, ${one.dropped} dropped`);
  }
  for (const object of contents.largest) {
    const sort = object.area_pages > 0 ? `area of ${object.area_pages} pages` : `object ${object.id}`;
    report.line(`            ${object.kind} pool ${object.pool}, ${sort}: ${object.pages} pages stored, ${object.resident} resident, ` +
      `${object.compressed} compressed (${grouped(object.compressed_bytes)} bytes), ${object.same_filled} same-filled, ${object.flash} on flash`);
  }
}
