/** An object of the store with its oracle: what every kind has. */
import type { Handle } from "../../firmware/api/zcache";
import type { Random } from "../../hal/sim/random";
import type { Judge, Witness } from "./judge";

export type ShapeName = "area" | "map" | "log" | "cache" | "device";

export abstract class Tracked<Content> implements Witness {
  abstract readonly shape: ShapeName;
  abstract readonly handle: Handle;

  constructor(protected readonly judge: Judge, protected readonly random: Random, readonly name: string, readonly bytes: number, protected readonly pageBytes: number) {}

  get title(): string { return `${this.shape} ${this.name}`; }

  /** One random call. */
  abstract act(): void;
  /** Throws Wrong unless it reads as it must. */
  abstract check(): void;
  /** The oracle holds this now; undefined: nothing. */
  abstract take(content: Content | undefined): void;
  /** A copy of what the oracle holds. */
  abstract copyOut(): Content;
}
