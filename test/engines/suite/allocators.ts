/** Every allocator keeps the same promises: what was written is read, what is freed is free, refusals say never or not now. */
import { Knob } from "../../../firmware/core/config";
import { Err } from "../../../firmware/core/errors";
import { coreFrames } from "../../../firmware/core/exports";
import { zpoolAlloc, zpoolFree, zpoolMaxBytes, zpoolOwner, zpoolRead, zpoolWrite } from "../../../firmware/core/raw";
import { CLIENT, Row, fillPage, holdsPage, openStore } from "./bench";
import { equal, part, yes } from "./check";
import { Nor } from "./nor";

const NAMES = ["zbud", "zfold", "zsmalloc", "tlsf"];

function fill(row: Row, handles: number[], lengths: number[]): number {
  for (;;) {
    const length = 20 + row.below(100);
    const handle = zpoolAlloc(handles.length & 1, length, handles.length);
    if (handle < 0) return handle;
    fillPage(CLIENT, length, 4, handles.length);
    if (zpoolWrite(handle, CLIENT, length) != 0) return Err.Corrupt;
    handles.push(handle);
    lengths.push(length);
  }
}

function wrongOnes(handles: number[], lengths: number[], from: number, step: number): number {
  let wrong = 0;
  for (let i = from; i < handles.length; i += step) {
    const at = zpoolRead(handles[i]);
    if (at < 0 || zpoolOwner(handles[i]) != i || !holdsPage(at, lengths[i], 4, i)) wrong++;
  }
  return wrong;
}

function oneAllocator(which: number): void {
  part(NAMES[which]);
  yes("opens", openStore(new Nor(4096, 1), 12288, [Knob.Allocator, which, Knob.PagesMax, 128]) > 8);
  equal("an allocation of nothing", zpoolAlloc(0, 0, 1), Err.Invalid);
  equal("one that never fits", zpoolAlloc(0, zpoolMaxBytes() + 1, 1), Err.TooBig);
  equal("a pool that is none", zpoolAlloc(2, 10, 1), Err.Invalid);
  const handles: number[] = [];
  const lengths: number[] = [];
  equal("full is not now", fill(new Row(17 + which), handles, lengths), Err.NoFrame);
  yes("it held at least one zpage a frame", handles.length >= coreFrames() - 4);
  equal("every one reads as written", wrongOnes(handles, lengths, 0, 1), 0);
  for (let i = 0; i < handles.length; i += 2) equal("free of zpage " + i, zpoolFree(handles[i]), Err.Ok);
  equal("the others read as written", wrongOnes(handles, lengths, 1, 2), 0);
  equal("a second free", zpoolFree(handles[0]), Err.Invalid);
  equal("a free of nothing", zpoolFree(1 << 20), Err.Invalid);
  yes("there is room again", zpoolAlloc(1, 30, 7) >= 0);
}

export function allocators(): void {
  for (let which = 0; which < NAMES.length; which++) oneAllocator(which);
}
