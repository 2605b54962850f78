/**
 * Names of durable objects as the directory has them (FORMAT.md, "Names"): the app's text as CESU-8, behind a byte that tells a
 * map or a log, and none for an area. So three objects may have one name, and a tool says which it means.
 */
import { textOfUnits } from "../app/text";

export type ObjectKind = "area" | "map" | "log";

const MAP_BYTE = 0xb1;
const LOG_BYTE = 0xb2;

/** The kind and the name in a row's bytes, which are filled up with zeros. */
export function nameOf(row: Uint8Array): { kind: ObjectKind; name: string } {
  const kind = row[0] === MAP_BYTE ? "map" : row[0] === LOG_BYTE ? "log" : "area";
  const end = row.findLastIndex((byte) => byte !== 0) + 1;
  return { kind, name: textOfUnits(row.subarray(kind === "area" ? 0 : 1, end)) };
}
