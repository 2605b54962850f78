/** Checksum and codecs: vectors that others published or that the format prescribes, and round trips of every kind of content. */
import { Err } from "../../../firmware/core/errors";
import { crc32, lz4Compress, lz4Decompress, zbaleCompress, zbaleDecompress } from "../../../firmware/core/raw";
import { CLIENT, KINDS, fillPage, hexOf, holdsPage, memory, openStore, putHex, putText } from "./bench";
import { equal, part, yes } from "./check";
import { Nor } from "./nor";

const FROM = CLIENT;
const PACKED = CLIENT + 1024;
const TO = CLIENT + 2304;
const WORK = CLIENT + 4096;
const LENGTHS = [0, 1, 5, 12, 13, 64, 255, 256, 257, 700, 1024];

function checksum(): void {
  part("crc32");
  equal("of 123456789", crc32(FROM, putText(FROM, "123456789"), 0), -873187034);
  equal("of nothing", crc32(FROM, 0, 0), 0);
  equal("of one zero byte", crc32(FROM, putHex(FROM, "00"), 0), -771559539);
  equal("of four FF", crc32(FROM, putHex(FROM, "ffffffff"), 0), -1);
  putText(FROM, "123456789");
  equal("continued", crc32(FROM + 4, 5, crc32(FROM, 4, 0)), -873187034);
}

/** The block format's own rules: the last five bytes are literals, and these blocks are what the rules prescribe. */
function vectors(): void {
  part("lz4 vectors");
  equal("five literals", lz4Decompress(PACKED, putHex(PACKED, "5068656c6c6f"), TO, 64), 5);
  equal("their bytes", hexOf(TO, 5), "68656c6c6f");
  equal("a run of one byte", lz4Decompress(PACKED, putHex(PACKED, "1f610100035061616161" + "61"), TO, 64), 28);
  yes("all of it", hexOf(TO, 28) == "61616161616161616161616161616161616161616161616161616161");
  equal("a match at distance 0 is damage", lz4Decompress(PACKED, putHex(PACKED, "10610000" + "5061616161" + "61"), TO, 64), Err.Corrupt);
  equal("a match before the beginning is damage", lz4Decompress(PACKED, putHex(PACKED, "10610900506161616161"), TO, 64), Err.Corrupt);
  equal("a length that ends in the middle is damage", lz4Decompress(PACKED, putHex(PACKED, "f0ff"), TO, 64), Err.Corrupt);
  equal("more than fits is damage", lz4Decompress(PACKED, putHex(PACKED, "5068656c6c6f"), TO, 4), Err.Corrupt);
}

function lz4Trip(kind: number, length: number): void {
  const name = "kind " + kind + ", " + length + " bytes";
  fillPage(FROM, length, kind, length + 3);
  const packed = lz4Compress(FROM, length, PACKED, 1280, WORK);
  yes(name + " packs", packed > 0);
  equal(name + " unpacks", lz4Decompress(PACKED, packed, TO, 1024), length);
  yes(name + " is the same", holdsPage(TO, length, kind, length + 3));
  if (kind < 2 && length > 63) yes(name + " is much shorter", packed < length / 3);
}

function zbaleTrip(kind: number, length: number): void {
  const name = "kind " + kind + ", " + length + " bytes";
  fillPage(FROM, length, kind, length + 5);
  const packed = zbaleCompress(FROM, length, PACKED, 1280, WORK);
  yes(name + " packs", packed > 0 || length == 0);
  equal(name + " unpacks", zbaleDecompress(PACKED, packed, TO, length, WORK), length);
  yes(name + " is the same", holdsPage(TO, length, kind, length + 5));
}

function refusals(): void {
  part("codec refusals");
  fillPage(FROM, 256, 4, 1);
  equal("noise does not fit its own length less one", lz4Compress(FROM, 256, PACKED, 255, WORK), Err.TooBig);
  equal("noise does not fit the dense codec either", zbaleCompress(FROM, 256, PACKED, 128, WORK), Err.TooBig);
  equal("a range outside", lz4Compress(FROM, 70000, PACKED, 255, WORK), Err.Invalid);
  equal("a range below", lz4Compress(-4, 16, PACKED, 255, WORK), Err.Invalid);
  equal("a table that is not aligned", lz4Compress(FROM, 16, PACKED, 255, WORK + 2), Err.Invalid);
  fillPage(FROM, 256, 2, 1);
  const packed = lz4Compress(FROM, 256, PACKED, 300, WORK);
  memory[PACKED + 300] = 90;
  for (let cut = 1; cut < packed; cut += 7) yes("cut at " + cut + " is damage or shorter", lz4Decompress(PACKED, packed - cut, TO, 256) < 256);
  equal("nothing behind was touched", memory[PACKED + 300], 90);
}

export function codecs(): void {
  openStore(new Nor(4096, 1), 12288, []);
  checksum();
  vectors();
  part("lz4 round trip");
  for (let kind = 0; kind < KINDS; kind++) for (let i = 0; i < LENGTHS.length; i++) lz4Trip(kind, LENGTHS[i]);
  part("zbale round trip");
  for (let kind = 0; kind < KINDS; kind++) for (let i = 1; i < LENGTHS.length; i += 3) zbaleTrip(kind, LENGTHS[i]);
  refusals();
}
