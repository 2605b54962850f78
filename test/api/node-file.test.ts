/**
 * The flash file of the Node package: one opener at a time, and an operating system that refuses. Errors of the system are
 * put in the place of node:fs's calls, so they come where and when a test wants them; whether the path itself goes away is
 * done to real files.
 */
import { spawn, spawnSync } from "node:child_process";
import fs, {
  existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, truncateSync, unlinkSync, writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "ava";
import { buildPackage, packageFolder } from "../../tools/build/package";

interface Kept { write(at: number, bytes: string | Uint8Array): void; at(at: number): number; slice(from: number, to: number): Uint8Array; sync(): void }
interface Store { area(name: string, bytes: number, options?: object): Kept; sync(): void; stats(): object; close(): void }

let open: (options: object) => Store;
const folder = mkdtempSync(join(tmpdir(), "zcache-node-file-"));
const packageUrl = (): string => pathToFileURL(join(packageFolder, "index.mjs")).href;

test.before(async () => {
  await buildPackage();
  ({ open } = await import(packageUrl()) as { open: typeof open });
});
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** `work` while a call of node:fs is another. */
function during(replaced: Partial<typeof fs>, work: () => void): void {
  const before = Object.fromEntries(Object.keys(replaced).map((name) => [name, fs[name as keyof typeof fs]]));
  Object.assign(fs, replaced);
  syncBuiltinESMExports();
  try {
    work();
  } finally {
    Object.assign(fs, before);
    syncBuiltinESMExports();
  }
}

function refusal(code: string, words: string): () => never {
  return () => { throw Object.assign(new Error(`${code}: ${words}, write`), { code, syscall: "write" }); };
}

/** Bytes that do not compress. */
function noise(length: number): Uint8Array {
  let seed = 1;
  return Uint8Array.from({ length }, () => (seed = Math.imul(seed, 1103515245) + 12345 >>> 0) >>> 16 & 255);
}

/** A disk with room for `bytes` more. */
function diskWith(bytes: number): typeof fs.writeSync {
  const write = fs.writeSync as (...given: unknown[]) => number;
  return ((file: number, from: Uint8Array, offset: number, length: number, at: number) => {
    const room = Math.min(length, bytes);
    if (room === 0) refusal("ENOSPC", "no space left on device")();
    bytes -= room;
    return write(file, from, offset, room, at);
  }) as typeof fs.writeSync;
}

function text(area: Kept, length: number): string { return Buffer.from(area.slice(0, length)).toString("latin1"); }

/** What a new opener finds in the area "kept". */
function found(flash: string, length: number, core: string): string {
  const z = open({ flash, core });
  try {
    return text(z.area("kept", 4096, { durable: true }), length);
  } finally {
    z.close();
  }
}

test.serial("a second store on one file is refused in one sentence, in this process and in another, until the first is closed", (t) => {
  const flash = join(folder, "two.nor");
  const first = open({ flash });
  const kept = first.area("kept", 4096, { durable: true });
  kept.write(0, "one");
  first.sync();
  const here = t.throws(() => open({ flash })) as Error & { code: number };
  t.is(here.message, `open: the flash file ${flash} is open in this process already: close the store that has it first.`);
  t.is(here.code, -6);
  const program = `import { open } from ${JSON.stringify(packageUrl())}; try { open({ flash: process.argv[1] }); } catch (error) { console.log(error.message); }`;
  const there = spawnSync(process.execPath, ["--input-type=module", "-e", program, flash], { encoding: "utf8" });
  t.is(there.stdout, `open: the flash file ${flash} is in use by process ${process.pid}: wait for it to end, or name another file.\n`);
  kept.write(0, "ONE");
  first.sync();
  first.close();
  t.deepEqual(readdirSync(folder).filter((name) => name.startsWith("two.nor")), ["two.nor"]);
  t.is(found(flash, 3, "wasm"), "ONE");
});

test.serial("a closed store refuses every call in one sentence, and what was not synced is lost as at a power cut", async (t) => {
  const flash = join(folder, "closed.nor");
  const z = open({ flash });
  const kept = z.area("kept", 4096, { durable: true });
  kept.write(0, "old");
  z.sync();
  kept.write(0, "new");
  z.close();
  z.close();
  for (const call of [() => z.sync(), () => kept.at(0), () => z.area("other", 10), () => z.stats()]) {
    t.like(t.throws(call) as object, { message: "the store was closed: open another.", code: -13 });
  }
  await new Promise((resolve) => setImmediate(resolve));
  t.is(found(flash, 3, "wasm"), "old");
});

/** A process that has ended, and its number. */
function endedProcess(): number { return Number(spawnSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).stdout); }

