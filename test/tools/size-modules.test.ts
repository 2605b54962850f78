/** What each module costs: whose each byte of an image is, the arena's tables, heap by function, and the difference to a release. */
import { existsSync, readFileSync } from "node:fs";
import { Script } from "node:vm";
import test from "ava";
import { buildImage } from "../../tools/build/image";
import { readPieces } from "../../tools/build/link-map";
import { inRoot } from "../../tools/build/paths";
import { partOf } from "../../tools/build/sizes";
import { runProgram } from "../../tools/build/steps";
import { byModule, measureBundle, outermostFunctions } from "../../tools/size/bundle-heap";
import { duktapeHeap, Kind, programOf, quickJsHeap } from "../../tools/size/heap-gauge";
import { nativePaths } from "../../tools/build/native";
import { SHARED, arenaTables, coldTable, coldTexts, coreOwners, imageModules } from "../../tools/size/image-modules";
import { moduleDifferences, releasedVersion } from "../../tools/size/released";
import { type Row, signed, table } from "../../tools/size/tables";
import { zcache } from "./run-cli";

const BOARD = "emcraft-sf2";

function sum(numbers: number[]): number { return numbers.reduce((total, one) => total + one, 0); }

// ---- the image ----

test("the modules of an image add up to it, to the byte, and those of an origin to what the map says", async (t) => {
  const sizes = await buildImage(BOARD);
  const rows = await imageModules(sizes);
  t.is(sum(rows.map(({ code }) => code)), sizes.flash.total);
  t.is(sum(rows.map(({ ram }) => ram)), sizes.ram.total);
  const initial = readPieces(readFileSync(sizes.files.map, "utf8")).filter(({ section }) => section.startsWith(".data"));
  for (const [origin, bytes] of Object.entries(sizes.flash.parts)) {
    const data = sum(initial.filter(({ file }) => partOf(file) === origin).map((piece) => piece.bytes));
    t.is(sum(rows.filter((row) => row.origin === origin).map(({ code }) => code)), bytes + data, origin);
  }
  t.is(sum(Object.values(sizes.flash.parts)) + sizes.flash.padding + sizes.flash.data, sizes.flash.total);
  t.true(sizes.flash.padding >= 0 && sizes.flash.padding < 1024);
  const padding = rows.find(({ name }) => name === "padding")!;
  t.true(padding.code >= sizes.flash.padding && padding.code < sizes.flash.padding + 16);
  t.true(padding.ram >= 0 && padding.ram < 128);
});

