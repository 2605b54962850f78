/** Sector headers of the swap log, as another version of the firmware would have written them: whole, and not ours. */
import { crc32 } from "../../tools/check/crc32";

const MAGIC = 0x4c57535a;
const MARK_BYTES = 16;
const HEADER_BYTES = 48;

/** Gives the sector that begins at `at` the version, if it has a header, whose CRC is right again. */
export function setVersion(cells: Uint8Array, at: number, version: number): void {
  const view = new DataView(cells.buffer, cells.byteOffset + at + MARK_BYTES, HEADER_BYTES);
  if (view.getUint32(0, true) !== MAGIC) return;
  view.setUint16(4, version, true);
  view.setInt32(HEADER_BYTES - 4, crc32(cells.subarray(at + MARK_BYTES, at + MARK_BYTES + HEADER_BYTES - 4), 0), true);
}
