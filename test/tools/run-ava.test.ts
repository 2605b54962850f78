/** The test runner itself: a run that hangs, or that a test breaks off, ends with a tally and says which test it was. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { inBuild } from "../../tools/build/paths";
import { bundleTests, runAva, type Tally } from "../../tools/build/run-ava";

/** Below the checkout, because ava runs nothing else. */
const programs = inBuild("test-programs");
mkdirSync(programs, { recursive: true });
const folder = mkdtempSync(join(programs, "run-ava-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** Runs test files of these texts. */
async function run(name: string, texts: Record<string, string>, silenceMs?: number): Promise<{ tally: Tally; said: string }> {
  const base = join(folder, name);
  mkdirSync(base);
  const paths = Object.entries(texts).map(([file, text]) => {
    const path = join(base, `${file}.test.ts`);
    writeFileSync(path, `import test from "ava";\n${text}\n`);
    return path;
  });
  const said: string[] = [];
  const tally = await runAva(await bundleTests(paths, base, join(base, "out")), { say: (line) => said.push(line), silenceMs });
  return { tally, said: said.join("\n") };
}

const GOOD = 'test("one", (t) => t.pass()); test("two", (t) => t.pass());';

test.serial("tests that pass and fail are counted", async (t) => {
  const { tally, said } = await run("plain", { good: GOOD, bad: 'test("bad", (t) => t.is(1, 2));' });
  t.deepEqual(tally, { passed: 2, failed: 1 }, said);
  t.notRegex(said, /run to its end/);
});

test.serial("a file whose hook fails, or that cannot be loaded, fails", async (t) => {
  const { tally, said } = await run("hooks", { hook: 'test.before(() => { throw new Error("no"); }); test("one", (t) => t.pass());', load: 'throw new Error("broken");' });
  t.is(tally.passed, 0);
  t.true(tally.failed >= 2, said);
});

test.serial("a test that hangs is named when no test has ended for long enough, and the others count", async (t) => {
  const { tally, said } = await run("hang", { good: GOOD, hung: 'setInterval(() => {}, 1000); test.serial("fine", (t) => t.pass()); test.serial("hangs", () => new Promise(() => {}));' }, 20_000);
  t.deepEqual(tally, { passed: 3, failed: 1 }, said);
  t.regex(said, /no test has ended for 20 s: the run is given up/);
  t.regex(said, /^not ok - \S+hung\.test\.mjs was not run to its end: under way were "hangs", after "fine"$/m);
});

test.serial("a test that ends the process is named, although ava's reporter breaks at it", async (t) => {
  const { tally, said } = await run("exit", { leaves: 'test.serial("fine", (t) => t.pass()); test.serial("leaves", async () => { process.exit(0); });' });
  t.is(tally.passed, 1, said);
  t.true(tally.failed >= 1, said);
  t.regex(said, /leaves\.test\.mjs was not run to its end: under way were "leaves", after "fine"/);
});
