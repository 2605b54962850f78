/**
 * A root of a Debian release in a folder: made, used and taken away again. Only /proc is mounted into it; devices are
 * those that debootstrap makes, so removing the folder can never reach this machine's own.
 */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, createWriteStream, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { certificatesIn, environmentFrom } from "./facts.mjs";

/** Where the project lies in the root. */
const PLACE = "/srv/zcache-mcu";
const TAIL_LINES = 25;

export class Root {
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #running;
  #env = environmentFrom(process.env);

  /** @param {string} folder empty, and of this root alone */
  constructor(folder) {
    this.folder = folder;
  }

  /** @param {string[]} parts */
  path(...parts) { return join(this.folder, "root", ...parts); }

  /** @param {string} name */
  logPath(name) { return join(this.folder, name); }

  /**
   * A minimal Debian with what its installer brings besides, as far as it matters here: certificates.
   * @param {string} release
   * @param {string} mirror
   */
  async bootstrap(release, mirror) {
    await this.#start("debootstrap", ["--variant=minbase", "--include=ca-certificates", release, this.path(), mirror], "debootstrap.log");
    succeed("mount", ["-t", "proc", "proc", this.path("proc")]);
    cpSync("/etc/resolv.conf", this.path("etc", "resolv.conf"), { dereference: true });
    writeFileSync(this.path("etc", "apt", "apt.conf.d", "90this-machine"), proxies());
  }

  /** Node and npm as they run this, and how this machine reaches npm's registry. */
  addNode() {
    cpSync(process.execPath, this.path("usr", "local", "bin", "node"));
    const npm = npmFolder();
    cpSync(npm, this.path("usr", "local", "lib", "node_modules", "npm"), { recursive: true, dereference: true });
    for (const name of ["npm", "npx"]) symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, this.path("usr", "local", "bin", name));
    const texts = [["userconfig", "root/.npmrc"], ["globalconfig", "usr/local/etc/npmrc"]].map(([kind, place]) => this.#addSettings(kind, place));
    for (const path of certificatesIn(this.#env, texts.join("\n"))) this.#addCertificates(path);
    const { status, stderr } = spawnSync("chroot", [this.path(), "node", "--version"], { env: this.#env, encoding: "utf8" });
    if (status === 0) return;
    const why = (stderr ?? "").trim().split("\n").at(-1);
    throw new Error(`this machine's Node does not run in that release (${why}): run this with a Node built for an older C library`);
  }

  /**
   * @param {string} kind npm's name for the file
   * @param {string} place in the root
   */
  #addSettings(kind, place) {
    const path = spawnSync("npm", ["config", "get", kind], { encoding: "utf8", cwd: "/" }).stdout.trim();
    if (!existsSync(path)) return "";
    mkdirSync(dirname(this.path(place)), { recursive: true });
    cpSync(path, this.path(place), { dereference: true });
    return readFileSync(path, "utf8");
  }

  /**
   * A file of certificates at the path that settings name; the release's own of that name is kept within.
   * @param {string} path
   */
  #addCertificates(path) {
    if (!existsSync(path)) return;
    const own = existsSync(this.path(path)) ? readFileSync(this.path(path), "utf8") : "";
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), `${own}\n${readFileSync(path, "utf8")}`);
  }

  /**
   * @param {string} project
   * @param {string} commit
   */
  clone(project, commit) {
    succeed("git", ["clone", "--quiet", "--no-hardlinks", project, this.path(PLACE)]);
    succeed("git", ["-C", this.path(PLACE), "checkout", "--quiet", "--detach", commit]);
  }

  /**
   * Runs a command in the clone, without a terminal. Its output goes to a log; its end is part of the error when it
   * fails.
   * @param {string[]} command
   * @param {string} log
   */
  run(command, log) {
    return this.#start("chroot", [this.path(), "sh", "-c", `cd ${PLACE} && exec "$@"`, "sh", ...command], log);
  }

  /**
   * @param {string} program
   * @param {string[]} args
   * @param {string} log
   * @returns {Promise<void>}
   */
  #start(program, args, log) {
    const child = spawn(program, args, { env: { ...this.#env }, stdio: ["ignore", "pipe", "pipe"] });
    this.#running = child;
    const file = createWriteStream(this.logPath(log));
    child.stdout.pipe(file, { end: false });
    child.stderr.pipe(file, { end: false });
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => file.end(() => {
        this.#running = undefined;
        if (code === 0) return resolve();
        const tail = readFileSync(this.logPath(log), "utf8").trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
        reject(new Error(`${args.at(0) === this.path() ? args.slice(5).join(" ") : program} ended with code ${code}:\n${tail}`));
      }));
    });
  }

  /** Ends what runs in the root. */
  stop() { this.#running?.kill("SIGKILL"); }

  /** Unmounts and removes everything; what still is mounted is left alone, and said. */
  remove() {
    spawnSync("umount", ["--lazy", this.path("proc")], { stdio: "ignore" });
    const inside = `${realpathSync(this.folder)}/`;
    const isMounted = readFileSync("/proc/mounts", "utf8").split("\n").some((line) => line.split(" ")[1]?.startsWith(inside));
    if (isMounted) process.stderr.write(`fresh: ${this.folder} is left, because something is mounted in it\n`);
    else succeed("rm", ["-rf", "--one-file-system", this.folder]);
  }
}

/** apt's own settings of proxies. */
function proxies() {
  const { stdout } = spawnSync("apt-config", ["dump", "Acquire"], { encoding: "utf8" });
  return (stdout ?? "").split("\n").filter((line) => /^Acquire::https?::(Proxy|CaInfo)/i.test(line)).join("\n") + "\n";
}

/** The folder of the npm that `npm` on PATH is. */
function npmFolder() {
  const isNpm = (/** @type {string} */ path) => existsSync(path) && realpathSync(path).endsWith("-cli.js");
  const found = (process.env.PATH ?? "").split(":").map((folder) => join(folder, "npm")).find(isNpm);
  if (found === undefined) throw new Error("npm is not on PATH: install it with Node");
  return dirname(dirname(realpathSync(found)));
}

/**
 * @param {string} program
 * @param {string[]} args
 */
function succeed(program, args) {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0) throw new Error(`\`${program} ${args.join(" ")}\` failed: ${(stderr ?? "").trim().split("\n").at(-1)}`);
}