test.serial("the lock of a process that has ended is taken over, also when its number is another's; a live one's, or another machine's, is not", (t) => {
  const flash = join(folder, "stale.nor");
  open({ flash }).close();
  const lock = `${flash}.lock`;
  const line = (holder: object): void => writeFileSync(lock, JSON.stringify({ pid: process.ppid, began: "", boot: "", host: hostname(), ...holder }));
  for (const holder of [{ pid: endedProcess() }, ...existsSync("/proc/self/stat") ? [{ began: "1" }, { boot: "another boot" }] : []]) {
    line(holder);
    open({ flash }).close();
    t.false(existsSync(lock), JSON.stringify(holder));
  }
  writeFileSync(lock, String(endedProcess()));
  open({ flash }).close();
  line({});
  t.throws(() => open({ flash }), { message: `open: the flash file ${flash} is in use by process ${process.ppid}: wait for it to end, or name another file.` });
  line({ pid: 1, host: "elsewhere" });
  t.throws(() => open({ flash }), { message: new RegExp(`in use by process 1 on elsewhere: end it, or remove .*stale\\.nor\\.lock if it has ended\\.$`) });
  for (const nobody of ["", "{", "{\"pid\":-1}", "x".repeat(5000)]) {
    writeFileSync(lock, nobody);
    t.throws(() => open({ flash }), { message: /is locked by .*stale\.nor\.lock, which names no process: remove that file if no program uses it\.$/ });
    t.is(readFileSync(lock, "utf8"), nobody);
  }
  rmSync(lock);
  open({ flash }).close();
});

