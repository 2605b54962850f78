/** The document of a run in words, for a person. */
import { grouped, shortest, type Report } from "../report";
import type { Places } from "./board-state";
import type { RunDocument } from "./run";

export function printRun(document: RunDocument, report: Report): void {
  const say = (name: string, text: string): void => report.line(`  ${name.padEnd(9)} ${text}`);
  report.line();
  report.line(`zcache-mcu ${document.version} on ${document.board}`);
  if (document.files.length > 0) printFeed(document, say);
  say("RAM", ramWords(document.ram));
  say("peaks", `stack ${grouped(document.ram.stack_peak)} of ${grouped(document.ram.stack)}, engine heap ${grouped(document.ram.engine_heap_peak)} of ${grouped(document.ram.engine_heap)}`);
  say("flash", flashWords(document));
  say("link", `${grouped(document.link.packets)} packets, ${document.link.retries} repeated, ${document.link.damaged} damaged`);
  if (document.boot.instructions !== null) say("boot", `${grouped(document.boot.instructions)} instructions (ticks: ${phaseWords(document.boot.ticks)})`);
  for (const fault of document.ram_check ?? []) say("RAM check", fault);
  if (document.ram_check?.length === 0) say("RAM check", "the parts add up; stack and heap kept within theirs");
  say("verdict", verdictWords(document));
  report.line();
}

function printFeed({ files, verified, ram, pages }: RunDocument, say: (name: string, text: string) => void): void {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  for (const file of files) say("file", `${shortest(file.path)}: ${grouped(file.bytes)} bytes in area "${file.area}"`);
  say("fed", `${grouped(bytes)} bytes: ${times(bytes, ram.total)} the board's RAM, ${times(bytes, ram.frames)} the pageframes`);
  say("pages", placeWords(pages.fed));
  say("read back", `${grouped(verified.bytes)} bytes, ${grouped(verified.pages)} pages in shuffled order; ${grouped(verified.mismatches)} bytes differ`);
}

function placeWords(places: Places): string {
  const all = places.resident + places.same_filled + places.compressed + places.flash;
  const packed = places.compressed > 0 ? ` at ${places.compressed_percent} %` : "";
  return `${all}: ${places.resident} as they are, ${places.compressed} compressed in RAM${packed}, ${places.same_filled} same-filled, ${places.flash} on flash`;
}

function ramWords(ram: Record<string, number>): string {
  return `${grouped(ram.total)} bytes: stack ${grouped(ram.stack)}, engine heap ${grouped(ram.engine_heap)} (${grouped(ram.engine_heap_free)} free), ` +
    `core tables ${grouped(ram.core_tables)}, frames ${grouped(ram.frames)} (${ram.frame_count}), rest ${grouped(ram.rest)}`;
}

function flashWords({ flash, files }: RunDocument): string {
  if (flash.part === null) return "none";
  const fed = files.reduce((sum, file) => sum + file.bytes, 0);
  const share = fed > 0 ? ` (${Math.round(100 * flash.programmed_bytes / fed)} % of what was fed)` : "";
  return `${flash.part}, id ${flash.id}: ${grouped(flash.programmed_bytes)} bytes programmed${share}, ${flash.sector_erases} sectors erased${lifeWords(flash)}`;
}

function lifeWords({ flash_life_years: years }: RunDocument["flash"]): string {
  if (years === null) return "; too early to say how long it lives";
  const words = years === 0 ? "less than a year" : years === 9999 ? "9 999 years or more" : `${years} year${years === 1 ? "" : "s"}`;
  return `; at this rate it lives ${words}`;
}

function phaseWords(phases: Record<string, number>): string {
  return Object.entries(phases).map(([phase, count]) => `${phase.replace("_", "-")} ${grouped(count)}`).join(", ");
}

function verdictWords({ verdict, verified }: RunDocument): string {
  if (verdict === "mismatch") return `WRONG: ${grouped(verified.mismatches)} bytes came back other than they went in, first in ${verified.firstMismatch}`;
  if (verdict === "ram") return "the data is right, the RAM map is not";
  return verified.bytes > 0 ? "ok: every byte came back as it went in" : "ok: the board is up";
}

/** "9.8 times". */
function times(value: number, of: number): string { return `${(value / of).toFixed(1)} times`; }
