import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { inRoot, rootFolder } from "../../tools/build/paths";

/** Every class of the API in ten lines, as a user's first program. */
const PROGRAM = `import { open, type Store } from "zcache-mcu"; const z: Store = open();
const trace = z.area("accel", 96 * 1024); trace.write(90000, "hello"); trace.set(0, trace.at(90001));
const seen = z.map("seen"); seen.set("0c:2a", { rssi: -71, at: 1712 });
const log = z.log("events", 16 * 1024); for (let i = 0; i < 5000; i++) log.append("line " + i);
const tiles = z.cache("tiles"); tiles.put("3/4", new Uint8Array(600).fill(7)); const tile = tiles.get("3/4");
const disk = z.device(0, 128 * 1024); disk.write(7, new Uint8Array(512).fill(9)); disk.discard(0, 7);
const kept = z.map("kept", { durable: true, bytes: 4096 }); kept.set("boots", 1); kept.sync(); z.sync(); z.delete(kept);
z.on("lowmemory", (event) => console.log(event.reason));
const sector = new Uint8Array(512); disk.read(7, sector);
console.log(trace.at(0), seen.get("0c:2a").rssi, seen.size, log.tail(1)[0], tile?.length, sector[511], z.stats().frontswap.loads > 0, z.frames() > 16);
`;

const folder = mkdtempSync(join(tmpdir(), "zcache-package-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

function run(program: string, args: string[], cwd: string): string {
  return execFileSync(program, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

test("the packed package installs in an empty project, where a program of ten lines type-checks and runs", (t) => {
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--silent", "--pack-destination", folder], rootFolder)) as { filename: string; files: { path: string }[] }[];
  t.deepEqual(packed!.files.map(({ path }) => path).sort(), ["CHANGELOG.md", "LICENSE", "README.md", "dist/index.d.ts", "dist/index.mjs",
    "dist/zcache-core.js", "dist/zcache-core.wasm", "docs/API.md", "package.json"]);
  writeFileSync(join(folder, "package.json"), "{\"name\":\"empty\",\"private\":true,\"type\":\"module\"}");
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", join(folder, packed!.filename)], folder);
  writeFileSync(join(folder, "program.ts"), PROGRAM);
  const tsc = inRoot("node_modules", "typescript", "bin", "tsc");
  run(process.execPath, [tsc, "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom", "program.ts"], folder);
  t.is(run(process.execPath, ["program.js"], folder), "101 -71 1 line 4999 600 9 true true\n");
});

test("every member of the published types has an example, and docs/API.md names it", (t) => {
  const types = readFileSync(inRoot("firmware", "api", "zcache.d.ts"), "utf8");
  const docs = readFileSync(inRoot("docs", "API.md"), "utf8");
  const handles = types.slice(types.indexOf("export interface Handle"), types.indexOf("/** How large the simulated"));
  const members = [...handles.matchAll(/((?: {2}\/\*\*[^]*?\*\/\n)?)^ {2}(?:readonly )?(\w+)[(:?][^\n]*$/gm)].filter(([, , name]) => !/^(pages|pages_\w+|disksize|mem_limit|name|reason|event)$/.test(name!));
  t.true(members.length > 35, `${members.length}`);
  for (const [text, doc, name] of members) {
    if (!/stats\(group: string\)/.test(text)) t.regex(doc!, /@example/, name);
    t.true(docs.includes(name!), `docs/API.md does not name ${name}`);
  }
});