test("a module's code is the sum of its functions, as the symbols of the image say", async (t) => {
  const { files, board } = await buildImage(BOARD);
  const symbols = [...(await runProgram("arm-none-eabi-nm", ["-S", files.elf])).matchAll(/^\w+ (\w+) [tT] (\w+)/gm)];
  const rows = await imageModules(await buildImage(board));
  const source = readFileSync(nativePaths.source, "utf8");
  for (const module of ["firmware/core/codec/lz4", "firmware/core/swap/cleaner", "firmware/core/store/quota"]) {
    const text = source.slice(source.lastIndexOf(`/* ---- ${module.slice("firmware/".length)}.ts ---- */`)).split("/* ----")[1]!;
    const names = [...text.matchAll(/^static \w+ (\w+)\(/gm)].map(([, name]) => name);
    const own = symbols.filter(([, , name]) => names.includes(name)).map(([, size]) => parseInt(size!, 16));
    const { code } = rows.find(({ name }) => name === module)!;
    t.true(own.length > 2 && code >= sum(own) && code <= sum(own) + 4 * own.length, `${module}: ${code} and ${sum(own)}`);
  }
});

test("every module of an image is there, none twice, and next to nothing has no owner", async (t) => {
  const rows = await imageModules(await buildImage(BOARD));
  for (const { origin, name } of rows) {
    if (name === SHARED || ["engine", "library", "room"].includes(origin)) continue;
    t.true(existsSync(inRoot(/\.[ch]$/.test(name) ? name : `${name}.ts`)), `${origin}: ${name}`);
  }
  t.is(new Set(rows.map(({ origin, name }) => `${origin} ${name}`)).size, rows.length);
  for (const origin of ["core", "engine", "port", "board"]) {
    const own = rows.filter((row) => row.origin === origin);
    const shared = own.filter(({ name }) => name === SHARED);
    t.true(sum(shared.map(({ code }) => code)) * 100 <= sum(own.map(({ code }) => code)), origin);
  }
  for (const name of ["firmware/core/codec/lz4", "firmware/core/swap/sectors", "firmware/shapes/map", "firmware/link/wire"]) {
    t.true((rows.find((row) => row.name === name)?.code ?? 0) > 500, name);
  }
});

test("the arena's tables add up to all of it but the frames, and each belongs to a module that is there", async (t) => {
  const { ram } = await buildImage(BOARD);
  const tables = arenaTables(BOARD);
  t.is(sum(tables.map(({ bytes }) => bytes)), ram.arena - ram.arena_parts.frames);
  t.is(tables.find(({ table: name }) => name === "link and stage")?.bytes, ram.arena_parts.link);
  t.is(tables.find(({ table: name }) => name === "entries")?.bytes, 6 * 1024);
  for (const { module } of tables) t.true(module === SHARED || existsSync(inRoot(`${module}.ts`)), module);
});

test("pieces of a map: strings that were merged end where the next piece begins, padding and what was left out is none", (t) => {
  const pieces = readPieces(["Discarded input sections", " .text.gone     0x00000000       0xff build/b/obj/core/core.o", "Linker script and memory map",
    ".rodata         0x60000200       0x40", " .rodata.one.str1.1", "                0x60000200       0x20 a.o", "                                 0x28 (size before relaxing)",
    " .rodata.two.str1.1", "                0x60000210        0x8 b.o", " *fill*         0x60000218        0x8 ", " .rodata        0x60000220        0x4 c.o",
    " .debug_info    0x00000000      0x100 c.o"].join("\n"));
  t.deepEqual(pieces.map(({ section, bytes, file }) => [section, bytes, file]), [[".rodata.one.str1.1", 16, "a.o"], [".rodata.two.str1.1", 8, "b.o"], [".rodata", 4, "c.o"]]);
});

test("a function of the core is the module's whose heading stands above it, an exported one its inner function's, a variable that of its struct", (t) => {
  const { functions, variables } = coreOwners(["struct core_variables {", "  /* ---- core/layout.ts ---- */", "  i32 frames;", "};",
    "static i32 read(i32);", "/* ---- core/swap/swap-log.ts ---- */", "static i32 read(i32 at) {", "  i32 left;", "}", "/* ---- link/wire.ts ---- */",
    "static void wireOpen(void) { core.left = 0; }", "uint32_t core_swapRead(uint32_t at_) { return (uint32_t)read((i32)at_); }",
    "void core_wireOpen(void) { wireOpen(); }"].join("\n"), "static INLINED i32 read8(i32 at) { return 0; }\nstatic inline i32 quotient(i32 a, i32 b)\n{\n");
  t.deepEqual([...functions], [["read8", "hal/native/dialect.h"], ["quotient", "hal/native/dialect.h"], ["read", "firmware/core/swap/swap-log"],
    ["wireOpen", "firmware/link/wire"], ["core_swapRead", "firmware/core/swap/swap-log"], ["core_wireOpen", "firmware/link/wire"]]);
  t.deepEqual([...variables], [["frames", "firmware/core/layout"]]);
});

test("the JavaScript in flash is read back as the programs that it is", async (t) => {
  await buildImage(BOARD);
  const texts = coldTexts(readFileSync(coldTable, "utf8"));
  t.true(texts.length > 15);
  for (const { name, text, bytes } of texts) {
    t.true(bytes <= text.length + 1, name);
    if (!["counter-names", "knob-names", "messages"].includes(name)) t.notThrows(() => new Script(text), name);
  }
});

// ---- heap ----

const TWO = "var zcache;(function(){var a=1;function f(x){return x+a}function g(){return function(){return f(2)}}zcache={open:function(y){return g()()+y}}})();\n";

test("the functions of a bundle that lie in no other are found: declared ones, and those that are values", (t) => {
  t.deepEqual(outermostFunctions(TWO).map(({ from, to, isDeclared }) => [TWO.slice(from, from + 11), isDeclared, TWO[to - 1]]),
    [["function f(", true, "}"], ["function g(", true, "}"], ["function(y)", false, "}"]]);
});

test("a function's heap goes to the modules of its characters, and with what is shared all adds up", (t) => {
  const spans = [{ from: 0, to: 10, isDeclared: true }, { from: 10, to: 30, isDeclared: true }];
  const rows = byModule(spans, [{ base: 0, kept: 100 }, { base: 0, kept: 400 }], [["a", 15], ["b", 15], ["c", 5]], 550);
  t.deepEqual(rows, { a: 200, b: 300, shared: 50 });
});

test("heap is measured in our engine and in QuickJS, the same each time, and more code takes more", async (t) => {
  const long = TWO.replace("return x+a", "if(x>3){a=x*2+7}else{a=x-1}return x+a");
  const programs = [TWO, TWO, long].map((text) => ({ kind: Kind.Run, text: programOf(text) }));
  const [once, again, more] = await duktapeHeap(programs);
  t.deepEqual(once, again);
  t.true(once!.kept > 300 && more!.kept > once!.kept);
  t.true(await quickJsHeap(programOf(long)) > await quickJsHeap(programOf(TWO)));
  const { duktape, modules } = await measureBundle(TWO, [["all", TWO.length]]);
  t.is(duktape, once!.kept);
  t.is(modules!["all"]! + modules![SHARED]!, duktape);
  t.true(modules!["all"]! > duktape / 2);
});

// ---- the release ----

test("what a release had and is no more is taken off, what is new is added, and other groups are left out", (t) => {
  const released = { board: { "core: a": { code: 10, ram: 4 }, "core: gone": { code: 7, ram: 1 } } };
  const now = { board: { "core: a": { code: 12, ram: 4 }, "core: new": { code: 3, ram: 0 } }, "other board": { "core: a": { code: 1, ram: 1 } } };
  t.deepEqual(moduleDifferences(now, released), { board: { "core: a": { code: 2, ram: 0 }, "core: new": { code: 3, ram: 0 }, "core: gone": { code: -7, ram: -1 } } });
  t.deepEqual(moduleDifferences({ bundle: { a: { bytes: 5 } } }, { bundle: { a: { bytes: 9, heap: 100 } } }), { bundle: { a: { bytes: -4 } } });
});

test("a release is the first number among the changelog's headings", (t) => {
  t.is(releasedVersion("# Changelog\n\n## Unreleased\n\n* 9.9.9\n\n## 1.2.3\n\n## 1.2.2\n"), "1.2.3");
  t.throws(() => releasedVersion("# Changelog\n\n## Unreleased\n"), { message: /names no released version: expected a heading such as/ });
});

// ---- for a person ----

test("a table has the largest first, a total, and a column of differences only where there is one", (t) => {
  const rows: Row[] = [{ name: "small", figures: { code: 5, ram: 1 }, since: {} }, { name: "large", figures: { code: 1500 }, since: {} }, { name: "none", figures: { code: 0 }, since: {} }];
  const lines = table("modules", [["code", "code"], ["ram", "RAM"]], rows);
  t.deepEqual(lines.map((line) => line.replace(/ +/g, " ")), ["modules code RAM", " large 1 500", " small 5 1", " total 1 505 1"]);
  t.is(new Set(lines.slice(2).map((line) => line.length)).size, 1);
  const changed = table("modules", [["code", "code"]], [...rows, { name: "gone", figures: {}, since: { code: -7 } }]);
  t.deepEqual(changed.map((line) => line.replace(/ +/g, " ")), ["modules code since", " large 1 500", " small 5", " gone -7", " total 1 505 -7"]);
  t.deepEqual(table("modules", [["code", "code"]], rows, { most: 0 }).at(-2)?.replace(/ +/g, " "), " 2 smaller ones 1 505");
  t.is(table("image", [["code", "code"]], [{ name: "core", figures: { code: 9 }, since: { code: 0 } }], { isSummary: true }).at(-1)?.replace(/ +/g, " "), " core 9 0");
  t.deepEqual([signed(1200), signed(-3), signed(0)], ["+1 200", "-3", ""]);
});

test("zcache size --json has each module of image and bundles, with what it costs and the difference", async (t) => {
  const { code, stdout, stderr } = await zcache(["size", "--json"]);
  t.is(code, 0, stderr);
  const { modules, arena, heap, bundles, released, module_difference: difference, flash, ram } = JSON.parse(stdout);
  t.deepEqual(Object.keys(modules[0]), ["origin", "name", "code", "ram"]);
  t.is(sum(modules.map((row: { code: number }) => row.code)), flash.total);
  t.deepEqual(Object.keys(arena[0]), ["table", "module", "bytes"]);
  t.is(sum(arena.map(({ bytes }: { bytes: number }) => bytes)), ram.arena - ram.arena_parts.frames);
  t.true(heap === null || heap.used > heap.engine + heap.boot);
  for (const { bytes, targetBytes, met, how, heap: engines } of bundles) {
    t.is(met, bytes <= targetBytes);
    t.true(["measured", "apportioned", "computed"].includes(how));
    for (const one of engines) t.true(one.how === "measured" || one.how === "computed");
  }
  t.is(released.version, releasedVersion(readFileSync(inRoot("CHANGELOG.md"), "utf8")));
  t.true(Object.values(difference[BOARD] as Record<string, Record<string, number>>).every((figures) => Object.values(figures).every(Number.isInteger)));
});

test("zcache size is a table for a person; its help has an example, and a board that is not there gets one sentence", async (t) => {
  const { code, stdout } = await zcache(["size"]);
  t.is(code, 0);
  t.regex(stdout, /^image +code +since +RAM +since$/m);
  t.regex(stdout, /^ {2}firmware\/core\/store\/paging +\d/m);
  t.regex(stdout, /^ {2}minimal +\d[\d +-]* 10 240 +(met|[\d ]+ over);/m);
  t.true(stdout.split("\n").slice(0, 5).every((line) => line.length < 200));
  t.regex((await zcache(["size", "--help"])).stdout, /Example:\n {2}zcache size /);
  const wrong = await zcache(["size", "--board", "emcraft"]);
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /^zcache: there is no board "emcraft": did you mean emcraft-sf2\? The boards are [^\n]+\n$/);
});
