/**
 * What the swap profile knows: pages by name and areas in compressed RAM, packed by lz4 into zbud, and behind it flash with
 * its rules of wear. No shapes, nothing durable, no ephemeral pools, no tenants, no dense codec.
 */
import { COMMON, FIXED } from "./full-facts";
import type { Facts } from "./profile-facts";

const NOT_FOUND = -4;
const INVALID = -1;
const NO_FRAME = -3;

export const SWAP: Facts = {
  knobs: { ...FIXED, LinkBytes: 0, Dense: 0, IdleFrames: 0, DurablePagesMax: 0 },
  allocators: ["Zbud", "Raw"],
  answers: {
    ...COMMON.answers,
    // nothing outlives a reset
    durableIsOn: false, rowOf: INVALID, attachCommitted: NOT_FOUND, hasCommitted: false, durableRows: 0, durableTableBytes: 0,
    // persistent pools only
    isEphemeral: false, poolIsFrozen: false,
    // one codec, so no page is packed anew to make room
    recompressStep: 0, recompressIdle: 0, packForRoom: 0, placeDensely: NOT_FOUND, pageOutDensely: NO_FRAME, askFor: 0,
  },
  passages: {
    ...COMMON.passages,
    // nothing is packed densely here; a dense record is Corrupt before anybody would unpack it
    loadPage: { "formOf(entry) == Form.Dense": "false" },
    decode: { "form == Form.Dense ? zbaleDecompress(from, lengthBytes, to, pageBytes, codecTableAt) : lz4Decompress(from, lengthBytes, to, pageBytes)":
      "lz4Decompress(from, lengthBytes, to, pageBytes)" },
  },
};
