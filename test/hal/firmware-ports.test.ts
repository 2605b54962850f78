/** The Flash contract on other people's firmware, over mocks of its modules that are stricter than the modules. */
import test from "ava";
import { openHostFlash } from "../../hal/generic/flash";
import { openEspruinoFlash } from "../../hal/espruino/flash";
import { openKalumaFlash } from "../../hal/jerryscript/flash";
import { FlashResult, type Flash } from "../../hal/flash";
import { FlashMisuse } from "../../hal/sim/accidents";
import { EspruinoFlashMock, KalumaFlashMock, hostFlashMock } from "./firmware-modules";
import { flashContract } from "./flash-contract";

const BASE = 0x60000;
const FREE = [{ addr: BASE + 4096, length: 8192 }, { addr: BASE + 0x8000, length: 0x20000 }];

function espruino(sectors?: number): { module: EspruinoFlashMock; flash: Flash } {
  const module = new EspruinoFlashMock(BASE, FREE);
  return { module, flash: openEspruinoFlash(module, sectors)! };
}

flashContract("Espruino's Flash", () => {
  const { module, flash } = espruino();
  return { flash, reopen: () => openEspruinoFlash(module)! };
});
flashContract("Kaluma's flash", () => {
  const module = new KalumaFlashMock(32);
  return { flash: openKalumaFlash(module)!, reopen: () => openKalumaFlash(module)! };
});
for (const granule of [1, 8]) {
  flashContract(`a host's flash, granule ${granule}`, () => {
    const host = hostFlashMock(1 << 17, granule);
    return { flash: openHostFlash(host)!, reopen: () => openHostFlash(host)! };
  });
}

test("Espruino: the largest free area is taken, and only so many pages as are asked for", (t) => {
  const { flash } = espruino();
  t.is(flash.name, `Espruino Flash at ${BASE + 0x8000}`);
  t.is(flash.geometry.sizeBytes, 0x20000);
  t.is(espruino(3).flash.geometry.sizeBytes, 3 * 4096);
});

test("Espruino: too little free flash, or none, is a store without flash", (t) => {
  t.is(openEspruinoFlash(new EspruinoFlashMock(BASE, FREE), 33), undefined);
  t.is(openEspruinoFlash(new EspruinoFlashMock(BASE, FREE), 0), undefined);
  t.is(openEspruinoFlash(new EspruinoFlashMock(BASE, [])), undefined);
  t.is(openEspruinoFlash(new EspruinoFlashMock(BASE, [{ addr: BASE + 100, length: 2000 }])), undefined);
});

test("Kaluma: a page that the module refused in silence is Failed, and an object without blocks is no flash", (t) => {
  const module = new KalumaFlashMock(4);
  const flash = openKalumaFlash(module)!;
  t.is(flash.program(10, Uint8Array.of(1, 2, 3)), FlashResult.Ok);
  t.is(module.refusals, 0);
  module.write = () => { /* what the firmware does when it refuses */ };
  t.is(flash.program(2000, Uint8Array.of(1, 2, 3)), FlashResult.Failed);
  t.is(openKalumaFlash(new KalumaFlashMock(0)), undefined);
});

test("a module that throws, and a host that answers a number, are Failed", (t) => {
  const { module, flash } = espruino();
  for (const name of ["read", "write", "erasePage"] as const) (module as unknown as Record<string, () => void>)[name] = () => { throw new Error("no"); };
  const host = hostFlashMock(8192, 1);
  const hosted = openHostFlash(host)!;
  host.fail = -5;
  for (const one of [flash, hosted]) {
    t.is(one.read(0, new Uint8Array(4)), FlashResult.Failed);
    t.is(one.program(0, new Uint8Array(4)), FlashResult.Failed);
    t.is(one.erase(0), FlashResult.Failed);
  }
});

test("a host's figures that are no flash's are no flash", (t) => {
  for (const figures of [{ sector: 1000 }, { size: 4097 }, { size: 0 }, { sector: 2048 }]) t.is(openHostFlash({ ...hostFlashMock(8192, 1), ...figures }), undefined);
});

test("the mocks are loud about misuse", (t) => {
  const { module } = espruino();
  t.throws(() => module.write(new Uint8Array(4), BASE), { instanceOf: FlashMisuse, message: /firmware's own/ });
  t.throws(() => module.write(new Uint8Array(3), FREE[1]!.addr), { instanceOf: FlashMisuse, message: /whole words/ });
  module.write(new Uint8Array(4), FREE[1]!.addr);
  t.throws(() => module.write(Uint8Array.of(1, 0, 0, 0), FREE[1]!.addr), { instanceOf: FlashMisuse, message: /from 0 to 1/ });
  t.throws(() => module.write(new Uint8Array(4), FREE[1]!.addr), { instanceOf: FlashMisuse, message: /third time/ });
  t.throws(() => new KalumaFlashMock(2).ioctl(6, 2), { instanceOf: FlashMisuse });
});
