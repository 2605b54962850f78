import test from "ava";
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
  t.regex(await enter("a = z.area(\"notes\", 2000); a.write(1500, \"hello\"); a.at(1501)"), /\n101\n> $/);
});

test.serial(".help and .stats answer, also as JSON", async (t) => {
  t.regex(await enter(".help"), /\.stats +every counter/);
  t.regex(await enter(".stats"), /frontswap\n[^]*succ_stores/);
  const stats = await enter(".stats json");
  const document = JSON.parse(stats.slice(stats.indexOf("{"), stats.lastIndexOf("}") + 1));
  t.is(typeof document.zswap.stored_pages, "number");
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
