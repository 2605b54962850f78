/**
 * `npm run test:fresh -- RELEASE ...`: does a machine that was installed a minute ago run both commands?
 *
 * For each Debian release (bookworm, trixie) debootstrap makes a root in a temporary folder, with what Debian itself
 * installs and Node beside it; the commit that is checked out is cloned into it; there, without a terminal, `npm start`
 * runs twice (the second time nothing may be built) and a quick part of the tests. The last line is the verdict, the
 * exit code 0 or 1.
 *
 * The price is root and minutes, so this is no part of `npm test`. Node and npm are those that run this: Debian 12 has
 * Node 18, and other sources of Node are not everybody's. So is what is set up to reach registries: npm's settings,
 * certificates.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { mirrorOf, refuse, stepsIn } from "./facts.mjs";
import { Root } from "./root.mjs";

const project = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Quick, and of each kind: the core, the tools, a board in the emulator. */
const QUICK = ["test/core/lz4", "test/core/paging", "test/tools/build", "test/tools/imports", "test/qemu/feed"];

main(process.argv.slice(2)).then((code) => { process.exitCode = code; }, (error) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});

/** @param {string[]} releases */
async function main(releases) {
  const fault = refuse(releases, process.getuid?.() === 0, process.platform);
  if (fault !== undefined) throw new Error(fault);
  needDebootstrap();
  const commit = git("rev-parse", "HEAD");
  if (git("status", "--porcelain") !== "") say("what is not committed is not checked");
  let code = 0;
  for (const release of releases) if (!await check(release, commit)) code = 1;
  return code;
}

/**
 * Checks one release; true if all went well. Whatever happens, the root goes.
 * @param {string} release
 * @param {string} commit
 */
async function check(release, commit) {
  const start = Date.now();
  const root = new Root(mkdtempSync(join(tmpdir(), "zcache-fresh-")));
  const end = (/** @type {NodeJS.Signals} */ signal) => { root.stop(); root.remove(); process.kill(process.pid, signal); };
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  let verdict = "ok: every step passed";
  try {
    for (const [title, work] of stepsOf(root, release, commit)) await step(`${release}: ${title}`, work);
  } catch (error) {
    verdict = `failed: ${error instanceof Error ? error.message : error}`;
  } finally {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
    root.remove();
  }
  console.log(`fresh ${release}, commit ${commit.slice(0, 12)}: ${verdict} (${seconds(start)})`);
  return verdict.startsWith("ok");
}

/**
 * @param {Root} root
 * @param {string} release
 * @param {string} commit
 * @returns {[title: string, work: () => Promise<void> | void][]}
 */
function stepsOf(root, release, commit) {
  const targets = spawnSync("apt-get", ["indextargets", "--no-release-info", "--format", "$(SITE) $(COMPONENT)"], { encoding: "utf8" });
  const mirror = process.env.ZCACHE_FRESH_MIRROR ?? mirrorOf(targets.stdout ?? "");
  return [
    [`a root from ${mirror}`, () => root.bootstrap(release, mirror)],
    [`Node ${process.versions.node} and npm of this machine`, () => root.addNode()],
    ["a clone of the project", () => root.clone(project, commit)],
    ["npm start", () => root.run(["npm", "start"], "start.log")],
    ["npm start once more, which builds nothing", async () => {
      await root.run(["npm", "start"], "again.log");
      const built = stepsIn(readFileSync(root.logPath("again.log"), "utf8"));
      if (built.length > 0) throw new Error(`the second npm start did ${built.join("; ")}: expected nothing to do`);
    }],
    ["the quick tests", () => root.run(["npm", "test", "--", ...QUICK], "test.log")],
  ];
}

/**
 * @param {string} title
 * @param {() => Promise<void> | void} work
 */
async function step(title, work) {
  const start = Date.now();
  say(`${title} ...`);
  await work();
  say(`${title}: done in ${seconds(start)}`);
}

/** @param {number} start */
function seconds(start) { return `${((Date.now() - start) / 1000).toFixed(1)} s`; }

function needDebootstrap() {
  const isHere = () => spawnSync("debootstrap", ["--version"], { stdio: "ignore" }).status === 0;
  if (isHere()) return;
  say("installing debootstrap");
  spawnSync("apt-get", ["-q", "-y", "--no-install-recommends", "install", "debootstrap"], { stdio: "ignore" });
  if (isHere()) return;
  throw new Error("debootstrap is missing and cannot be installed: run `apt-get update && apt-get install debootstrap` and try again");
}

/** @param {string[]} args */
function git(...args) {
  const { status, stdout, stderr } = spawnSync("git", args, { cwd: project, encoding: "utf8" });
  const why = (stderr ?? "").trim().split("\n").at(-1);
  if (status !== 0) throw new Error(`git ${args[0]} failed (${why}): run this in a clone of the project, with git installed`);
  return stdout.trim();
}

/** @param {string} line */
function say(line) { process.stderr.write(`fresh: ${line}\n`); }
