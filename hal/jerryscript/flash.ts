/**
 * JerryScript: the Flash contract over Kaluma's module flash. A Flash object there is a block device over a row of sectors:
 * read(block, buffer, offset), write(block, buffer, offset), ioctl(op, arg) with 4 how many blocks, 5 bytes of a block, 6
 * erase, 7 bytes of a flash page.
 *
 * Its write() takes whole pages only (256 bytes on RP2) and says nothing when it refuses, so the pages are made whole here:
 * filled up with FF, which changes no bit on a serial NOR chip. So the granule is one byte, and a page may be programmed as
 * often as one likes to clear further bits. What was written is read back once, because nobody else would tell.
 */
import { RangeFlash, type ScriptFlash, wholePages } from "../script/flash";

/** Kaluma's Flash object, as far as it is used. */
export interface KalumaFlash {
  read(block: number, buffer: Uint8Array, offset?: number): void;
  write(block: number, buffer: Uint8Array, offset?: number): void;
  ioctl(op: number, arg?: number): number;
}

export const enum KalumaIoctl { BlockCount = 4, BlockSize = 5, EraseBlock = 6, PageSize = 7 }

/** The endurance that makers of such chips (W25Q16 and its like) promise. */
const ENDURANCE_ERASES = 100000;

/** Opens all blocks of the object: make it with `new Flash(base, count)` over sectors that no file system uses. undefined when it has none. */
export function openKalumaFlash(device: KalumaFlash): ScriptFlash | undefined {
  const sector = device.ioctl(KalumaIoctl.BlockSize);
  const count = device.ioctl(KalumaIoctl.BlockCount);
  const page = device.ioctl(KalumaIoctl.PageSize);
  if (!(sector > 0) || !(count > 0) || !(page > 0)) return undefined;
  function readAt(address: number, into: Uint8Array): void {
    for (let done = 0; done < into.length;) {
      const offset = (address + done) % sector;
      const length = into.length - done < sector - offset ? into.length - done : sector - offset;
      const piece = new Uint8Array(length);
      device.read(((address + done) / sector) | 0, piece, offset);
      into.set(piece, done);
      done += length;
    }
  }
  function writePage(address: number, bytes: Uint8Array): void {
    device.write((address / sector) | 0, bytes, address % sector);
    const held = new Uint8Array(bytes.length);
    readAt(address, held);
    for (let i = 0; i < bytes.length; i++) if ((held[i] & ~bytes[i]) != 0) throw new Error("the page was not written");
  }
  return new RangeFlash("Kaluma flash", {
    sizeBytes: count * sector, sectorBytes: sector, programBytes: page, granuleBytes: 1, programsPerGranule: 0, enduranceErases: ENDURANCE_ERASES,
  }, {
    read: readAt,
    write: function (address: number, from: Uint8Array): void { wholePages(address, from, page, writePage); },
    erase: function (address: number): void { device.ioctl(KalumaIoctl.EraseBlock, (address / sector) | 0); },
  });
}
