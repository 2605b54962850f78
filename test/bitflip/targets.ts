/**
 * Which bits of a flash image are flipped, and what each belongs to. The image is read by the host's own reader (tools/swap),
 * so the targets are found without the core.
 */
import { CODEC_PLACES, coreCodecs, none, sameFilled } from "../../tools/codecs/codecs";
import { loadCore } from "../../tools/core/wasm-core";
import { Unpack, committedOf, unpackWith } from "../../tools/swap/committed";
import { FIRST_RECORD_BYTES, GRANULE_BYTES, Geometry, Kind, Sector, SwapImage, SwapRecord } from "../../tools/swap/image";
import { Random } from "../../hal/sim/random";

/** What a bit belongs to: a live record is the committed one of its page. */
export type Part = "sector header" | "commit" | "verdict place" | "live header" | "dead header" | "volatile header" | "directory" | "live data" | "other data" | "free";

/** Bits `from` to `to` (excluded) of the image. `page`: the committed page whose data these are. */
export interface Range { readonly part: Part; readonly from: number; readonly to: number; readonly page?: { readonly instance: number; readonly page: number }; }

export interface Target { readonly part: Part; readonly bit: number; readonly page?: Range["page"]; }

let unpack: Unpack | undefined;

/** Every range of the image that is looked at, in the order of addresses. */
export function rangesOf(cells: Uint8Array, geometry: Geometry): Range[] {
  unpack ??= unpackWith([...coreCodecs(loadCore(CODEC_PLACES.end)), sameFilled, none]);
  const image = new SwapImage(cells, geometry);
  const sectors = Array.from({ length: geometry.sectors }, (_, sector) => image.sector(sector));
  const live = committedOf(image, sectors, unpack)?.slots ?? new Set<number>();
  return sectors.flatMap((sector) => rangesIn(sector, image, geometry, live));
}

function rangesIn(sector: Sector, image: SwapImage, { sectorBytes, start }: Geometry, live: ReadonlySet<number>): Range[] {
  const at = start + sector.number * sectorBytes;
  const bytes = (part: Part, from: number, length: number, page?: Range["page"]): Range => ({ part, from: 8 * from, to: 8 * (from + length), page });
  const records = sector.records.filter(({ isVerdict }) => !isVerdict);
  const filled = records.reduce((end, record) => Math.max(end, image.addressOf(record.slot + record.granules)), at + FIRST_RECORD_BYTES);
  const tail = at + sectorBytes - 4 * GRANULE_BYTES;
  return [
    bytes("sector header", at, FIRST_RECORD_BYTES),
    ...records.flatMap((record) => rangesOfRecord(record, image.addressOf(record.slot), live.has(record.slot), bytes)),
    ...(filled < tail ? [bytes("free", filled, tail - filled)] : []),
    bytes("verdict place", tail, 4 * GRANULE_BYTES),
  ];
}

function rangesOfRecord(record: SwapRecord, at: number, isLive: boolean, bytes: (part: Part, from: number, length: number, page?: Range["page"]) => Range): Range[] {
  const { kind, instance, page, length } = record;
  if (kind === Kind.Commit) return [bytes("commit", at, GRANULE_BYTES)];
  const isDirectory = isLive && instance === 0;
  const data = isDirectory ? bytes("directory", at + GRANULE_BYTES, length) : bytes(isLive ? "live data" : "other data", at + GRANULE_BYTES, length, isLive ? { instance, page } : undefined);
  return [bytes(isDirectory ? "directory" : kind === Kind.Volatile ? "volatile header" : isLive ? "live header" : "dead header", at, GRANULE_BYTES), data];
}

/** Parts of which every bit is flipped; of the others some are drawn. */
const IN_FULL: readonly Part[] = ["sector header", "commit", "verdict place", "live header", "dead header", "volatile header", "directory"];

/** The targets of an image: every bit of what is flipped in full, `drawn` bits of live data, and a tenth as many of other data and of free cells. */
export function targetsOf(ranges: readonly Range[], drawn: number, random: Random): Target[] {
  const full = ranges.filter(({ part }) => IN_FULL.includes(part)).flatMap(({ part, from, to, page }) => Array.from({ length: to - from }, (_, i) => ({ part, bit: from + i, page })));
  const draw = (part: Part, count: number): Target[] => {
    const all = ranges.filter((range) => range.part === part);
    const bits = all.reduce((sum, { from, to }) => sum + to - from, 0);
    return bits === 0 ? [] : Array.from({ length: count }, () => targetAt(all, random.below(bits)));
  };
  return [...full, ...draw("live data", drawn), ...draw("other data", Math.ceil(drawn / 10)), ...draw("free", Math.ceil(drawn / 10))];
}

/** The `number`th bit of these ranges. */
function targetAt(ranges: readonly Range[], number: number): Target {
  let left = number;
  const { part, from, page } = ranges.find((range) => {
    if (left < range.to - range.from) return true;
    left -= range.to - range.from;
    return false;
  })!;
  return { part, bit: from + left, page };
}

/** The target that is bit `bit`. */
export function targetOf(ranges: readonly Range[], bit: number): Target {
  const range = ranges.find(({ from, to }) => bit >= from && bit < to);
  return { part: range?.part ?? "free", bit, page: range?.page };
}
