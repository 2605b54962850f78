/**
 * Acceptance 36, the emulated boards: the suite of the flash contract runs on the sim and is recorded; each board's own
 * driver then repeats every call on its chip, and must give the same results and the same bytes. The driver on the sim
 * itself is test/hal/nor-driver.test.ts.
 */
import test from "ava";
import { Flash, FlashGeometry, FlashResult, isInside } from "../../hal/flash";
import { openSimFlash } from "../../hal/sim/flash";
import { loadBoard } from "../../tools/board-file";
import { FLASH_BYTES_MOST, FlashCall, ReplayLog, repeatOnBoard } from "../helpers/replay";
import { flashContract } from "./flash-contract";

/** A flash whose calls are written down, long ones in pieces that fit the image's buffer. */
class RecordedFlash implements Flash {
  readonly log = new ReplayLog();
  constructor(private readonly inner: Flash) {}
  get geometry(): FlashGeometry { return this.inner.geometry; }
  get name(): string { return this.inner.name; }

  read(address: number, into: Uint8Array): FlashResult { return this.inPieces(FlashCall.Read, address, into); }
  program(address: number, from: Uint8Array): FlashResult { return this.inPieces(FlashCall.Program, address, from); }

  erase(address: number): FlashResult {
    const result = this.inner.erase(address);
    this.log.flash(FlashCall.Erase, address, new Uint8Array(0), result);
    return result;
  }

  private inPieces(call: FlashCall, address: number, bytes: Uint8Array): FlashResult {
    if (!isInside(this.geometry, address, bytes.length)) return this.record(call, address, bytes);
    for (let done = 0; done < bytes.length || done === 0; done += FLASH_BYTES_MOST) {
      const result = this.record(call, address + done, bytes.subarray(done, done + FLASH_BYTES_MOST));
      if (result !== FlashResult.Ok) return result;
    }
    return FlashResult.Ok;
  }

  private record(call: FlashCall, address: number, bytes: Uint8Array): FlashResult {
    const result = call === FlashCall.Read ? this.inner.read(address, bytes) : this.inner.program(address, bytes);
    this.log.flash(call, address, bytes, result);
    return result;
  }
}

/** Boards with a flash chip, or a file that acts one, and the part. */
const BOARDS = { "emcraft-sf2": "s25sl12801", "ast1030-evb": "w25q64", "stm32f405-nor": "w25q16" } as const;

for (const [name, part] of Object.entries(BOARDS)) {
  const { chip, flash: simulated } = openSimFlash(part);
  const recorded = new RecordedFlash(simulated);

  flashContract(`${part}, recorded`, () => ({ flash: recorded, reopen: () => recorded }));

  test(`36 The driver passes the flash contract on the sim (which enforces WEL clearing, BUSY, 256-byte wrap, aligned erase) and on QEMU (which does not). (${name} in QEMU: the same results and the same bytes)`, async (t) => {
    const { flash } = loadBoard(name);
    t.is(flash?.part, part);
    t.is(flash?.sectorBytes, recorded.geometry.sectorBytes);
    t.is(flash?.imageBytes, recorded.geometry.sizeBytes);
    const cells = await repeatOnBoard(recorded.log, false, name);
    t.is(Buffer.compare(cells, chip.cells), 0);
    t.log(`${recorded.log.expected.length} calls of the driver`);
  });
}
