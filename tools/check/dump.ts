/**
 * Dumps: a board's arena as a file. Read over the link while the board is idle, and looked at before anything in them is
 * believed: a header that names tables outside the file would lead every later step astray.
 */
import { existsSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Header, FORMAT_VERSION, HEADER_BYTES, LEAF_PAGES, MAGIC, TENANT_BYTES } from "../../firmware/core/layout";
import { KNOBS_AT, Knob, knobHigh, knobLow } from "../../firmware/core/config";
import { IMAGE_MOST, readBounded } from "../bounded-file";
import { ExitCode, Failure, messageOf, usage } from "../failure";
import type { Link } from "../link/link";
import { pieceBytes } from "../link/link";
import { Arena } from "./arena";

/** Bytes of the largest arena that a store is opened in (hal/node/index.ts). */
const ARENA_MOST = 64 * 1024 * 1024;

/** Tables in the order in which they lie. */
const TABLES = [
  Header.PoolsAt, Header.ObjectsAt, Header.ObjectHeadsAt, Header.LeavesAt, Header.LeafHeadsAt, Header.PayloadsAt, Header.MetasAt,
  Header.FrameTableAt, Header.ChunkListsAt, Header.ErasesAt, Header.LivesAt, Header.LinkAt, Header.CodecTableAt, Header.ZpageBufferAt, Header.FramesAt,
];

/** Reads the whole arena of the board at the other end. */
export async function readArena(link: Link, progress: (done: number, all: number) => void): Promise<Uint8Array> {
  // The derived figures lie before the knobs; the whole header is more than a packet.
  const header = await link.dump(0, KNOBS_AT);
  const bytes = new Uint8Array(new Arena(header).header(Header.ArenaBytes));
  const piece = pieceBytes(bytes.length);
  for (let at = 0; at < bytes.length; at += piece) {
    bytes.set(await link.dump(at, Math.min(piece, bytes.length - at)), at);
    progress(at, bytes.length);
  }
  return bytes;
}

/** Throws one sentence unless a file can be made at `path`: asked before the board is booted. */
export function checkWritable(path: string): void {
  const folder = dirname(path);
  if (!existsSync(folder)) throw usage(`The dump ${path} cannot be written: there is no folder ${folder}.`);
  if (existsSync(path) && !statSync(path).isFile()) throw usage(`The dump ${path} cannot be written: it is not a file.`);
}

export function writeDump(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    throw new Failure(ExitCode.Failed, `The dump ${path} cannot be written: ${messageOf(error)}.`);
  }
}

/** Opens a dump. Fails with one sentence when the file is none, is cut short, or is of another version. */
export function openDump(path: string): Arena {
  const bytes = readBounded(path, "The dump", ARENA_MOST);
  if (bytes.length < HEADER_BYTES) throw usage(`${path} has ${bytes.length} bytes and is no dump: the header alone has ${HEADER_BYTES}.`);
  const arena = new Arena(bytes);
  if (arena.header(Header.Magic) !== MAGIC) throw usage(`${path} is no dump: it does not begin with ZCM1; make one with zcache qemu --dump FILE.`);
  const version = arena.header(Header.Version);
  if (version !== FORMAT_VERSION) throw usage(`${path} is a dump of version ${version}, this tool reads version ${FORMAT_VERSION}: use the tool of the image's version.`);
  const expected = arena.header(Header.ArenaBytes);
  if (bytes.length !== expected) throw usage(`${path} has ${bytes.length} bytes and its header says ${expected}: it was ${bytes.length < expected ? "cut short" : "appended to"}; dump again.`);
  const fault = headerFault(arena);
  if (fault !== "") throw usage(`${path} is a dump with a damaged header: ${fault}; dump again.`);
  return arena;
}

/** The cells of a flash image, for the invariants that look at flash. */
export function readCells(path: string, arena: Arena): Uint8Array {
  const needed = arena.knob(Knob.SwapStart) + arena.knob(Knob.SwapSectors) * arena.knob(Knob.SectorBytes);
  const cells = readBounded(path, "The flash image", IMAGE_MOST);
  if (cells.length < needed) throw usage(`${path} has ${cells.length} bytes and the swap area of the dump ends at ${needed}: give the image of the same run.`);
  return cells;
}

/** Why the header cannot be believed, as half a sentence; empty when it can. */
function headerFault(arena: Arena): string {
  if (arena.header(Header.Open) !== 1) return "the store was not open";
  for (let knob = 0; knob < Knob.Count; knob++) {
    const value = arena.knob(knob);
    if (value < knobLow(knob) || value > knobHigh(knob)) return `knob ${knob} is ${value}, expected ${knobLow(knob)} to ${knobHigh(knob)}`;
  }
  let before = HEADER_BYTES;
  for (const table of TABLES) {
    const at = arena.header(table);
    if (at < before || at > arena.bytes.length || at % 4 !== 0) return `the table at header word ${table} begins at ${at}, expected ${before} to ${arena.bytes.length}`;
    before = at;
  }
  const end = arena.header(Header.FramesAt) + arena.frames * arena.pageBytes;
  if (end > arena.bytes.length) return `${arena.frames} frames of ${arena.pageBytes} bytes end at ${end}`;
  return tablesFault(arena);
}

/** Do the tables have the room that the knobs say? */
function tablesFault(arena: Arena): string {
  const room = (from: Header, to: Header): number => arena.header(to) - arena.header(from);
  const needs: [string, number, number][] = [
    ["pools and tenants", room(Header.PoolsAt, Header.ObjectsAt), 4 * (arena.knob(Knob.PoolsMax) + 1) + TENANT_BYTES * arena.tenants],
    ["objects", room(Header.ObjectsAt, Header.ObjectHeadsAt), 12 * arena.knob(Knob.ObjectsMax)],
    ["object heads", room(Header.ObjectHeadsAt, Header.LeavesAt), 2 * (arena.header(Header.ObjectHashMask) + 1)],
    ["leaves", room(Header.LeavesAt, Header.LeafHeadsAt), 10 * arena.knob(Knob.PagesMax) / LEAF_PAGES],
    ["leaf heads", room(Header.LeafHeadsAt, Header.PayloadsAt), 2 * (arena.header(Header.LeafHashMask) + 1)],
    ["payloads", room(Header.PayloadsAt, Header.MetasAt), 4 * arena.knob(Knob.PagesMax)],
    ["metas", room(Header.MetasAt, Header.FrameTableAt), 2 * arena.knob(Knob.PagesMax)],
    ["frames", room(Header.FrameTableAt, Header.ChunkListsAt), 8 * arena.frames],
    ["sectors", room(Header.LivesAt, Header.LinkAt), 2 * arena.knob(Knob.SwapSectors)],
  ];
  const tight = needs.find(([, has, needed]) => has < needed);
  return tight === undefined ? "" : `the table of ${tight[0]} has ${tight[1]} bytes and needs ${tight[2]}`;
}
