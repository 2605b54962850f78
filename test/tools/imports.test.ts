/**
 * Who may import whom: the house's import table, read from the sources. `import type` counts too, because what a file
 * can name it comes to depend on. A new line in the table is a design decision; say why beside it.
 */
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import test from "ava";
import { inRoot, rootFolder } from "../../tools/build/paths";
import { filesBelow } from "../../tools/build/steps";

interface Rule {
  /** Files this rule is about; the first rule that matches a file counts. */
  files: RegExp;
  /** What they may import: paths from the top without ending, or names of packages. */
  may: RegExp[];
}

/** What any part of the core may stand on. */
const BASE = /^firmware\/core\/(memory|config|errors|counters|features)$/;
/** The arena's plan and the frames in it: what an allocator and a list of frames work on. */
const FRAMES = /^firmware\/core\/(layout|frames)$/;

const TABLE: Rule[] = [
  // The dense codec is three files; its two parts stand on the base alone, as every codec does.
  { files: /^firmware\/core\/codec\/zbale$/, may: [BASE, /^firmware\/core\/codec\/(range-coder|match-finder)$/] },
  { files: /^firmware\/core\/(codec\/|swap\/crc32)/, may: [BASE] },
  { files: /^firmware\/core\/(zpool\/|store\/lru)/, may: [BASE, FRAMES, /^firmware\/core\/zpool\//] },
  // Swap knows nothing of the store; of the entries it knows how to read one.
  { files: /^firmware\/core\/swap\//, may: [BASE, FRAMES, /^firmware\/core\/(swap\/|ports$|entries$)/] },
  // The store reaches swap by its door only, not by its parts (swap-map, wear, budget, crc32).
  { files: /^firmware\/core\/store\//, may: [BASE, FRAMES, /^firmware\/core\/(codec\/|zpool\/zpool$|store\/|swap\/swap-log$|entries$)/] },
  { files: /^firmware\/core\//, may: [/^firmware\/core\//] },
  // The link is compiled twice as well, so it uses the core's memory and ports.
  { files: /^firmware\/link\//, may: [/^firmware\/core\/(memory|ports|errors|swap\/crc32)$/] },
  // Maps, logs and caches are a layer above the core: compiled twice as it is, they reach pages by its doors only, and ask its gate.
  { files: /^firmware\/shapes\//, may: [BASE, /^firmware\/core\/(gate|layout|swap\/crc32|store\/(paging|frontswap|tmem))$/, /^firmware\/shapes\//] },
  { files: /^firmware\/native$/, may: [/^firmware\/core\/exports$/, /^firmware\/(link|shapes)\//] },
  // JavaScript only: of the core it sees constants; the core itself is behind `native`.
  // The API for engines that run the core as JavaScript or wasm; of the core it sees constants, and the types of its calls.
  { files: /^firmware\/api\//, may: [/^firmware\/core\/(config|counter-names|errors)$/, /^firmware\/native$/, /^firmware\/api\//] },
  // On our image the API is C; what is said and checked once is shared.
  { files: /^firmware\/runtime\//, may: [/^firmware\/api\/(messages|open)$/, /^firmware\/core\/(config|knob-names|counters|counter-names|errors)$/, /^firmware\/(link|runtime)\//, /^hal\/[^/]+$/] },
  { files: /^hal\/[^/]+$/, may: [/^hal\/[^/]+$/] },
  // The npm package: the API over a simulated board.
  { files: /^hal\/node\//, may: [/^hal\/[^/]+$/, /^hal\/(node|sim)\//, /^firmware\/api\//, /^firmware\/core\/config$/, /^node:/] },
  // Ports to other people's firmware: script/ is what they share and opens the store over the core as JavaScript.
  // The minimal bundle brings the opening, the layout and the gate itself, so it stands on the store's own parts.
  { files: /^hal\/script\/(surface|twins)-minimal$/, may: [/^hal\/script\//, /^firmware\/core\/(memory|errors|frames|store\/(frontswap|paging|tmem))$/] },
  { files: /^hal\/script\//, may: [/^hal\/script\//, /^firmware\/(core\/(calls|exports|frames|memory|ports|config|errors)|api\/(core|store))$/] },
  { files: /^hal\/(espruino|jerryscript|mquickjs|generic)\//, may: [/^hal\/(script|generic|espruino|jerryscript)\//] },
  { files: /^hal\/sim\//, may: [/^hal\/[^/]+$/, /^hal\/sim\//] },
  // The checker reads arenas by the core's own plan of them: constants only.
  { files: /^tools\/check\//, may: [/^tools\//, /^node:/, BASE, FRAMES, /^firmware\/core\/(counter-names|entries|zpool\/handles)$/] },
  // A repair fills maps and logs as an app does.
  { files: /^tools\/swap\/repair$/, may: [/^tools\//, /^hal\/[^/]+$/, /^firmware\/core\/config$/, /^firmware\/api\/(core|store)$/, /^node:/] },
  // Flashing knows images, not stores; the package that knows UF2 families is used nowhere else.
  { files: /^tools\/flash\//, may: [/^tools\//, /^node:/, /^uf2$/] },
  // QuickJS is weighed here and nowhere else in the tools.
  { files: /^tools\/size\/heap-gauge$/, may: [/^tools\//, /^node:/, /^(quickjs-emscripten-core|@jitl\/quickjs-wasmfile-release-sync)$/] },
  // lz-string is a baseline: here and nowhere else.
  { files: /^tools\/codecs\//, may: [/^tools\/(codecs|core)\//, /^lz-string$/] },
  // What shortens bundles, and reads the maps of what it did, is used there only.
  { files: /^tools\/build\/(closure|traced)$/, may: [/^tools\/build\//, /^node:/, /^(typescript|google-closure-compiler\/lib\/utils\.js|@jridgewell\/trace-mapping)$/] },
  // Of the core: constants (where its header ends, among them), and the types of its exports. memory and ports carry the host's end of the wire; the bench
  // calls `native` by its numbers.
  { files: /^tools\//, may: [/^tools\//, /^hal\/[^/]+$/, /^hal\/sim\//, /^hal\/node\/file-lock$/, /^firmware\/link\//, /^firmware\/native$/, /^firmware\/runtime\/native$/,
    /^firmware\/core\/(config|knob-names|counters|counter-names|errors|memory|ports|layout)$/, /^node:/, /^(commander|esbuild|terser|typescript)$/] },
];

/** Every module specifier in a source, as a path from the top or a package's name. */
function importsOf(path: string, text: string): string[] {
  const found = text.matchAll(/^(?:import|export)\s(?:[^"';]*\sfrom\s)?"([^"]+)";/gm);
  return [...found].map(([, name]) => name!.startsWith(".") ? relative(rootFolder, join(dirname(path), name!)) : name!)
    .map((name) => name.replace(/\.(ts|mjs)$/, ""));
}

function nameOf(path: string): string { return relative(rootFolder, path).replace(/\.ts$/, ""); }

const sources = ["firmware", "hal", "tools"].flatMap((folder) => filesBelow(inRoot(folder), ".ts"))
  .filter((path) => !path.endsWith(".d.ts") && !path.endsWith(".as.ts"));

test("every import stands in the table", (t) => {
  const wrong: string[] = [];
  for (const path of sources) {
    const name = nameOf(path);
    const rule = TABLE.find(({ files }) => files.test(name));
    if (!rule) wrong.push(`${name} is in no part of the house that the table knows`);
    for (const target of importsOf(path, readFileSync(path, "utf8"))) {
      if (rule && !rule.may.some((pattern) => pattern.test(target))) wrong.push(`${name} may not import ${target}`);
    }
  }
  t.deepEqual(wrong, []);
});

test("nothing imports a test, and only the two gathering files re-export whole modules", (t) => {
  for (const path of sources) {
    const text = readFileSync(path, "utf8");
    t.deepEqual(importsOf(path, text).filter((name) => name.startsWith("test/")), [], nameOf(path));
    if (!/^firmware\/(native|core\/exports)$/.test(nameOf(path))) t.notRegex(text, /^export \* from/m, nameOf(path));
  }
});

test("the reader of imports sees each form, over several lines too", (t) => {
  const text = `import a from "./a";\nimport { b,\n  c } from "../b";\nimport type { D } from "node:d";\nexport { e } from "./e";\nimport "./f.mjs";\nconst g = 'from "./g"';\n`;
  t.deepEqual(importsOf(inRoot("tools", "x.ts"), text), ["tools/a", "b", "node:d", "tools/e", "tools/f"]);
});
