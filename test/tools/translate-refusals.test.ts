/** The translation to C refuses what it does not know, and says where: every refusal with its file and line. */
import test from "ava";
import { translateSnippet } from "../helpers/translated";

/** A body for a function that has `a`, `b` and a variable of its module, or whole lines; and what is said of it. */
const REFUSED: readonly (readonly [title: string, text: string, words: string, line?: number])[] = [
  ["an assignment as a value", "export function f(a: i32): i32 { let b: i32 = 0; return (b = a) + b; }", "an assignment as a value: b = a"],
  ["a step as a value", "export function f(a: i32): i32 { return a++ + 1; }", "an assignment as a value: a++"],
  ["two assignments in a row", "export function f(a: i32): i32 { let b: i32 = 0; a = b = 2; return a + b; }", "an assignment as a value: b = 2"],
  ["an assignment whose target changes meanwhile", "let n: i32 = 0;\nfunction g(): i32 { n = 5; return 1; }\nexport function f(): i32 {\n  n += g();\n  return n; }", "an assignment whose target changes meanwhile: n += g()"],
  ["a quotient that is not whole", "export function f(a: i32): i32 { return a / 2; }", "a quotient that nothing makes whole (| 0): a / 2"],
  ["an unsigned number", "export function f(a: i32): i32 { return a >>> 0; }", "an unsigned number: a >>> 0"],
  ["a large number as a number", "export function f(a: i32): boolean { return a == 0xffffffff; }", "a number above 2147483647 that nothing takes as bits: 0xffffffff"],
  ["a fraction", "export function f(a: i32): i32 { return a * 1.5 | 0; }", "a number that is no 32-bit integer: 1.5"],
  ["a strict comparison", "export function f(a: i32): boolean { return a === 1; }", "an operator that is not known: a === 1"],
  ["a power", "export function f(a: i32): i32 { return a ** 2 | 0; }", "an operator that is not known: a ** 2"],
  ["an assignment that divides", "export function f(a: i32): i32 { a /= 2; return a; }", "an assignment that is not known: a /= 2"],
  ["a function as a value", "function g(): i32 { return 1; }\nexport function f(): boolean { return g == g; }", "a function as a value: g == g"],
  ["a function within a function", "export function f(): i32 { function g(): i32 { return 1; } return g(); }", "a call of something that is not known: g()"],
  ["a text", "export function f(): i32 { return \"a\".length; }", "a property: \"a\".length"],
  ["an object's member", "const o = { x: 1 };\nexport function f(): i32 { return o.x; }", "a module's constant that has no value here: o = { x: 1 }"],
  ["the engine's functions", "export function f(a: i32): i32 { return Math.abs(a); }", "a call of something that is not known: Math.abs(a)"],
  ["a name of the engine's", "export function f(): i32 { return NaN; }", "a name that is not known: NaN"],
  ["a variable without a type", "export function f(): i32 { let a = 1; return a; }", "something without a type: a = 1"],
  ["a variable without a value", "export function f(): i32 { let a: i32; a = 1; return a; }", "a variable without a value: a: i32"],
  ["a fourth type", "export function f(a: u32): i32 { return a | 1; }", "a type that is not known: u32"],
  ["two types in one declaration", "export function f(): i32 { let a: i32 = 1, b: boolean = true; return b ? a : 0; }", "a variable of another type than the first: b: boolean = true"],
  ["a parameter with a default", "export function f(a: i32 = 1): i32 { return a; }", "a parameter of a kind that is not known: a: i32 = 1"],
  ["a case that is no constant", "let n: i32 = 0;\nexport function f(a: i32): i32 { switch (a) {\n  case n: return 1;\n  default: return 0; } }", "a case that is no constant: n", 3],
  ["a declaration straight behind a case", "export function f(a: i32): i32 { switch (a) { case 1: const b: i32 = 2; return b; default: return 0; } }", "a declaration straight behind a case, which wants braces: const b: i32 = 2;"],
  ["a label", "export function f(): i32 { outer: for (;;) { break outer; } return 1; }", "a LabeledStatement: outer: for (;;) { break outer; }"],
  ["an exception", "export function f(): i32 { throw 1; }", "a ThrowStatement: throw 1;"],
  ["a class", "export class A {}\nexport function f(): i32 { return 1; }", "a ClassDeclaration outside functions: export class A {}"],
  ["a module's variable that begins as something", "let n: i32 = 3;\nexport function f(): i32 { return n; }", "a module's variable that does not begin as 0: n: i32 = 3"],
  ["a constant without a value", "let n: i32 = 0;\nconst M: i32 = n + 1;\nexport function f(): i32 { return M; }", "a module's constant that has no value here: M: i32 = n + 1"],
  ["a feature that is a number", "export const HAS_IT: boolean = 1 > 2;\nexport function f(): i32 { return HAS_IT ? 1 : 0; }", "a feature that is neither true nor false: HAS_IT: boolean = 1 > 2"],
  ["the memory's own arrays", 'import { bytes } from "./core/memory";\nexport function f(): i32 { return bytes[0]; }', "a ElementAccessExpression: bytes[0]"],
  ["a statement that runs at once", "let n: i32 = 0;\nn = 1;\nexport function f(): i32 { return n; }", "a ExpressionStatement outside functions: n = 1;"],
];

for (const [index, [title, text, words, at]] of REFUSED.entries()) {
  test(`refused with its place: ${title}`, (t) => {
    const start = words.slice(words.indexOf(": ") + 2).split("\n")[0];
    const line = at ?? text.split("\n").findIndex((one) => one.includes(start)) + 1;
    const error = t.throws(() => translateSnippet(`refused-${index}`, { native: `${text}\n` }));
    t.is(error!.message, `build/test-programs/translate-refused-${index}/firmware/native.ts:${line}: ${words}`);
  });
}
