/**
 * Is the RAM map true? The parts add up to the chip's RAM, stack and heap kept within theirs, and what is promised to
 * apps is there. Judged after the work, when the peaks are known.
 */
import type { BoardFile } from "../board-file";
import type { Memory } from "./board-state";

/** Promised to the app after boot, and to pages. */
const HEAP_FREE_BYTES = 8192;
const FRAME_BYTES = 20480;

/** One sentence for each thing that is wrong; none when all is well. `heapFreeAtBoot`: bytes. */
export function checkRam(memory: Memory, board: BoardFile, heapFreeAtBoot: number): string[] {
  const faults: string[] = [];
  const expect = (isTrue: boolean, sentence: string): void => { if (!isTrue) faults.push(sentence); };
  const parts = [memory.stack, memory.engine_heap, memory.core_tables, memory.frames, memory.rest];
  const sum = parts.reduce((bytes, part) => bytes + part.bytes, 0);
  expect(sum === memory.total, `the parts of RAM add up to ${sum} bytes and the board has ${memory.total}`);
  expect(memory.total <= board.memory.ramBytes, `the board says ${memory.total} bytes of RAM and ${board.name} has ${board.memory.ramBytes}`);
  expect(parts.every((part) => part.bytes >= 0), "a part of RAM is smaller than nothing");
  expect(memory.stack.peak < memory.stack.bytes, `the stack was used up: ${memory.stack.peak} of ${memory.stack.bytes} bytes`);
  expect(memory.engine_heap.peak <= memory.engine_heap.bytes, `the engine's heap grew to ${memory.engine_heap.peak} of ${memory.engine_heap.bytes} bytes`);
  if (board.program === "floor") return faults;
  expect(heapFreeAtBoot >= HEAP_FREE_BYTES, `after boot ${heapFreeAtBoot} bytes of the engine's heap were free and ${HEAP_FREE_BYTES} are promised`);
  expect(memory.frames.bytes >= FRAME_BYTES, `the pageframes have ${memory.frames.bytes} bytes and ${FRAME_BYTES} are promised`);
  return faults;
}
