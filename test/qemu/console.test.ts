import test from "ava";
import { KNOBS } from "../../tools/core/knobs";
import { inBuild, rootFolder } from "../../tools/build/paths";
import { Terminal } from "./terminal";

const CTRL_A = "\x01";
const CTRL_C = "\x03";
const CTRL_RIGHT_BRACKET = "\x1d";
const UP = "\x1b[A";
const LEFT = "\x1b[D";
const BACKSPACE = "\x7f";
const PROMPT = /\n> $/;

let terminal: Terminal;

test.before(async () => {
  terminal = new Terminal([process.execPath, inBuild("zcache.mjs"), "qemu"], rootFolder);
  await terminal.see(/Ctrl-\] leaves/, 120_000);
  await terminal.see(PROMPT);
});
test.after.always(() => terminal.close());

/** Types a line and returns what appears until the next prompt. */
async function enter(line: string): Promise<string> {
  terminal.strike(`${line}\r`);
  return terminal.see(PROMPT);
}

test.serial("JavaScript is evaluated", async (t) => {
  t.regex(await enter("1+1"), /1\+1\n2\n> $/);
  t.regex(await enter("\"12\".length+\"5\".charCodeAt(0)"), /\n55\n> $/);
  t.regex(await enter("a = z.area(\"notes\", 2000); a.write(1500, \"hello\"); a.at(1501)"), /\n101\n> $/);
});

test.serial(".pools lists pools and tenants, also as JSON", async (t) => {
  t.regex(await enter(".pools"), /pool +kind[^]*\n +0 +persistent[^]*\nten\. +quota_bytes[^]*\n +0 +0 +\d+/);
  const pools = await enter(".pools json");
  const document = JSON.parse(pools.slice(pools.indexOf("{"), pools.lastIndexOf("}") + 1));
  t.is(document.pools[0].kind, "persistent");
  // The area that is open, and the directory of durable areas.
  t.is(document.pools[0].objects, 2);
  t.is(typeof document.tenants[0].held_bytes, "number");
});

test.serial(".wear and .swap say what the flash has been through, also as JSON", async (t) => {
  const word = async (command: string): Promise<any> => JSON.parse(/^\{.*\}$/m.exec(await enter(command))![0]);
  await enter("b = z.area(\"log\", 400 * 1024); for (i = 0; i < 400; i++) b.set(i * 1024, i % 250 + 1), b.write(i * 1024 + 8, \"\" + Math.random() + Math.random() + Math.random());");
  const wear = await word(".wear json");
  t.is(wear.sectors, 64);
  t.is(wear.endurance_erases, 100000);
  t.is(wear.budget, "off");
  t.is(wear.histogram.reduce((sum: number, [, sectors]: number[]) => sum + sectors, 0), 64);
  t.regex(await enter(".wear"), /good for 100000 erases[^]*amplification 1[^]*budget +off[^]*erases +min 0, mean/);
  const swap = await word(".swap json");
  t.true(swap.open);
  t.is(swap.map.length, 64);
  t.regex(await enter(".swap"), /64 sectors: \d+ dead, 0 retired/);
  await enter("b.free()");
});

test.serial(".help and .stats answer, also as JSON", async (t) => {
  t.regex(await enter(".help"), /\.stats +every counter/);
  t.regex(await enter(".stats"), /frontswap\n[^]*succ_stores/);
  const stats = await enter(".stats json");
  const document = JSON.parse(stats.slice(stats.indexOf("{"), stats.lastIndexOf("}") + 1));
  t.is(typeof document.zswap.stored_pages, "number");
});

test.serial(".set lists the knobs, turns the live ones, and refuses the rest with the range", async (t) => {
  const all = await enter(".set");
  t.regex(all, /\npage_bytes +1024 +1024  fixed  256\.\.4096 bytes\n/);
  t.regex(all, /\naccept_percent +90 +90  live   1\.\.100 percent\n/);
  t.regex(all, /\nallocator +zbud +zbud  live   zbud\r?\n/);
  t.regex(await enter(".set allocator zfold"), /allocator takes zbud, not zfold\./);
  t.regex(await enter(".set allocator json"), /"allocator":\{"value":0,"default":0,"low":0,"high":0,/);
  t.regex(await enter(".set accept_percent 80"), /\naccept_percent +80 +90  live/);
  t.regex(await enter(".set same_filled off"), /\nsame_filled +off +on  live   off on\n/);
  t.regex(await enter(".set same_filled 1"), /\nsame_filled +on +on/);
  t.regex(await enter(".set accept_percent 101"), /accept_percent takes 1\.\.100 percent, not 101\./);
  t.regex(await enter(".set accept_percent many"), /takes 1\.\.100 percent, not many\./);
  t.regex(await enter(".set page_bytes 512"), /page_bytes is fixed while the store is open/);
  t.regex(await enter(".set nothing 1"), /there is no knob nothing: \.set lists them\./);
  t.regex(await enter(".set accept_percent"), /\naccept_percent +80 +90/);
  const json = await enter(".set json");
  const knobs = JSON.parse(json.slice(json.indexOf("{"), json.lastIndexOf("}") + 1));
  t.is(Object.keys(knobs).length, KNOBS.length);
  t.deepEqual(knobs.accept_percent, { value: 80, default: 90, low: 1, high: 100, unit: "percent", live: true });
  // Of the allocators this board's image has the first alone.
  for (const { name, low, high, isLive } of KNOBS) t.like(knobs[name], { low, high: name === "allocator" ? 0 : high, live: isLive });
});

test.serial("the line can be edited", async (t) => {
  t.regex(await enter(`2+2${CTRL_A}1`), /\n14\n> $/);
  t.regex(await enter(`5*77${LEFT}${LEFT}${BACKSPACE}+`), /\n82\n> $/);
});

test.serial("the history brings lines back", async (t) => {
  await enter("40+2");
  await enter("7*9");
  t.regex(await enter(UP), /\n63\n> $/);
  t.regex(await enter(UP + UP), /\n42\n> $/);
});

test.serial("an error is one sentence and the prompt is back", async (t) => {
  t.regex(await enter("nothing.here"), /ReferenceError/);
  t.regex(await enter(".nothing"), /There is no command \.nothing; \.help lists them\./);
});

test.serial("Ctrl-C stops a script that never ends, and the store lives on", async (t) => {
  terminal.strike("while(1);\r");
  await terminal.see(/while\(1\);\n/);
  await new Promise((resolve) => setTimeout(resolve, 300));
  terminal.strike(CTRL_C);
  t.regex(await terminal.see(PROMPT), /Interrupted/);
  t.regex(await enter("z.area(\"notes\").at(1501)"), /\n101\n> $/);
});

test.serial("Ctrl-C drops a line that was begun", async (t) => {
  terminal.strike("garbage(((");
  await terminal.see(/garbage\(\(\(/);
  terminal.strike(CTRL_C);
  await terminal.see(PROMPT);
  t.regex(await enter("3+3"), /\n6\n> $/);
});

test.serial("Ctrl-] leaves, with the exit code of the verdict", async (t) => {
  terminal.strike(CTRL_RIGHT_BRACKET);
  t.is(await terminal.ended, 0);
});
