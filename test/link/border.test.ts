/**
 * Numbers that C code and TypeScript share are written down twice, since no compiler reads both. Here they are read from
 * both texts and compared, name for name and in order.
 */
import { readFileSync } from "node:fs";
import test from "ava";
import { MESSAGES } from "../../firmware/api/messages";
import { WIRE_DATA_MAX, WIRE_PAYLOAD_MAX, WIRE_STATE_BYTES, WIRE_VERSION } from "../../firmware/link/wire";

function source(path: string): string { return readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ""); }

/** Members of an enumeration's body with their values. */
function members(body: string): Record<string, number> {
  const found: Record<string, number> = {};
  let next = 0;
  for (const part of body.split(",")) {
    const [, name, value] = /^\s*(\w+)\s*(?:=\s*([-\w]+))?\s*$/.exec(part) ?? [];
    if (name === undefined) continue;
    if (value !== undefined) next = Number(value);
    found[name] = next++;
  }
  return found;
}

/** `const enum Name { ... }` of a TypeScript file, names in the C manner: AreaRead -> AREA_READ. */
function scriptEnum(path: string, name: string): Record<string, number> {
  const body = new RegExp(`const enum ${name} \\{([^}]*)\\}`).exec(source(path))?.[1];
  if (body === undefined) throw new Error(`${path} has no const enum ${name}.`);
  return Object.fromEntries(Object.entries(members(body)).map(([key, value]) => [key.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase(), value]));
}

/** The C enumeration that has a member `prefix` + something, without the prefix. */
function cEnum(path: string, prefix: string): Record<string, number> {
  for (const [, body] of source(path).matchAll(/enum(?: \w+)? \{([^}]*)\}/g)) {
    const found = members(body!);
    if (Object.keys(found)[0]?.startsWith(prefix)) return Object.fromEntries(Object.entries(found).map(([key, value]) => [key.slice(prefix.length), value]));
  }
  throw new Error(`${path} has no enumeration of ${prefix}...`);
}

const NATIVE = "firmware/runtime/native.ts";
const BINDING = "hal/duktape/binding.c";
const WIRE = "hal/duktape/wire.h";

test("operations of the border are the same in C and TypeScript", (t) => {
  t.deepEqual(cEnum(BINDING, "NATIVE_"), scriptEnum(NATIVE, "Native"));
  t.true(Object.keys(scriptEnum(NATIVE, "Native")).length > 15);
});

test("figures and texts about the board are the same in C and TypeScript", (t) => {
  t.deepEqual(cEnum(BINDING, "FIGURE_"), scriptEnum(NATIVE, "Figure"));
  t.deepEqual(cEnum(BINDING, "TEXT_"), scriptEnum(NATIVE, "Text"));
  t.deepEqual(cEnum(BINDING, "KNOB_"), scriptEnum(NATIVE, "KnobFigure"));
});

test("reset causes are the same in C and in the contract", (t) => {
  t.deepEqual(cEnum("hal/duktape/hal.h", "RESET_"), scriptEnum("hal/board.ts", "ResetCause"));
});

test("events of the line and of the packets are the same in C and TypeScript", (t) => {
  t.deepEqual(cEnum(WIRE, "LINE_"), scriptEnum("firmware/link/line-editor.ts", "LineEvent"));
  t.deepEqual(cEnum(WIRE, "FAULT_"), scriptEnum("firmware/link/line-editor.ts", "LineFault"));
  t.deepEqual(cEnum(WIRE, "EVENT_"), scriptEnum("firmware/link/wire.ts", "WireEvent"));
});

test("packet types and limits are the same in C and TypeScript", (t) => {
  const { REPLY, DAMAGED, ...asked } = scriptEnum("firmware/link/wire.ts", "WireType");
  t.deepEqual([REPLY, DAMAGED], [0x80, 0xff]);
  t.deepEqual(cEnum(WIRE, "WIRE_"), asked);
  const limits = members(/enum \{ (WIRE_VERSION[^}]*)\}/.exec(source(WIRE))![1]!);
  t.like(limits, { WIRE_VERSION, WIRE_PAYLOAD_MAX, WIRE_DATA_MAX });
  t.is(Number(/WIRE_STATE_BYTES (\d+)u/.exec(source("hal/duktape/wire.c"))![1]), WIRE_STATE_BYTES);
});

test("results of the flash driver are those of the contract", (t) => {
  const driver = cEnum("hal/duktape/hal.h", "FLASH_");
  const contract = scriptEnum("hal/flash.ts", "FlashResult");
  t.deepEqual([driver.OK, driver.INVALID, driver.FAILED, driver.NONE], [contract.OK, contract.INVALID, contract.FAILED, contract.NO_FLASH]);
});

test("codes of the core are the same in C and TypeScript", (t) => {
  const { OK, ...codes } = members(/enum \{ (OK = 0[^}]*)\}/.exec(source("hal/duktape/errors.h"))![1]!);
  const core = scriptEnum("firmware/core/errors.ts", "Err");
  t.is(OK, core["OK"]);
  t.true(Object.keys(codes).length > 5);
  for (const [name, code] of Object.entries(codes)) t.is(code, core[name.replace("ERR_", "")], name);
});

test("shapes and refusals of the API are the same in C and TypeScript, and each refusal has a sentence", (t) => {
  t.like(cEnum("hal/duktape/api.h", "SHAPE_"), scriptEnum("firmware/api/open.ts", "Shape"));
  const codes = scriptEnum("firmware/api/messages.ts", "ApiErr");
  const inC = members(/enum \{\s*(API_OUTSIDE[^}]*)\}/.exec(source("hal/duktape/api.h"))![1]!);
  for (const [name, code] of Object.entries(inC)) if (name.startsWith("API_")) t.is(code, codes[name.slice(4)], name);
  for (const [name, code] of Object.entries(codes)) t.true(MESSAGES.includes(`${code}|`), name);
  const shapes = scriptEnum("firmware/shapes/stage.ts", "ShapeErr");
  t.is(shapes["FULL"], codes["FULL"]);
  t.is(shapes["TOO_LONG"], codes["TOO_LONG"]);
});

test("methods in ROM have the numbers that C gives them", (t) => {
  const rom = readFileSync("hal/duktape/engine/builtins.yaml", "utf8");
  const files: Record<string, string> = { area: "api.c", device: "api.c", map: "shapes.c", log: "shapes.c", cache: "shapes.c" };
  const first: Record<string, number> = { area: 16, map: 32, log: 48, cache: 64, device: 80 };
  for (const [object, file] of Object.entries(files)) {
    const part = rom.slice(rom.indexOf(`- id: bi_zcache_${object}\n`)).split("\n\n")[0]!;
    const methods = [...part.matchAll(/key: "(\w+)", value: \{type: function, native: api_method, magic: (\d+)/g)];
    const inC = cEnum(`hal/duktape/${file}`, `${object.toUpperCase()}_`);
    t.true(methods.length >= Object.keys(inC).length && methods.length > 3, object);
    for (const [, name, magic] of methods) {
      const number = inC[name!.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase()];
      if (number !== undefined) t.is(Number(magic), first[object]! + number, `${object}.${name}`);
    }
  }
});
