/**
 * Sources of others that the build needs and the project does not contain: fetched once into build/downloads, accepted
 * only by their sha256, so it does not matter where they come from. Tried in turn: the file (or its upstream name) laid
 * into build/downloads by hand; Debian's source package, from the mirror this machine is set up for; upstream.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { inBuild } from "./paths";
import { progress, runProgram, writeFile } from "./steps";

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
  mkdirSync(downloads, { recursive: true });
  const wanted = join(downloads, source.file);
  const reasons: string[] = [];
  for (const attempt of [fromHand, fromDebian, fromUpstream]) {
    try {
      const found = await attempt(source);
      if (found === undefined) continue;
      if (hashOf(readFileSync(found)) === source.sha256) return keep(found, wanted);
      reasons.push(`${basename(found)} has another sha256`);
    } catch (error) {
      reasons.push((error as Error).message.split("\n").slice(-1)[0]!);
    }
  }
  throw new Error(`${source.title} could not be fetched (${reasons.join("; ")}): lay ${source.file} into build/downloads by hand, sha256 ${source.sha256}`);
}

function keep(found: string, wanted: string): string {
  if (found !== wanted) renameSync(found, wanted);
  return wanted;
}

function hashOf(bytes: Uint8Array): string { return createHash("sha256").update(bytes).digest("hex"); }

async function fromHand(source: ForeignSource): Promise<string | undefined> {
  return [source.file, basename(source.upstream)].map((name) => join(downloads, name)).find((path) => existsSync(path));
}

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

/** deb-src lines for the release this system runs. [trusted]: the tarball is judged by its hash, not by the list's signature. */
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
  const path = join(downloads, `${source.file}.${process.pid}`);
  writeFileSync(path, Buffer.from(await answer.arrayBuffer()));
  return path;
}

/**
 * Unpacks a tarball into `folder` without its topmost folder. Python's, because a bare system may lack xz. Python 3.12 and
 * later want to be told what to do with odd members, and differ in what they do untold: nothing, since the hash is known.
 */
export async function unpack(tarball: string, folder: string): Promise<void> {
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
  await runProgram("python3", ["-W", "ignore", "-c", script, tarball, folder]);
}
