/**
 * A small seeded generator of random numbers (xorshift, 32 bits of state). The simulated hardware draws every accident
 * from one of these, so a seed is all it takes to see the same accident again.
 */
export class Random {
  /** All there is to it: a generator set to this goes on from there. */
  state: number;

  constructor(seed: number) {
    // A zero state would stay zero; mixing keeps neighbouring seeds from starting alike.
    this.state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 0 || 1;
    for (let i = 0; i < 4; i++) this.next();
  }

  /** A number of 32 random bits, 0..2^32 - 1. */
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }

  /** A whole number from 0 up to, not including, `limit` (1..2^32). */
  below(limit: number): number {
    return Math.floor((this.next() / 0x100000000) * limit);
  }

  /** True in `percent` of 100 calls. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** One of the items; the list is not empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  /** Eight random bits with about `percent` of them set. */
  mask(percent: number): number {
    let mask = 0;
    for (let bit = 0; bit < 8; bit++) if (this.chance(percent)) mask |= 1 << bit;
    return mask;
  }

  fill(into: Uint8Array): void {
    for (let i = 0; i < into.length; i++) into[i] = this.next() >>> 24;
  }
}
