/**
 * `zcache swap repair`: an image that opens, with what can be read of another. The swap area is written anew by the store itself, on
 * a chip in memory: each object under its name, synced once. What the chip has besides (an app, say) is taken over byte by
 * byte, and so are the erase counts, the retired sectors, the write budget and the hours.
 *
 * An area keeps its pages. A lost one stays damaged: a *stone* stands for it (FORMAT.md), so the store answers Corrupt until an app
 * writes the page whole. Zeros would pass for what the app wrote. A map or a log of which a page is lost is filled again, entry by
 * entry, because a hole among its pages would be no map, and so is a map of 0.1; a whole one keeps its pages. The image that was
 * read is never written to.
 *
 * Price: records are packed anew, so the new image is another one byte by byte. Turning single bits in the old one would be
 * nearer to it, and would leave a log with holes that the store has to step around for ever.
 */
import { existsSync, writeFileSync } from "node:fs";
import { Knob } from "../../firmware/core/config";
import { bytesOf } from "../../firmware/api/core";
import { openStore } from "../../firmware/api/store";
import { Flash, FlashResult, isInside, isProgrammable, isSectorStart } from "../../hal/flash";
import { crc32 } from "../check/crc32";
import { loadCore, setKnobs, type WasmCore } from "../core/wasm-core";
import { ExitCode, Failure, messageOf, usage } from "../failure";
import type { Contents, RescuedObject } from "./contents";
import { committedOf, type Unpack } from "./committed";
import { isOldMap, logEntries, mapEntries, valueOf } from "./entries";
import { GRANULE_BYTES, Kind, MAGIC, SwapImage, VERSION, type Geometry, type SwapRecord } from "./image";
import type { SwapDocument } from "./report";
import { textOfUnits } from "../app/text";

const MARK_BYTES = 16;
const HEADER_BYTES = 48;
const PAGES_MOST = 4096;
const ARENA_BYTES = 8 << 20;
/** What a lost page is written as until its record becomes a stone: one word, so the record is as long as a stone. */
const HOLD = 0x5a;
const LZ4_FORM = 1;
const MARKS = { area: [], map: [0xb1], log: [0xb2] } as const;

/** Cells in memory, with the rules of a NOR chip. */
class CellFlash implements Flash {
  readonly name = "cells";
  readonly geometry;

  constructor(private readonly cells: Uint8Array, sectorBytes: number) {
    this.geometry = { sizeBytes: cells.length, sectorBytes, programBytes: 256, granuleBytes: 1, programsPerGranule: 0, enduranceErases: 100_000 };
  }

  read(address: number, into: Uint8Array): FlashResult {
    if (!isInside(this.geometry, address, into.length)) return FlashResult.Invalid;
    into.set(this.cells.subarray(address, address + into.length));
    return FlashResult.Ok;
  }

  program(address: number, from: Uint8Array): FlashResult {
    if (!isProgrammable(this.geometry, address, from.length)) return FlashResult.Invalid;
    from.forEach((byte, i) => { this.cells[address + i] &= byte; });
    return FlashResult.Ok;
  }

  erase(address: number): FlashResult {
    if (!isSectorStart(this.geometry, address)) return FlashResult.Invalid;
    this.cells.fill(0xff, address, address + this.geometry.sectorBytes);
    return FlashResult.Ok;
  }
}

/** Refuses a file that is there already, before anything is read. */
export function checkNew(path: string): void {
  if (existsSync(path)) throw usage(`${path} exists and is not written over: name a new file after --out`);
}

export function writeImage(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes, { flag: "wx" });
  } catch (error) {
    throw new Failure(ExitCode.Failed, `the new image cannot be written to ${path} (${messageOf(error)}): name another file`);
  }
}

/** The bytes of an image that opens, and the objects that found no place in it. `found`: what the old one's headers say. */
export function repaired(image: SwapImage, contents: Contents, found: SwapDocument, unpack: Unpack): { bytes: Uint8Array; left: string[] } {
  const bytes = image.bytes.slice();
  writeHeaders(bytes, image.geometry, found);
  const core = openCore(bytes, image.geometry);
  const left = contents.objects.filter((object) => !restore(core, object, image.geometry.pageBytes)).map(({ kind, name }) => `${kind} ${name}`);
  const code = core.calls.coreSync();
  if (code < 0) throw new Failure(ExitCode.Failed, `the new image cannot be synced (${code}): use rescue, which needs no room`);
  layStones(new SwapImage(bytes, image.geometry), contents, unpack);
  return { bytes, left };
}

/** Erases every sector, and gives each the header that an erase would have: so its count lives on. */
function writeHeaders(bytes: Uint8Array, { start, sectorBytes, sectors }: Geometry, found: SwapDocument): void {
  bytes.fill(0xff, start, start + sectors * sectorBytes);
  for (const { sector, erases } of found.sectors) {
    const at = start + sector * sectorBytes + MARK_BYTES;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_BYTES);
    const retired = found.retired.length > 0 ? found.retired[sector % found.retired.length] + 1 : 0;
    view.setUint32(0, MAGIC, true);
    view.setUint16(4, VERSION, true);
    view.setUint8(6, HEADER_BYTES);
    view.setUint8(7, Math.log2(sectorBytes));
    [found.epoch + 1, found.sequence + 1 + sector, Math.min(erases, 0xfffff), Math.min(found.erases.most, 0xfffff), found.budget.left_kib * 64].forEach((word, i) => view.setUint32(8 + 4 * i, word, true));
    view.setUint16(28, found.budget.on ? 1 : 0, true);
    view.setUint16(30, retired, true);
    view.setUint32(32, found.uptime_seconds, true);
    view.setUint32(36, 0, true);
    view.setUint32(40, 0, true);
    view.setUint32(HEADER_BYTES - 4, crc32(bytes.subarray(at, at + HEADER_BYTES - 4), 0) >>> 0, true);
  }
}

