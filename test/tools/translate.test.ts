/**
 * The translation to C, construct by construct: a snippet is lowered to JavaScript and translated to C, both make the same
 * calls, and the answers are the same. The C is compiled with -Wall -Wextra, without a warning (but for -Wparentheses, since
 * the source's own layout is kept, and -Wunused-parameter), and with checks that end it at anything C leaves undefined.
 */
import test, { type ExecutionContext } from "ava";
import { type Call, answersInC, answersInScript } from "../helpers/translated";

const LEAST = -0x80000000;
const MOST = 0x7fffffff;
/** Numbers at which something changes. */
const EDGES = [0, 1, -1, 2, 7, -8, 255, 256, 65535, 65536, 0x12345678, -0x12345678, MOST, MOST - 1, LEAST, LEAST + 1];
const COUNTS = [0, 1, 2, 15, 30, 31, 32, 33, 63, -1, -31, -32];

function pairs(a: readonly number[], b: readonly number[], name: string): Call[] { return a.flatMap((x) => b.map((y): Call => [name, x, y])); }

/** Runs both and compares; a single text is the entry. The C. */
async function same(t: ExecutionContext, name: string, files: Record<string, string> | string, calls: readonly Call[], more?: string[]): Promise<string> {
  const all = typeof files === "string" ? { native: files } : files;
  const { answers, warnings, source } = answersInC(name, all, calls, more);
  t.is(warnings, "");
  const script = await answersInScript(name, all, calls);
  calls.forEach((call, i) => { if (answers[i] !== script[i]) t.fail(`${call.join(" ")}: ${answers[i]} in C, ${script[i]} in JavaScript`); });
  t.is(answers.length, calls.length);
  return source;
}

const ACCESSORS = ["read8", "write8", "read16", "write16", "read32", "write32", "read16u", "read32u", "same4", "copy4", "copyBytes", "fillBytes", "trailingZeros", "equalBytes"];

