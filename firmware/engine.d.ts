/**
 * Exactly the globals that the smallest engine has: what Duktape (with our drops), mquickjs, JerryScript and Espruino
 * share. It stands in for the TypeScript library (`noLib`), so a name that is missing here does not compile. Adding a
 * line is a design decision: name the engines that have it.
 *
 * Deliberately absent: Map, Set, Promise, Symbol, Proxy, DataView, RegExp literals, timers, Object.freeze, typed-array
 * fill/slice/copyWithin, substr, startsWith, Math.imul/clz32 (Espruino lacks them), `arguments.length`.
 */
interface CallableFunction {}
interface NewableFunction {}
interface RegExp {}
interface IArguments {}
interface Boolean {}

interface Function {
  apply(self: any, args: any): any;
  call(self: any, ...args: any[]): any;
}

interface Object {
  constructor: Function;
  toString(): string;
  hasOwnProperty(key: string): boolean;
}
interface ObjectConstructor {
  (value: any): any;
  readonly prototype: Object;
  keys(object: object): string[];
  /** mquickjs has it for plain objects; used only where a hidden property is worth it. */
  create(prototype: object | null): any;
  defineProperty(object: any, key: string, descriptor: { value?: any; enumerable?: boolean; writable?: boolean; configurable?: boolean }): any;
}
declare var Object: ObjectConstructor;

interface Number {
  toString(radix?: number): string;
  toFixed(digits?: number): string;
}
interface NumberConstructor { (value?: any): number; }
declare var Number: NumberConstructor;

interface String {
  readonly length: number;
  readonly [index: number]: string;
  charAt(at: number): string;
  charCodeAt(at: number): number;
  indexOf(part: string, from?: number): number;
  lastIndexOf(part: string): number;
  split(separator: string): string[];
  slice(start: number, end?: number): string;
  substring(start: number, end?: number): string;
  toLowerCase(): string;
  toUpperCase(): string;
  trim(): string;
  toString(): string;
}
interface StringConstructor {
  (value?: any): string;
  fromCharCode(...codes: number[]): string;
}
declare var String: StringConstructor;

/** Only dense arrays: no holes, no write past the end except by push, `length` is read only. */
interface Array<T> {
  readonly length: number;
  [index: number]: T;
  push(...items: T[]): number;
  pop(): T | undefined;
  shift(): T | undefined;
  unshift(...items: T[]): number;
  splice(start: number, count: number, ...items: T[]): T[];
  slice(start?: number, end?: number): T[];
  concat(...items: (T | T[])[]): T[];
  join(separator?: string): string;
  indexOf(item: T): number;
  sort(compare?: (a: T, b: T) => number): T[];
  forEach(each: (item: T, index: number) => void): void;
  map<U>(each: (item: T, index: number) => U): U[];
  filter(each: (item: T, index: number) => boolean): T[];
}
interface ArrayConstructor {
  new <T>(length?: number): T[];
  isArray(value: any): value is any[];
}
declare var Array: ArrayConstructor;

interface ArrayBuffer { readonly byteLength: number; }
interface ArrayBufferConstructor { new (byteLength: number): ArrayBuffer; }
declare var ArrayBuffer: ArrayBufferConstructor;

/** Only new, index, length, set, subarray and the buffer; an index is never out of range. */
interface TypedArray<Self> {
  readonly length: number;
  readonly byteLength: number;
  readonly byteOffset: number;
  readonly buffer: ArrayBuffer;
  [index: number]: number;
  set(source: Self | number[], at?: number): void;
  subarray(start: number, end?: number): Self;
}
interface TypedArrayConstructor<Self> {
  new (source: number | ArrayBuffer | number[] | TypedArray<any>): Self;
  new (buffer: ArrayBuffer, byteOffset: number, length?: number): Self;
}
interface Uint8Array extends TypedArray<Uint8Array> {}
interface Uint16Array extends TypedArray<Uint16Array> {}
interface Int32Array extends TypedArray<Int32Array> {}
interface Uint32Array extends TypedArray<Uint32Array> {}
declare var Uint8Array: TypedArrayConstructor<Uint8Array>;
declare var Uint16Array: TypedArrayConstructor<Uint16Array>;
declare var Int32Array: TypedArrayConstructor<Int32Array>;
declare var Uint32Array: TypedArrayConstructor<Uint32Array>;

interface Error { name: string; message: string; stack?: string; }
interface ErrorConstructor { new (message?: string): Error; (message?: string): Error; }
declare var Error: ErrorConstructor;
declare var TypeError: ErrorConstructor;
declare var RangeError: ErrorConstructor;

declare var Math: {
  abs(x: number): number;
  ceil(x: number): number;
  floor(x: number): number;
  round(x: number): number;
  max(...values: number[]): number;
  min(...values: number[]): number;
  pow(base: number, exponent: number): number;
  sqrt(x: number): number;
  random(): number;
};

declare var JSON: {
  parse(text: string): any;
  stringify(value: any): string;
};

declare var NaN: number;
declare function isNaN(value: any): boolean;
declare function parseInt(text: string, radix?: number): number;
declare function parseFloat(text: string): number;
