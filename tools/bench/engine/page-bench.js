/**
 * Runs on the board, in the engine: one page through our LZ4 (the JavaScript build's, from the arena into the arena) and
 * through lz-string (from a string into a string, which is how a page of text reaches it). Making the string from the
 * page is not counted. Both must give the page back, or this throws. The language is ES5, like all that runs there.
 */
import { attachMemory, bytes } from "./core/memory";
import { lz4Compress, lz4Decompress } from "./core/codec/lz4";

var PACKED = 4096;
var UNPACKED = 8192;
var TABLE = 12288;
var ARENA = 16384;

attachMemory(new ArrayBuffer(ARENA));

function textOf(page) {
  var text = "";
  for (var i = 0; i < page.length; i++) text += String.fromCharCode(page[i]);
  return text;
}

function check(isRight, what) { if (!isRight) throw new Error(what); }

/** Instructions: ours to compress, to decompress, lz-string's; then the bytes of both; a page that does not shrink counts as it is. */
benchPage = function (page) {
  var size = page.length;
  var text = textOf(page);
  bytes.set(page, 0);
  lap();
  var idle = lap();
  var length = lz4Compress(0, size, PACKED, size, TABLE);
  var ourCompress = lap() - idle;
  var ourDecompress = 0;
  if (length > 0) {
    lap();
    var back = lz4Decompress(PACKED, length, UNPACKED, size);
    ourDecompress = lap() - idle;
    check(back === size, "LZ4 gave another length");
    for (var i = 0; i < size; i++) check(bytes[UNPACKED + i] === page[i], "LZ4 gave other bytes");
  }
  lap();
  var packed = LZString.compress(text);
  var theirCompress = lap() - idle;
  var unpacked = LZString.decompress(packed);
  // A page that LZ4 gives up is kept as it is: nothing is compared there but giving up.
  var theirDecompress = length > 0 ? lap() - idle : 0;
  check(unpacked === text, "lz-string gave another text");
  return [ourCompress, ourDecompress, theirCompress, theirDecompress, length > 0 ? length : size, Math.min(size, 2 * packed.length)];
};