/** A text with the import of the accessors that it calls. */
function withMemory(text: string): string {
  return `import { ${ACCESSORS.filter((name) => text.includes(`${name}(`)).join(", ")} } from "./core/memory";\n${text}`;
}

test("operands and arguments keep their order where one changes what another reads", async (t) => {
  const source = await same(t, "order", withMemory(`import { clockTicks, flashErase } from "./core/ports";
let count: i32 = 0;
let other: i32 = 0;
function next(): i32 { count++; return count; }
function put(at: i32, value: i32): i32 { write32(at, value); return value; }
function three(a: i32, b: i32, c: i32): i32 { return a * 100 + b * 10 + c; }
function setBoth(value: i32): i32 { count = value; other = value; return value; }
export function start(): void { count = 0; other = 5; fillBytes(0, 0, 64); }
export function arguments3(): i32 { return three(next(), next(), next()); }
export function difference(): i32 { return next() - next(); }
export function variableBefore(): i32 { return count - next(); }
export function variableBehind(): i32 { return next() - count; }
export function memoryBefore(): i32 { return read32(8) * 10 + put(8, 7); }
export function memoryBehind(): i32 { return put(8, 3) * 10 + read32(8); }
export function nested(): i32 { return (count + 1) * (next() + (count - next())); }
export function comparison(): i32 { return next() < next() ? 1 : 0; }
export function bits(): i32 { return next() << next() | (count ^ next()); }
export function within(x: i32): i32 { return three(x, three(count, next(), count), next()); }
export function choice(x: i32): i32 { return (x > 0 ? count : next()) + next(); }
export function early(x: i32): i32 { return x > 0 && next() > 100 || count > 0 && next() > 0 ? count : -count; }
export function clock(): i32 { return clockTicks() - clockTicks() * 3; }
export function ports(): i32 { return three(flashErase(1), clockTicks(), flashErase(2)); }
export function clashes(): i32 { return three(other, setBoth(4), count); }
export function compound(): i32 { let sum: i32 = count; sum += next() * count - next(); return sum; }
export function assigned(): i32 { count = count + next(); return count; }
export function inMemory(): i32 { write32(read32(8) & 60, put(8, 12)); return read32(12) + read32(8); }
`), ["arguments3", "difference", "variableBefore", "variableBehind", "memoryBefore", "memoryBehind", "nested", "comparison", "bits", "clock", "ports", "clashes", "compound", "assigned", "inMemory"]
    .flatMap((name): Call[] => [["start"], [name], [name], [name]]).concat([["start"], ["within", 4], ["choice", 1], ["choice", 0], ["early", 1], ["early", 0], ["early", 1]]));
  t.regex(source, /return \(early1 = core\.count, early1 - next\(\)\);/);
  t.regex(source, /three\(early1, early2, next\(\)\)/);
  t.notRegex(source, /early\d+ = read32\(12\)/);
});

test("operands that do not touch each other's places need no variable", async (t) => {
  const source = await same(t, "free", withMemory(`
function square(x: i32): i32 { return x * x; }
export function sum(a: i32, b: i32): i32 { write32(0, a); write32(4, b); return read32(0) - read32(4) + square(read8(0) & 7) * square(b & 7); }
`), pairs([3, 255], [4, 5], "sum"));
  t.notRegex(source, /early/);
});

test("sums, differences and products wrap where JavaScript takes them as bits", async (t) => {
  const source = await same(t, "wrap", `
const FACTOR: i32 = 61069;
export function add(a: i32, b: i32): i32 { return a + b | 0; }
export function subtract(a: i32, b: i32): i32 { return a - b | 0; }
export function multiply(a: i32, b: i32): i32 { return (a & 65535) * (b & 0xffffff) | 0; }
export function hash(word: i32, _b: i32): i32 { return (word ^ word >>> 15) * FACTOR >>> 13 & 1022; }
export function mixed(a: i32, b: i32): i32 { return (a + b - (a ^ b)) * 3 & 0x7fffff; }
export function negative(a: i32, b: i32): i32 { return -a & b; }
export function within(a: i32, b: i32): i32 { return ~(a + b) >> 3; }
export function chosen(a: i32, b: i32): i32 { return (a < b ? a + b : a - b) << 1; }
export function shifted(a: i32, b: i32): i32 { a ^= a + b; a |= a - 1; a &= b + a; return a; }
export function highHalf(a: i32, b: i32): i32 { return (a - b << 24 >> 24) + (b << 8 | a & 255) | 0; }
export function literal(a: i32, _b: i32): i32 { return a & 0xfffffff0 ^ 0x80000000; }
export function small(a: i32, b: i32): i32 { return (a & 255) + (b & 255) & 256; }
`, ["add", "subtract", "multiply", "hash", "mixed", "negative", "within", "chosen", "shifted", "highHalf", "literal", "small"].flatMap((name) => pairs(EDGES, EDGES, name)));
  t.regex(source, /i32 add\(i32 a, i32 b\) \{ return wrapAdd\(a, b\); \}/);
  t.regex(source, /shiftRightUnsigned\(wrapMultiply\(word \^ shiftRightUnsigned\(word, 15\), FACTOR\), 13\) & 1022/);
  t.regex(source, /return \(a & 255\) \+ \(b & 255\) & 256;/);
});

test("shifts by any count, constant or not, of any number", async (t) => {
  const source = await same(t, "shifts", `
const SEVEN: i32 = 7;
export function left(a: i32, n: i32): i32 { return a << n; }
export function right(a: i32, n: i32): i32 { return a >> n; }
export function unsigned(a: i32, n: i32): i32 { return a >>> n | 0; }
export function assignLeft(a: i32, n: i32): i32 { a <<= n; return a; }
export function assignRight(a: i32, n: i32): i32 { a >>= n + 1; return a; }
export function assignUnsigned(a: i32, n: i32): i32 { a >>>= n; return a | 0; }
export function constants(a: i32, _n: i32): i32 { return a << 0 ^ a << 31 ^ a >> 31 ^ a >>> 31 ^ a << 32 ^ a >> 33 ^ a >>> 63 ^ a << SEVEN; }
export function proven(a: i32, n: i32): i32 { const count: i32 = (n & 3) + 2; return a << count ^ a >> count ^ a >>> count; }
export function masked(a: i32, n: i32): i32 { return 1 << (n & 31) ^ (a & 255) << (n & 15); }
export function chance(a: i32, n: i32): i32 { return 4096 - (a & 4095) >> (n >> 2 & 3) + 2 << 4; }
export function sumCount(a: i32, n: i32): i32 { return a >> n - 3 << n + 3; }
`, ["left", "right", "unsigned", "assignLeft", "assignRight", "assignUnsigned", "constants", "proven", "masked", "chance", "sumCount"].flatMap((name) => pairs(EDGES, COUNTS, name)));
  t.regex(source, /i32 left\(i32 a, i32 n\) \{ return shiftLeftAny\(a, n\); \}/);
  t.regex(source, /shiftLeft\(a, count\) \^ a >> count \^ shiftRightUnsigned\(a, count\)/);
});

test("quotients and remainders of either sign; a divisor of 0 traps", async (t) => {
  const calls = EDGES.filter((b) => b !== 0 && b !== -1);
  const source = await same(t, "division", `
const TEN: i32 = 10;
export function whole(a: i32, b: i32): i32 { return a / b | 0; }
export function rest(a: i32, b: i32): i32 { return a % b; }
export function halves(a: i32, b: i32): i32 { return (a / b | 0) * b + a % b | 0; }
export function byTen(a: i32, _b: i32): i32 { return (a / TEN | 0) - a % TEN; }
export function shifted(a: i32, b: i32): i32 { return a / b >> 1; }
export function proven(a: i32, b: i32): i32 { return (a / ((b & 7) + 1) | 0) ^ a % ((b & 7) + 1); }
`, ["whole", "rest", "halves", "byTen", "shifted", "proven"].flatMap((name) => pairs(EDGES, calls, name)));
  t.regex(source, /quotient\(a, b\)/);
  t.regex(source, /a \/ TEN/);
  for (const [name, a, b] of [["whole", 5, 0], ["whole", LEAST, -1], ["rest", 5, 0]] as const) {
    const snippet = { native: "export function whole(a: i32, b: i32): i32 { return a / b | 0; }\nexport function rest(a: i32, b: i32): i32 { return a % b; }\n" };
    t.deepEqual(answersInC("division-trap", snippet, [[name, a, b]]).answers, ["trap: the core divided by zero"]);
  }
  t.deepEqual(answersInC("division-trap", { native: "export function rest(a: i32, b: i32): i32 { return a % b; }\n" }, [["rest", LEAST, -1]]).answers, [0]);
});

test("comparisons, truth values and what stands between them", async (t) => {
  await same(t, "truth", `
function isBetween(a: i32, low: i32, high: i32): boolean { return a >= low && a <= high; }
export function compare(a: i32, b: i32): i32 { return (a < b ? 1 : 0) | (a <= b ? 2 : 0) | (a > b ? 4 : 0) | (a >= b ? 8 : 0) | (a == b ? 16 : 0) | (a != b ? 32 : 0); }
export function between(a: i32, b: i32): boolean { return isBetween(a, -8, b) || !isBetween(b, 0, 255) && a != 0; }
export function kept(a: i32, b: i32): i32 { const isLess: boolean = a < b; let found: boolean = false; if (isLess) found = true; return found == isLess ? a : b; }
export function chain(a: i32, b: i32): i32 { return a < 0 ? -1 : a == b ? 0 : b < 0 ? 2 : 1; }
`, ["compare", "between", "kept", "chain"].flatMap((name) => pairs(EDGES, EDGES, name)));
});

test("loops, switches, what leaves them, and enums", async (t) => {
  const source = await same(t, "flow", `
/** Colours. */
const enum Colour { Red, Green = 5, Blue, Low = -3, Mask = 1 << 4 }
const LIMIT: i32 = Colour.Blue * 2 - 1;
const LEAST: i32 = -2147483647 - 1;
export function name(colour: Colour): i32 {
  switch (colour) {
    case Colour.Red: return 10;
    case Colour.Green: case Colour.Blue: return 20;
    case Colour.Low: {
      const twice: i32 = colour * 2;
      return twice;
    }
    case LIMIT: break;
    default: return LEAST;
  }
  return 30;
}
export function loops(from: i32): i32 {
  let sum: i32 = 0;
  for (let i: i32 = from, j: i32 = 3; i < 12; i += 2, j++) {
    if (i == 5) continue;
    if (j > 7) break;
    sum += i * j;
  }
  let left: i32 = 5;
  do { sum += left; left--; } while (left > 0 && sum < 1000);
  while (left < 3) { left++; if (left == 2) continue; sum ^= left; }
  for (; sum > 100;) sum -= 7;
  if (sum < 0) sum = -sum;
  else if (sum == 0) return Colour.Mask;
  else { sum++; --left; }
  return sum * 10 + left;
}
export function truth(): i32 { let n: i32 = 0; while (true) { n++; if (n == 4) return n; } }
`, [0, 5, 6, -3, 11, 7, -1].map((value): Call => ["name", value]).concat([-7, 0, 1, 5, 11, 40].map((value): Call => ["loops", value]), [["truth"]]));
  t.regex(source, /\/\*\* Colours\. \*\/\nenum Colour \{ Colour_Red = 0, Colour_Green = 5, Colour_Blue = 6, Colour_Low = -3, Colour_Mask = 16 \};/);
});

test("memory is read and written at every width and at any address, as in JavaScript", async (t) => {
  await same(t, "memory", withMemory(`
export function fill(at: i32, value: i32): void { fillBytes(at, value, 40); for (let i: i32 = 0; i < 40; i++) write8(at + i, value + i * 37); }
export function widths(at: i32, value: i32): i32 { write32(at, value); write16(at + 4, value); write8(at + 6, value); return read32(at) ^ read16(at + 4) ^ read8(at + 6); }
export function anywhere(at: i32, _b: i32): i32 { return read32u(at + 1) ^ read16u(at + 3) ^ read32u(at + 2); }
export function copies(at: i32, by: i32): i32 { copy4(at + 48, at + 1); copyBytes(at + 3, at + by, 20); return read32u(at + 3) ^ read32u(at + 21) ^ read32(at + 48); }
export function likeness(a: i32, b: i32): i32 { return same4(a, b) ? 1 : trailingZeros(read32u(a) ^ read32u(b)) * 4 + equalBytes(read32u(a) ^ read32u(b)); }
`), [0, 64, 1024].flatMap((at): Call[] => [["fill", at, 9], ["anywhere", at, 0], ["copies", at, 0], ["copies", at, 5], ["copies", at, 3], ["likeness", at, at], ["likeness", at + 1, at + 6],
    ...EDGES.map((value): Call => ["widths", at, value])]));
});

test("names that C has for itself, that two files have, and files that use each other", async (t) => {
  const source = await same(t, "names", {
    native: 'export * from "./one/same";\nexport { total, long as register, index } from "./two/same";\n',
    "one/same": `import { STEP, Kind, helper as other, total } from "../two/same";
let state: i32 = 0;
export const FIRST: i32 = STEP * 2;
function helper(int: i32, double: i32): i32 { return int * 2 + double; }
export function one(unsigned: i32, char: i32): i32 {
  const long: i32 = helper(unsigned, char);
  const total_: i32 = total(long, Kind.Second);
  let early1: i32 = state;
  state = long;
  early1 += other(long, FIRST);
  return total_ + early1 + state;
}
export function auto(core: i32, malloc: i32): i32 { const wrapAdd: i32 = core + malloc | 0; return wrapAdd; }
`,
    "two/same": `import { FIRST, one } from "../one/same";
export const STEP: i32 = 3;
export const enum Kind { First = 1, Second = 2 }
let state: i32 = 0;
export function helper(a: i32, b: i32): i32 { state += a; return state - b; }
export function total(a: i32, kind: i32): i32 { const helper: i32 = FIRST; return kind == Kind.Second ? a + helper : one(a, kind); }
export function long(struct: i32, b: i32): i32 { return struct + b * FIRST; }
export function index(a: i32, b: i32): i32 { const total: i32 = long(a, b); return total + 1; }
`,
  }, ["one", "auto", "total", "register", "index"].flatMap((name) => pairs([0, 3, 9], [1, 2], name)));
  t.regex(source, /i32 unsigned_, i32 char_/);
  t.regex(source, /core\.one_same_state|core\.same_state/);
});

test("a function is for size unless a mark stands before it, and comments stay", async (t) => {
  const source = await same(t, "marks", { native: 'export { fast, slow, unused } from "./marks";\n', marks: withMemory(`
/** Doubles. */
/* inlined */ function twice(a: i32): i32 { return a + a; }
/** Adds up. */
/* for speed */ export function fast(a: i32): i32 {
  let sum: i32 = 0; // so far
  for (let i: i32 = 0; i < 9; i++) sum += twice(a);
  return sum;
}
/* Why: it is rare. */
export function slow(a: i32): i32 {
  write32(0, a);
  return read32(0);
}
function alone(a: i32): i32 { return a; }
export function unused(a: i32): i32 { return alone(a); }
export function neverCalled(a: i32): i32 { return a; }
`) }, [["fast", 3], ["slow", 4], ["unused", 5]]);
  t.regex(source, /^INLINED static i32 twice\(i32 a\);$/m);
  t.regex(source, /^static i32 fast\(i32 a\);$/m);
  t.regex(source, /^FOR_SIZE static i32 slow\(i32 a\);$/m);
  t.regex(source, /^static i32 alone\(i32 a\);$/m);
  t.regex(source, /^uint32_t core_fast\(uint32_t\);$/m);
  t.regex(source, /^FOR_SIZE uint32_t core_slow\(uint32_t\);$/m);
  t.regex(source, /\/\*\* Adds up\. \*\/\nstatic i32 fast\(i32 a\) \{\n {2}i32 sum = 0; \/\/ so far\n/);
  t.regex(source, /\/\* Why: it is rare\. \*\/\nstatic i32 slow/);
  t.notRegex(source, /neverCalled/);
});

test("what a board leaves out is a macro, and its code goes", async (t) => {
  const files = {
    native: `import { HAS_FOLD, HAS_PAIR } from "./core/features";
function fold(a: i32): i32 { return a * 3; }
export function pack(a: i32): i32 { return HAS_FOLD && a > 0 ? fold(a) : HAS_PAIR ? 2 : 1; }
`,
    "core/features": "export const HAS_FOLD: boolean = true;\nexport const HAS_PAIR: boolean = false;\n",
  };
  const source = await same(t, "features", files, [["pack", 5], ["pack", -5]]);
  t.regex(source, /#ifndef HAS_FOLD\n#define HAS_FOLD 1\n#endif\n#ifndef HAS_PAIR\n#define HAS_PAIR 0\n#endif/);
  t.deepEqual(answersInC("features-out", files, [["pack", 5], ["pack", -5]], ["-DHAS_FOLD=0", "-DHAS_PAIR=1"]).answers, [2, 2]);
});

test("the checked core stops at the first access outside the arena", (t) => {
  const files = { native: withMemory(`export function peek(at: i32): i32 { return read32(at); }\nexport function copy(to: i32, from: i32, length: i32): i32 { copyBytes(to, from, length); return 1; }\n`) };
  const stop = "trap: the core left its arena";
  for (const [name, ...args] of [["peek", 4093], ["peek", -4], ["peek", 4096], ["peek", MOST], ["copy", 0, 4000, 97], ["copy", 4000, 0, 97], ["copy", 0, 8, -1]] as Call[]) {
    t.deepEqual(answersInC("checked", files, [[name, ...args]], ["-DCORE_CHECKED"]).answers, [stop], `${name} ${args.join(" ")}`);
  }
  t.deepEqual(answersInC("checked", files, [["peek", 4092], ["copy", 0, 4000, 96]], ["-DCORE_CHECKED"]).answers, [0, 1]);
});
