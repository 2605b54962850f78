/**
 * The conformance script: runs on any engine with nothing else. Every part opens stores of its own in one block of
 * memory; after each, the checksum of the whole memory is compared with the one that the build recorded when it ran the
 * same script in Node, so an engine that differs in a single bit anywhere is found even if no check looks there.
 */
import { crc32 } from "../../../firmware/core/raw";
import { allocators } from "./allocators";
import { CLIENT } from "./bench";
import { equal, finish, part, say } from "./check";
import { codecs } from "./codecs";
import { areas, cleancache, frontswap, paging, wrongCalls } from "./pages";
import { foreignFlash, swapLog } from "./swap";

/** Recorded by the build; empty while it records. */
declare var zcacheExpected: number[];
/** What this engine got. */
declare var zcacheDigests: number[];

function digest(name: string): void {
  const value = crc32(0, CLIENT, 0);
  zcacheDigests.push(value);
  if (zcacheExpected.length == 0) return;
  part("state");
  equal("after " + name, value, zcacheExpected[zcacheDigests.length - 1]);
}

say("zcache-mcu conformance");
codecs();
digest("codecs");
allocators();
digest("allocators");
frontswap();
wrongCalls();
digest("frontswap");
cleancache();
digest("cleancache");
areas();
digest("areas");
paging();
digest("paging");
swapLog();
foreignFlash();
digest("swap");
finish();
