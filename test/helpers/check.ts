/** The checker of tools/check as tests use it: a broken invariant is an error. */
import { brokenInvariants } from "../../tools/check/invariants";

/** Throws the broken invariants as one error. */
export function checkInvariants(bytes: Uint8Array, flash?: Uint8Array): void {
  const broken = brokenInvariants(bytes, flash);
  if (broken.length > 0) throw new Error(`Invariants do not hold:\n  ${broken.join("\n  ")}`);
}