test.serial("a process that is killed in the middle leaves a lock that the next one takes over, and what it synced", async (t) => {
  const flash = join(folder, "killed.nor");
  const program = `import { open } from ${JSON.stringify(packageUrl())}; const z = open({ flash: process.argv[1] });
    const a = z.area("kept", 4096, { durable: true }); a.write(0, "safe"); z.sync(); a.write(0, "lost"); console.log("ready"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, flash], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  t.throws(() => open({ flash }), { message: new RegExp(`in use by process ${child.pid}:`) });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  t.true(existsSync(`${flash}.lock`));
  t.is(found(flash, 4, "wasm"), "safe");
});

for (const core of ["wasm", "script"]) {
  test.serial(`a disk that is full after any number of bytes of a sync: one sentence, the old state or the new one is in the file, and the store goes on [${core}]`, (t) => {
    for (const room of [0, 1, 15, 16, 100, 700, 1100, 2500, 5000, 60000]) {
      const flash = join(folder, `full-${core}-${room}.nor`);
      const z = open({ flash, core });
      const kept = z.area("kept", 4096, { durable: true });
      kept.write(0, "old".repeat(1000));
      z.sync();
      kept.write(0, noise(4096));
      kept.write(0, "new");
      let thrown: Error & { code?: number } | undefined;
      during({ writeSync: diskWith(room) }, () => {
        try { kept.sync(); } catch (error) { thrown = error as Error; }
        if (thrown) t.throws(() => z.sync(), { message: /^the store: the flash file .* cannot be written \(ENOSPC: no space left on device\): mend that, and sync again\.$/ });
        t.is(text(kept, 3), "new");
        kept.write(0, "NEW");
        t.is(typeof z.stats(), "object");
        t.is(z.area("more", 1024).at(0), 0);
      });
      if (thrown) t.like(thrown, { message: `area kept: the flash file ${flash} cannot be written (ENOSPC: no space left on device): mend that, and sync again.`, code: -6 });
      if (room < 4096 || room > 50000) t.is(thrown === undefined, room > 4096, `room for ${room} bytes`);
      const cut = readFileSync(flash);
      const copy = join(folder, `cut-${core}-${room}.nor`);
      writeFileSync(copy, cut);
      t.is(found(copy, 3, core), thrown ? "old" : "new", `room for ${room} bytes`);
      z.sync();
      z.close();
      t.is(found(flash, 3, core), "NEW");
      rmSync(flash);
      rmSync(copy);
    }
  });
}

test.serial("a file that is removed, or whose place a folder takes: one sentence while it is so, then it is made anew with everything in it", (t) => {
  const flash = join(folder, "gone.nor");
  const z = open({ flash });
  const kept = z.area("kept", 4096, { durable: true });
  kept.write(0, "k");
  unlinkSync(flash);
  mkdirSync(flash);
  const refused = { message: `the store: the flash file ${flash} is another one now: remove that or move it away, and sync again.`, code: -6 };
  t.like(t.throws(() => z.sync()) as object, refused);
  t.is(kept.at(0), "k".charCodeAt(0));
  kept.write(0, "x");
  t.like(t.throws(() => z.sync()) as object, refused);
  rmSync(flash, { recursive: true });
  z.sync();
  z.close();
  t.is(found(flash, 1, "wasm"), "x");
});

test.serial("a folder that goes away and comes back: sync says so meanwhile, and nothing is missing afterwards", (t) => {
  const [here, away] = [join(folder, "here"), join(folder, "away")];
  mkdirSync(here);
  const flash = join(here, "moved.nor");
  const z = open({ flash });
  const kept = z.area("kept", 4096, { durable: true });
  kept.write(0, "one");
  z.sync();
  renameSync(here, away);
  kept.write(0, "two");
  t.throws(() => z.sync(), { message: /cannot be written \(ENOENT: no such file or directory\): mend that, and sync again\.$/ });
  renameSync(away, here);
  z.sync();
  z.close();
  t.is(found(flash, 3, "wasm"), "two");
});

test.serial("a disk that refuses for long costs the store no more memory than its chip, and the file is whole afterwards", (t) => {
  const flash = join(folder, "long.nor");
  const z = open({ flash, part: "w25q16" });
  const pages = z.area("pages", 400 * 1024);
  const kept = z.area("kept", 4096, { durable: true });
  kept.write(0, "kept");
  z.sync();
  const bytes = noise(1 << 20);
  during({ writeSync: refusal("EIO", "i/o error") }, () => {
    for (let page = 0; page < 2600; page++) pages.write(page % 400 * 1024, bytes.subarray(page * 101, page * 101 + 1024));
    t.throws(() => z.sync(), { message: /EIO: i\/o error/ });
  });
  z.sync();
  z.close();
  t.is(found(flash, 4, "wasm"), "kept");
});

test.serial("a store of this process whose file was removed loses it to the one that makes it anew, and is told so", (t) => {
  const flash = join(folder, "anew.nor");
  const first = open({ flash });
  first.area("kept", 4096, { durable: true }).write(0, "first");
  rmSync(flash);
  const second = open({ flash });
  second.area("kept", 4096, { durable: true }).write(0, "second");
  second.sync();
  t.throws(() => first.sync(), { message: `the store: the flash file ${flash} was removed, and another store has made a new one.` });
  first.close();
  t.throws(() => open({ flash }), { message: /is open in this process already/ });
  second.close();
  t.is(found(flash, 6, "wasm"), "second");
});

test.serial("a byte array belongs to the store that opened it last; one that cannot be written is told by sync", (t) => {
  const array = new Uint8Array(2 << 20).fill(255);
  const [first, second] = [open({ flash: array }), open({ flash: array })];
  for (const z of [first, second]) z.area("kept", 4096, { durable: true }).write(0, "kept");
  second.sync();
  t.throws(() => first.sync(), { message: "the store: the flash's byte array was opened by another store since." });
  structuredClone(array.buffer, { transfer: [array.buffer] });
  second.area("kept", 4096, { durable: true }).write(0, "gone");
  t.throws(() => second.sync(), { message: /^the store: the flash's byte array cannot be written \(.*\): open another\.$/ });
  t.is(typeof second.stats(), "object");
});

test.serial("what is no flash file is refused before it is read: a folder, a device without an end, a folder that is not there, a system that refuses", (t) => {
  t.throws(() => open({ flash: folder }), { message: `open: the flash file ${folder} is not a file: name another.` });
  if (existsSync("/dev/zero")) t.throws(() => open({ flash: "/dev/zero" }), { message: /^open: the flash file \/dev\/zero (is not a file|cannot be opened)/ });
  t.throws(() => open({ flash: join(folder, "none", "x.nor") }), { message: /none\/x\.nor cannot be opened \(ENOENT: no such file or directory\): make its folder first, or name another\.$/ });
  const flash = join(folder, "denied.nor");
  open({ flash }).close();
  during({ openSync: refusal("EACCES", "permission denied") }, () => t.throws(() => open({ flash }), { message: /denied\.nor cannot be opened \(EACCES: permission denied\)/ }));
  during({ writeSync: refusal("ENOSPC", "no space left on device") }, () => t.throws(() => open({ flash: join(folder, "new.nor") }), { message: /new\.nor cannot be opened \(ENOSPC: no space left on device\)/ }));
  t.deepEqual(readdirSync(folder).filter((name) => /^(denied|new)\.nor/.test(name)), ["denied.nor"]);
  t.throws(() => open({ flash, arenaBytes: 1 << 14, pagesMax: 65520 }), { instanceOf: RangeError });
  open({ flash }).close();
});

/** What another process says when it runs `program`, which has `open` and the file's name `flash`. */
function elsewhere(flash: string, program: string): string {
  const text = `import { open } from ${JSON.stringify(packageUrl())}; const flash = process.argv[1];
    try { ${program} } catch (error) { console.log(error.code, error.message); }`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", text, flash], { encoding: "utf8" }).stdout;
}

/** A store on a new file of `folder`, whose area "kept" is synced. */
function storeOn(name: string): { flash: string; z: Store; kept: Kept } {
  const flash = join(folder, name);
  const z = open({ flash });
  const kept = z.area("kept", 4096, { durable: true });
  kept.write(0, "one");
  z.sync();
  return { flash, z, kept };
}

test.serial("a flash file that is open is refused under every other name of it, in this process and, where Linux tells, in another", (t) => {
  const { flash, z, kept } = storeOn("linked.nor");
  const second = join(folder, "second.nor");
  const refuse = (name: string): void => {
    const sentence = `open: the flash file ${second} is open in this process already, as ${flash}: close the store that has it first.`;
    t.like(t.throws(() => open({ flash: second }), undefined, name) as object, { message: sentence, code: -6 });
    const there = `-6 open: the flash file ${second} is in use by process ${process.pid}: wait for it to end, or name another file.\n`;
    if (existsSync("/proc/self/fdinfo")) t.is(elsewhere(second, "open({ flash });"), there, name);
  };
  linkSync(flash, second);
  refuse("a hard link");
  unlinkSync(second);
  renameSync(flash, second);
  refuse("a new name");
  renameSync(second, flash);
  linkSync(flash, second);
  kept.write(0, "ONE");
  z.sync();
  z.close();
  t.is(found(second, 3, "wasm"), "ONE");
  t.deepEqual(readdirSync(folder).filter((name) => /^(linked|second)\.nor/.test(name)), ["linked.nor", "second.nor"]);
});

for (const [name, length] of [["emptied", 0], ["cut short", 1000], ["lengthened", (2 << 20) + 1]] as const) {
  test.serial(`a file that is ${name} in place is made anew by the next sync, whole, also when pages were written meanwhile`, (t) => {
    for (const isBefore of [true, false]) {
      const { flash, z, kept } = storeOn(`length-${length}-${isBefore}.nor`);
      if (isBefore) kept.write(0, "two");
      truncateSync(flash, length);
      if (!isBefore) z.area("more", 32768, { durable: true }).write(0, noise(32768));
      kept.write(3, "three");
      z.sync();
      t.is(readFileSync(flash).length, 2 << 20);
      z.close();
      t.is(found(flash, 8, "wasm"), isBefore ? "twothree" : "onethree");
      rmSync(flash);
    }
  });
}

test.serial("a file that was cut short on a full disk is one sentence until there is room", (t) => {
  const { flash, z } = storeOn("short.nor");
  truncateSync(flash, 1000);
  during({ writeSync: diskWith(5000) }, () => {
    const message = `the store: the flash file ${flash} cannot be written (ENOSPC: no space left on device): mend that, and sync again.`;
    t.like(t.throws(() => z.sync()) as object, { message, code: -6 });
  });
  z.sync();
  z.close();
  t.is(found(flash, 3, "wasm"), "one");
});

test.serial("a file that is made anew is locked anew: nobody else opens it, and no lock is left", (t) => {
  for (const isFolder of [true, false]) {
    mkdirSync(join(folder, "again"));
    const { flash, z, kept } = storeOn("again/k.nor");
    if (isFolder) {
      rmSync(join(folder, "again"), { recursive: true });
      t.throws(() => z.sync(), { message: /cannot be written \(ENOENT: no such file or directory\): mend that, and sync again\.$/ });
      mkdirSync(join(folder, "again"));
    } else {
      for (const name of ["k.nor", "k.nor.lock"]) rmSync(join(folder, "again", name));
    }
    kept.write(0, "two");
    z.sync();
    t.deepEqual(readdirSync(join(folder, "again")), ["k.nor", "k.nor.lock"]);
    t.throws(() => open({ flash }), { message: /is open in this process already/ });
    t.regex(elsewhere(flash, "open({ flash });"), new RegExp(`^-6 .*k\\.nor is in use by process ${process.pid}: wait`));
    z.close();
    t.is(found(flash, 3, "wasm"), "two");
    rmSync(join(folder, "again"), { recursive: true });
  }
});

test.serial("where another process has made and locked the file, sync says so, and its file and its lock stay as they are", async (t) => {
  const { flash, z, kept } = storeOn("taken.nor");
  for (const name of [flash, `${flash}.lock`]) rmSync(name);
  const program = `import { open } from ${JSON.stringify(packageUrl())}; const z = open({ flash: process.argv[1] });
    const a = z.area("kept", 4096, { durable: true }); a.write(0, "theirs"); z.sync(); console.log("ready"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, flash], { stdio: ["ignore", "pipe", "inherit"] });
  t.teardown(() => child.kill("SIGKILL"));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  kept.write(0, "ours");
  const sentence = `the store: the flash file ${flash} is in use by process ${child.pid}: wait for it to end, and sync again.`;
  t.like(t.throws(() => z.sync()) as object, { message: sentence, code: -6 });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  t.throws(() => z.sync(), { message: /is another one now: remove that or move it away, and sync again\.$/ });
  renameSync(flash, join(folder, "theirs.nor"));
  z.sync();
  writeFileSync(`${flash}.lock`, JSON.stringify({ pid: process.ppid, began: "", boot: "", host: hostname() }));
  z.close();
  t.true(existsSync(`${flash}.lock`), "the lock of another stays");
  rmSync(`${flash}.lock`);
  t.is(found(flash, 4, "wasm"), "ours");
  t.is(found(join(folder, "theirs.nor"), 6, "wasm"), "theirs");
});

test.serial("each refusal of open() has a code, advises what mends it, and leaves nothing behind", (t) => {
  const flash = join(folder, "none", "x.nor");
  t.like(t.throws(() => open({ flash })) as object, { code: -6 });
  mkdirSync(join(folder, "none"));
  open({ flash }).close();
  writeFileSync(flash, "");
  for (const options of [{ flash }, { flash, part: "w25q16" }, { flash: new Uint8Array(7) }, { part: "x" }, { arenaBytes: 1 }]) {
    t.like(t.throws(() => open(options)) as object, { code: -1 }, JSON.stringify(options));
  }
  rmSync(flash);
  during({ writeFileSync: refusal("ENOSPC", "no space left on device") }, () => {
    const message = `open: the flash file ${flash} cannot be opened (ENOSPC: no space left on device): make room on the disk, or name another.`;
    t.like(t.throws(() => open({ flash })) as object, { message, code: -6 });
  });
  during({ writeFileSync: ((file: string) => { fs.closeSync(fs.openSync(file, "w")); refusal("ENOSPC", "no space")(); }) as typeof writeFileSync }, () => {
    t.throws(() => open({ flash }), { message: /make room on the disk/ });
  });
  t.deepEqual(readdirSync(join(folder, "none")), []);
});
