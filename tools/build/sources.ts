/**
 * Sources of others that the build needs and the project does not contain: fetched once for a user, accepted only by
 * their sha256, so it does not matter where they come from. Tried in turn: the file (or its upstream name) laid into
 * build/downloads by hand; the user's cache, which every clone fills; Debian's source package, from the mirror this
 * machine is set up for; upstream.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { inCache, makeFolder } from "./count.mjs";
import { inBuild } from "./paths";
import { progress, runProgram, writeFile } from "./steps";
import { sayProgram } from "../words";

export interface ForeignSource {
  /** For messages. */
  title: string;
  debianPackage: string;
  /** The name Debian gives the tarball; also its name in build/downloads. */
  file: string;
  upstream: string;
  sha256: string;
}

export const DUKTAPE: ForeignSource = {
  title: "Duktape 2.7.0",
  debianPackage: "duktape",
  file: "duktape_2.7.0.orig.tar.xz",
  upstream: "https://duktape.org/duktape-2.7.0.tar.xz",
  sha256: "90f8d2fa8b5567c6899830ddef2c03f3c27960b11aca222fa17aa7ac613c2890",
};

/** The reference that our codec is measured against; only the bench needs it. */
export const LZ4_REFERENCE: ForeignSource = {
  title: "LZ4 1.9.4",
  debianPackage: "lz4",
  file: "lz4_1.9.4.orig.tar.gz",
  upstream: "https://github.com/lz4/lz4/releases/download/v1.9.4/lz4-1.9.4.tar.gz",
  sha256: "0b0e3aa07c8c063ddf40b082bdf7e37a1562bda40a0ff5272957f3e987e0e54b",
};

const downloads = inBuild("downloads");

/** The tarball's path; fetches it if it is not there yet. */
export async function fetchSource(source: ForeignSource): Promise<string> {
  const here = sourceAtHand(source);
  if (here !== undefined) return keep(source, here);
  mkdirSync(downloads, { recursive: true });
  const reasons = placesOf(source).filter((path) => existsSync(path)).map((path) => `${basename(path)} here has another sha256`);
  for (const attempt of [fromDebian, fromUpstream]) {
    try {
      const found = await attempt(source);
      if (found === undefined) continue;
      if (isIt(source, found)) return keep(source, found);
      rmSync(found, { force: true });
      reasons.push(`${basename(found)} has another sha256`);
    } catch (error) {
      reasons.push((error as Error).message.split("\n").slice(-1)[0]!);
    }
  }
  throw new Error(`${source.title} could not be fetched (${reasons.join("; ")}): lay ${source.file} into build/downloads by hand, sha256 ${source.sha256}`);
}

/** Where the tarball is without fetching: in build/downloads, by either of its names, or in the user's cache. */
export function sourceAtHand(source: ForeignSource): string | undefined {
  return placesOf(source).find((path) => existsSync(path) && isIt(source, path));
}

function placesOf(source: ForeignSource): string[] {
  return [...[source.file, basename(source.upstream)].map((name) => join(downloads, name)), cachePath(source)];
}

function cachePath(source: ForeignSource): string { return inCache("downloads", source.file); }
function isIt(source: ForeignSource, path: string): boolean { return hashOf(readFileSync(path)) === source.sha256; }

/** Puts it where this clone and the next will find it. */
function keep(source: ForeignSource, found: string): string {
  const wanted = join(downloads, source.file);
  if (found !== wanted) copy(found, wanted);
  const cached = cachePath(source);
  if (existsSync(cached) && isIt(source, cached)) return wanted;
  try {
    copy(wanted, cached);
  } catch {
    progress(`${source.file} is not kept for other clones: ${dirname(cached)} cannot be written to`);
  }
  return wanted;
}

/** Whole or not at all, whoever else copies at the same time. */
function copy(from: string, to: string): void {
  makeFolder(dirname(to));
  copyFileSync(from, `${to}.${process.pid}`);
  renameSync(`${to}.${process.pid}`, to);
}

function hashOf(bytes: Uint8Array): string { return createHash("sha256").update(bytes).digest("hex"); }

/** `apt-get source` with lists and state of its own, so that the system's stay as they are. */
async function fromDebian(source: ForeignSource): Promise<string | undefined> {
  if (!existsSync("/etc/debian_version")) return undefined;
  progress(`fetching ${source.title} from Debian's source package ${source.debianPackage}`);
  const state = inBuild("apt");
  const config = join(state, "apt.conf");
  for (const folder of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(state, folder), { recursive: true });
  writeFile(join(state, "sources.list"), await sourceList());
  writeFile(config, privateConfig(state));
  const quiet = ["-q", "-c", config];
  await runProgram("apt-get", [...quiet, "update"]);
  await runProgram("apt-get", [...quiet, "source", "--download-only", source.debianPackage], { folder: downloads });
  rmSync(join(state, "lists"), { recursive: true, force: true });
  const path = join(downloads, source.file);
  return existsSync(path) ? path : undefined;
}

/**
 * deb-src lines for the release this system runs. [trusted]: the tarball is judged by its hash, not by the list's
 * signature.
 */
async function sourceList(): Promise<string> {
  const release = /^VERSION_CODENAME=(.+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  const format = ["--no-release-info", "--format", "$(SITE) $(RELEASE) $(COMPONENT)", "Created-By: Packages"];
  const targets = (await runProgram("apt-get", ["indextargets", ...format])).split("\n");
  const main = [...new Set(targets)].filter((line) => line.split(" ")[1] === release);
  if (main.length === 0) throw new Error(`apt names no mirror for ${release}`);
  return main.map((line) => `deb-src [trusted=yes] ${line}\n`).join("");
}

function privateConfig(state: string): string {
  return [
    `Dir::Etc::sourcelist "${state}/sources.list";`,
    `Dir::Etc::sourceparts "/dev/null";`,
    `Dir::State::lists "${state}/lists";`,
    `Dir::Cache "${state}/cache";`,
    `APT::Sandbox::User "";`,
    `Acquire::Languages "none";`,
    "",
  ].join("\n");
}

async function fromUpstream(source: ForeignSource): Promise<string> {
  progress(`fetching ${source.title} from ${source.upstream}`);
  const answer = await fetch(source.upstream, { signal: AbortSignal.timeout(120_000) });
  if (!answer.ok) throw new Error(`${source.upstream} answered ${answer.status}`);
  const path = join(downloads, basename(source.upstream));
  writeFileSync(path, Buffer.from(await answer.arrayBuffer()));
  return path;
}

/**
 * Unpacks a tarball into `folder` without its topmost folder. Python's, because a bare system may lack xz. Python 3.12 and
 * later want to be told what to do with odd members, and differ when they are not told: nothing, since the hash is known.
 * Nothing else happens meanwhile, half a second: so what comes after it begins before the steps that keep this process busy.
 */
export function unpack(tarball: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const script = [
    "import sys, tarfile",
    "archive = tarfile.open(sys.argv[1])",
    "archive.extraction_filter = lambda member, folder: member",
    "for member in archive.getmembers():",
    "    member.name = member.name.partition('/')[2]",
    "    if member.name and (member.isfile() or member.isdir()): archive.extract(member, sys.argv[2])",
  ].join("\n");
  const command = ["-W", "ignore", "-c", script, tarball, folder];
  sayProgram(["python3", ...command]);
  execFileSync("python3", command, { stdio: ["ignore", "ignore", "pipe"] });
}
