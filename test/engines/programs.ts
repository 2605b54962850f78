/** Programs for bundles, in the dialect of every engine: each prints one line. */

export const PRINT = 'var out = typeof print == "function" ? print : console.log;\n';

/** Pages by name and an area of more pages than frames, over a minimal bundle. */
export const MINIMAL_PROGRAM = `
var z = zcache.open({ arenaBytes: 12288, pageBytes: 256, pagesMax: 128 }), pool = z.pool(1), wrong = 0, stored = 0;
function fill(at, seed) { for (var i = 0; i < 256; i++) z.bytes[at + i] = (i * 3 & 31) + seed & 255; }
function differs(at, seed) { for (var i = 0; i < 256; i++) if (z.bytes[at + i] != ((i * 3 & 31) + seed & 255)) return 1; return 0; }
for (var n = 0; n < 40; n++) { fill(z.client, n); if (z.store(pool, 1, n, z.client) == 0) stored++; }
for (n = 0; n < 40; n++) if (z.load(pool, 1, n, z.client + 256) == 0) wrong += differs(z.client + 256, n);
z.forgetAll(pool, 1);
var area = z.area(40);
for (n = 0; n < 40; n++) { var at = z.touch(area, n, 1); if (at < 0) wrong++; else fill(at, n + 100); }
for (n = 0; n < 40; n++) { at = z.touch(area, n, 0); wrong += at < 0 ? 1 : differs(at, n + 100); }
out("frames " + (z.frames > 8) + ", stored " + stored + ", wrong " + wrong + ", gone " + z.load(pool, 1, 3, z.client) + ", bad " + z.touch(area, 40, 0));
`;
export const MINIMAL_ANSWER = "frames true, stored 40, wrong 0, gone -4, bad -1";

/** Every class of the API over a full bundle with a flash of the host's. */
export const FULL_PROGRAM = `
var cells = new Uint8Array(65536), i;
for (i = 0; i < 65536; i++) cells[i] = 255;
var flash = { size: 65536, sector: 4096,
  read: function (at, b) { b.set(cells.subarray(at, at + b.length)); },
  write: function (at, b) { for (var k = 0; k < b.length; k++) cells[at + k] = cells[at + k] & b[k]; },
  erase: function (at) { for (var k = 0; k < 4096; k++) cells[at + k] = 255; } };
var z = zcache.open({ arenaBytes: 28672, pageBytes: 512, pagesMax: 512, flash: flash }), b = new Uint8Array(512), got = new Uint8Array(512), wrong = 0, x = 7;
var area = z.area("trace", 65536);
for (var n = 0; n < 128; n++) { for (i = 0; i < 512; i++) { x = (x * 171 + 11213) % 53125; b[i] = n & 1 ? x & 255 : i & 15; } b[0] = n; area.write(n * 512, b); }
for (n = 0; n < 128; n++) { area.read(n * 512, got); if (got[0] != n) wrong++; }
var map = z.map("seen"); map.set("0c:2a", { rssi: -71 });
var log = z.log("events", 4096); log.append("boot"); log.append("run");
var tiles = z.cache("tiles"); tiles.put("a", b.subarray(0, 64));
var disk = z.device(0, 8192);
out("wrong " + wrong + ", rssi " + map.get("0c:2a").rssi + ", log " + log.length + ", tile " + tiles.get("a").length + ", disk " + (disk ? "yes" : "no") + ", to flash " + (z.stats().bd_stat.bd_writes > 0));
`;
export const FULL_ANSWER = "wrong 0, rssi -71, log 2, tile 64, disk yes, to flash true";

/** An area of four times the frames that do not compress over a swap bundle, rewritten until every sector was erased several times. */
export const SWAP_PROGRAM = `
var cells = new Uint8Array(65536), erases = 0, i;
for (i = 0; i < 65536; i++) cells[i] = 255;
var flash = { size: 65536, sector: 4096,
  read: function (at, b) { b.set(cells.subarray(at, at + b.length)); },
  write: function (at, b) { for (var k = 0; k < b.length; k++) cells[at + k] = cells[at + k] & b[k]; },
  erase: function (at) { erases++; for (var k = 0; k < 4096; k++) cells[at + k] = 255; } };
var z = zcache.open({ arenaBytes: 12288, pageBytes: 256, pagesMax: 256, flash: flash }), area = z.area(120), pool = z.pool(1), wrong = 0, seeds = [], x = 7;
function noise(at, seed) { for (var i = 0, s = seed; i < 256; i++) { s = (s * 171 + 11213) % 53125; z.bytes[at + i] = s & 255; } }
function differs(at, seed) { for (var i = 0, s = seed; i < 256; i++) { s = (s * 171 + 11213) % 53125; if (z.bytes[at + i] != (s & 255)) return 1; } return 0; }
for (var n = 0; n < 120; n++) { var at = z.touch(area, n, 1); if (at < 0) wrong++; else noise(at, seeds[n] = n * 31 + 1); }
noise(z.client, 5); wrong += z.store(pool, 1, 1, z.client) == 0 ? 0 : 1;
for (var step = 0; step < 1500; step++) {
  x = (x * 171 + 11213) % 53125; n = x % 120; at = z.touch(area, n, 1);
  if (at < 0) wrong++; else { wrong += differs(at, seeds[n]); noise(at, seeds[n] = step + 200); }
  if (step % 16 == 0) z.tick(4);
}
for (n = 0; n < 120; n++) { at = z.touch(area, n, 0); wrong += at < 0 ? 1 : differs(at, seeds[n]); }
wrong += z.load(pool, 1, 1, z.client + 256) == 0 ? differs(z.client + 256, 5) : 1;
out("frames " + (z.frames < 40) + ", worn " + (erases > 48) + ", wrong " + wrong + ", bad " + z.touch(area, 120, 0));
`;
export const SWAP_ANSWER = "frames true, worn true, wrong 0, bad -1";