/** A store with room for everything, on these cells. */
function openCore(bytes: Uint8Array, { start, sectorBytes, sectors, pageBytes }: Geometry): WasmCore {
  const core = loadCore(ARENA_BYTES, new CellFlash(bytes, sectorBytes));
  setKnobs(core, { [Knob.PageBytes]: pageBytes, [Knob.PagesMax]: PAGES_MOST, [Knob.ObjectsMax]: 256, [Knob.LinkBytes]: 1080, [Knob.SectorBytes]: sectorBytes,
    [Knob.SwapStart]: start, [Knob.SwapSectors]: sectors, [Knob.DurablePagesMax]: 1024 });
  const code = core.calls.coreOpen(ARENA_BYTES);
  if (code < 0) throw new Error(`The store for the repair does not open: ${code}, relation ${core.calls.configFault()}.`);
  return core;
}

/** Puts an object into the store. False: it has no name, or there is no room. */
function restore(core: WasmCore, object: RescuedObject, pageBytes: number): boolean {
  if (object.kind === "unknown") return false;
  const name = Uint8Array.from([...MARKS[object.kind], ...bytesOf(object.name)]);
  const at = core.calls.shapeStage();
  core.bytes.set(name, at);
  const handle = core.calls.areaOpenDurable(at, name.length, object.pages.length);
  if (handle < 0) return false;
  const isOld = object.kind === "map" && isOldMap(object.pages, (page) => object.lost.includes(page));
  if (isOld || lacksEntries(object)) return refill(core, object, handle, pageBytes);
  object.pages.forEach((content, page) => {
    const isLost = object.lost.includes(page);
    if (!isLost && content.every((byte) => byte === 0)) return;
    const to = core.calls.areaTouch(handle, page, 1);
    if (to < 0) throw new Failure(ExitCode.Failed, `page ${page} of ${object.kind} ${object.name} cannot be written (${to}): use rescue, which needs no room`);
    if (isLost) core.bytes.fill(HOLD, to, to + pageBytes);
    else core.bytes.set(content, to);
  });
  return true;
}

/** Is it a map or a log of which a page is lost, or that counts more entries than it has? */
function lacksEntries({ kind, pages, lost }: RescuedObject): boolean {
  if (kind !== "map" && kind !== "log") return false;
  const { entries, expected } = (kind === "map" ? mapEntries : logEntries)(pages, (page) => lost.includes(page));
  return lost.length > 0 || entries.length !== expected;
}

/** Makes stones of the records that hold the places of the areas' lost pages. */
function layStones(image: SwapImage, { objects }: Contents, unpack: Unpack): void {
  const areas = objects.filter(({ kind, lost }) => kind === "area" && lost.length > 0);
  if (areas.length === 0) return;
  const committed = committedOf(image, Array.from({ length: image.geometry.sectors }, (_, number) => image.sector(number)), unpack)!;
  for (const { name, lost } of areas) {
    const area = committed.areas.find((one) => one.kind === "area" && one.name === name);
    for (const page of area === undefined ? [] : lost) layStone(image, committed.records.get(area!.instance * 4096 + page)!);
  }
}

/** The record of one word becomes one of the same page and generation with a single byte of LZ4, which no codec can read. */
function layStone(image: SwapImage, { slot }: SwapRecord): void {
  const at = image.addressOf(slot);
  const header = image.bytes.subarray(at, at + GRANULE_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, GRANULE_BYTES);
  image.bytes.fill(0xff, at + GRANULE_BYTES, at + 2 * GRANULE_BYTES);
  image.bytes[at + GRANULE_BYTES] = 0;
  view.setUint16(2, Kind.Durable << 14 | LZ4_FORM << 12, true);
  view.setUint32(12, crc32(Uint8Array.of(0), 0), true);
  view.setUint16(0, crc32(header.subarray(2), slot) & 0xffff, true);
}

/** A map or a log of which a page is lost: made anew by the store, from the entries that can be read. */
function refill(core: WasmCore, { kind, name, pages, lost }: RescuedObject, handle: number, pageBytes: number): boolean {
  core.calls.areaClose(handle);
  const z = openStore({ calls: core.calls as never, bytes: () => core.bytes });
  const isLost = (page: number): boolean => lost.includes(page);
  if (kind === "map") {
    const map = z.map(name, { bytes: pages.length * pageBytes, durable: true });
    for (const { key, kind: of, data } of mapEntries(pages, isLost).entries) {
      const { bytes, text, json } = valueOf(of, data);
      map.set(textOfUnits(key), bytes ?? text ?? parsed(json!));
    }
  } else {
    const log = z.log(name, { bytes: (pages.length - 1) * pageBytes, durable: true });
    for (const { isBytes, data } of logEntries(pages, isLost).entries) log.append(isBytes ? data : textOfUnits(data));
  }
  return true;
}

/** A value of JSON; as text, if it is none. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
