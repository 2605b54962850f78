/** The table of refusals in docs/API.md: that it is whole, and that the oracle understands it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { Area } from "../../firmware/api/area";
import { Cache } from "../../firmware/api/cache";
import { Device } from "../../firmware/api/device";
import { Log } from "../../firmware/api/log";
import { ZMap } from "../../firmware/api/map";
import { Store } from "../../firmware/api/store";
import { Contract, Rule, readContract } from "./contract";

/** The interfaces of the types, by the name that the table has for them, and the one each is built on. */
const TYPES: readonly (readonly [string, string, readonly string[]])[] = [
  ["z", "Store", []], ["area", "Area", ["Keepable", "Handle"]], ["map", "ZMap", ["Keepable", "Handle"]], ["log", "Log", ["Keepable", "Handle"]],
  ["cache", "Cache", ["Handle"]], ["device", "Device", ["Handle"]],
];
/** What every handle has as a plain member, which cannot throw; they are not in the table. */
const PLAIN = ["name", "durable"];

/** The members that an interface of zcache.d.ts names itself. */
function membersOf(types: string, name: string): string[] {
  const begin = types.search(new RegExp(`^export interface ${name}\\b`, "m"));
  const body = types.slice(begin, types.indexOf("\n}", begin));
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)[(:?]/gm)].map(([, member]) => member!);
}

/** The classes, and members of theirs that an app does not see. */
const CLASSES = [["z", Store], ["area", Area], ["map", ZMap], ["log", Log], ["cache", Cache], ["device", Device]] as const;
const HIDDEN = /^(constructor|keep|make|tell|sentence|refuse|opened|check|key|taken|walk|putLong|pageCount|count|inRam)$/;

test("every call of the API stands in the table of what it may have done when it throws, and nothing else does", (t) => {
  const types = readFileSync(join(process.cwd(), "firmware", "api", "zcache.d.ts"), "utf8");
  const typed = TYPES.flatMap(([name, own, bases]) => [own, ...bases].flatMap((each) => membersOf(types, each)).filter((member) => !PLAIN.includes(member)).map((member) => `${name}.${member}`));
  const shown = CLASSES.flatMap(([name, shape]) => Object.getOwnPropertyNames(shape.prototype).filter((member) => !HIDDEN.test(member)).map((member) => `${name}.${member}`));
  t.true(typed.length > 50 && shown.length > 45, `${typed.length} and ${shown.length}`);
  t.deepEqual([...new Set([...typed, ...shown])].sort(), readContract().calls.sort());
});

test("a wording that the oracle does not know, and a code that is none, are refused with the call's name", (t) => {
  t.throws(() => new Contract("| `area.write` | -3 | something may have happened |\n"), { message: /does not know what "something may have happened" means, .* of area\.write/ });
  t.throws(() => new Contract("| `area.write` | soon | nothing |\n"), { message: /has "soon" as the codes of area\.write/ });
  t.throws(() => new Contract("").of("area.write"), { message: /does not say what area\.write may have done/ });
});

test("codes, exceptions and calls that never throw are read as they stand", (t) => {
  const contract = new Contract("| `area.write` | -3 -5 | of more than three pages, the first may be written |\n| `z.on` | | nothing |\n| `z.stats` | never | nothing |\n");
  t.deepEqual([...contract.of("area.write").codes], [-1, -3, -5]);
  t.is(contract.of("area.write").rule, Rule.FirstPages);
  t.deepEqual([...contract.of("z.on").codes], [-1]);
  t.false(contract.of("z.stats").throws);
});
