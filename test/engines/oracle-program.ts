/**
 * A program for a minimal bundle on any engine: random calls from a seed against a plain model, in the dialect of every
 * engine. A page is made from a kind and a number, so the model remembers two numbers a page and nothing is held twice.
 * It prints one line: how often which call gave which answer, and how often an answer or a byte was wrong.
 */
export function oracleProgram(seed: number, steps: number): string { return `var seed = ${seed}, steps = ${steps};${PROGRAM}`; }

const PROGRAM = `
var z = zcache.open({ arenaBytes: 12288, clientBytes: 512, pageBytes: 256, pagesMax: 512 }), client = z.client, into = client + 256;
var pools = [z.pool(1), z.pool(1)], named = {}, areas = [], tally = {}, wrong = 0, first = "";
function draw(below) { seed = (seed * 171 + 11213) % 53125; return Math.floor(seed / 53125 * below); }
function note(what, code) { var key = what + (code < 0 ? code : ""); tally[key] = (tally[key] || 0) + 1; }
function fail(what) { wrong++; if (first == "") first = what; }
/* kinds: 0 zeros, 1 one word, 2 like a log, 3 half noise, 4 noise */
function byteOf(kind, number, i) {
  if (kind == 0) return 0;
  if (kind == 1) return (number + (i & 3)) & 255;
  if (kind == 2) return 48 + ((i * 7 + (number >> (i & 3))) % (i % 13 > 9 ? 10 : 3));
  return kind == 3 && i < 128 ? 32 : (i * i * 31 + i * number * 7 + (number >> 3) * (i ^ 85)) >> 2 & 255;
}
function fill(at, page) { for (var i = 0; i < 256; i++) z.bytes[at + i] = byteOf(page[0], page[1], i); }
function differs(at, page) { for (var i = 0; i < 256; i++) if (z.bytes[at + i] != byteOf(page[0], page[1], i)) return true; return false; }
function anyPage() { return [draw(5), draw(5000)]; }
function store(step) {
  var key = draw(2) + ":" + draw(6) + ":" + draw(24), part = key.split(":"), page = anyPage();
  fill(client, page);
  var code = z.store(pools[+part[0]], +part[1], +part[2], client);
  note("store", code);
  if (code == 0) named[key] = page; else named[key] = undefined;
  if (code > 0 || code < 0 && code != -8 && code != -34 && code != -36) fail("store " + code + " at " + step);
}
function load(step) {
  var key = draw(2) + ":" + draw(6) + ":" + draw(24), part = key.split(":");
  var code = z.load(pools[+part[0]], +part[1], +part[2], into);
  note("load", code);
  if (code != (named[key] ? 0 : -4)) fail("load " + key + " " + code + " at " + step);
  else if (code == 0 && differs(into, named[key])) fail("load " + key + " has other bytes at " + step);
}
function forget(step) {
  var key = draw(2) + ":" + draw(6) + ":" + draw(24), part = key.split(":");
  var code = z.forget(pools[+part[0]], +part[1], +part[2]);
  note("forget", code);
  if (code != (named[key] ? 0 : -4)) fail("forget " + key + " " + code + " at " + step);
  named[key] = undefined;
}
function forgetAll(step) {
  var pool = draw(2), object = draw(6), held = 0;
  for (var index = 0; index < 24; index++) { var key = pool + ":" + object + ":" + index; if (named[key]) held++; named[key] = undefined; }
  var code = z.forgetAll(pools[pool], object);
  note("forgetAll", code);
  if (code != (held > 0 ? 0 : -4)) fail("forgetAll " + code + " of " + held + " at " + step);
}
function openArea(step) {
  if (areas.length > 2) return;
  var pages = 1 + draw(40), code = z.area(pages);
  note("area", code);
  if (code >= 0) areas.push({ handle: code, pages: [], count: pages });
  else if (code != -8) fail("area " + code + " at " + step);
}
function closeArea(step) {
  if (areas.length == 0) return;
  var which = draw(areas.length), code = z.close(areas[which].handle);
  note("close", code);
  if (code != 0) fail("close " + code + " at " + step);
  areas.splice(which, 1);
}
function touch(step) {
  if (areas.length == 0) return;
  var area = areas[draw(areas.length)], page = draw(area.count), write = draw(2), at = z.touch(area.handle, page, write);
  note(write ? "write" : "read", at < 0 ? at : 0);
  if (at < 0) { if (at != -8 && (at != -3 || !write && area.pages[page])) fail("touch " + at + " at " + step); return; }
  if (differs(at, area.pages[page] || [0, 0])) fail("page " + page + " has other bytes at " + step);
  if (write) { area.pages[page] = anyPage(); fill(at, area.pages[page]); }
}
var calls = [store, store, store, load, load, load, forget, touch, touch, touch, touch, touch];
for (var step = 0; step < steps; step++) {
  var rare = draw(100);
  if (rare == 0) openArea(step); else if (rare == 1) closeArea(step); else if (rare == 2) forgetAll(step);
  else calls[draw(calls.length)](step);
}
var told = [];
for (var key in tally) told.push(key + " " + tally[key]);
told.sort();
out("wrong " + wrong + (first ? " (" + first + ")" : "") + ", " + told.join(", "));
`;
