/**
 * Serial NOR chips as data. What a chip does is in nor-chip.ts; here is only what tells one from another: identity,
 * sizes, which erase commands exist, how long each operation takes and how often a sector can be erased.
 *
 * Times are microseconds, typical and maximum. `figuresFrom` names the part whose data they are, since makers do not
 * publish the same table for each; figures marked (memory) there were not checked against a source.
 */
export interface EraseCommand {
  readonly opcode: number;
  /** Bytes it clears; the address must be a multiple of it. */
  readonly bytes: number;
  readonly typicalMicros: number;
  readonly maximumMicros: number;
}

export interface NorPart {
  readonly name: string;
  /** What command 9F answers, repeated by nobody: behind it the bus reads 0. */
  readonly jedec: readonly number[];
  readonly sizeBytes: number;
  /** A program command fills at most one page; the address wraps inside it. */
  readonly pageBytes: number;
  /** Every erase command the chip has, the smallest first. The driver uses the first; others are refused loudly. */
  readonly erases: readonly EraseCommand[];
  readonly programTypicalMicros: number;
  readonly programMaximumMicros: number;
  readonly chipEraseMicros: number;
  readonly enduranceErases: number;
  /** Fastest clock for the plain read command 03, MHz. */
  readonly readMegahertz: number;
  readonly figuresFrom: string;
  /** What command 5A reads: the chip's description of itself (JESD216). A part without it has no such command. */
  readonly sfdp?: readonly number[];
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** 4 KB and 64 KB erase of the W25Q family, with the times of the W25Q16. */
const WINBOND_ERASES: readonly EraseCommand[] = [
  { opcode: 0x20, bytes: 4 * KIB, typicalMicros: 45_000, maximumMicros: 400_000 },
  { opcode: 0xd8, bytes: 64 * KIB, typicalMicros: 150_000, maximumMicros: 1_000_000 },
];

export const PARTS = {
  /** The chip behind the SPI controller of the emcraft-sf2 machine. It has no 4 KB erase. */
  s25sl12801: {
    name: "s25sl12801",
    jedec: [0x01, 0x20, 0x18, 0x03, 0x01, 0x00],
    sizeBytes: 16 * MIB,
    pageBytes: 256,
    erases: [{ opcode: 0xd8, bytes: 64 * KIB, typicalMicros: 130_000, maximumMicros: 650_000 }],
    programTypicalMicros: 250,
    programMaximumMicros: 750,
    chipEraseMicros: 33_000_000,
    enduranceErases: 100_000,
    readMegahertz: 50,
    figuresFrom: "S25FL128S (memory)",
  },
  /** The chip of the ast1030-evb machine, and of countless hobby boards. */
  w25q64: {
    name: "w25q64",
    jedec: [0xef, 0x40, 0x17],
    sizeBytes: 8 * MIB,
    pageBytes: 256,
    erases: WINBOND_ERASES,
    programTypicalMicros: 700,
    programMaximumMicros: 3_000,
    chipEraseMicros: 20_000_000,
    enduranceErases: 100_000,
    readMegahertz: 50,
    figuresFrom: "W25Q16",
  },
  /** The 2 MB chip of the Feather boards; in tests the smallest with 4 KB sectors. */
  w25q16: {
    name: "w25q16",
    jedec: [0xef, 0x40, 0x15],
    sizeBytes: 2 * MIB,
    pageBytes: 256,
    erases: WINBOND_ERASES,
    programTypicalMicros: 700,
    programMaximumMicros: 3_000,
    chipEraseMicros: 5_000_000,
    enduranceErases: 100_000,
    readMegahertz: 50,
    figuresFrom: "W25Q16",
  },
  /** A low-power chip: cheap to hold, slow to write. */
  mx25r6435f: {
    name: "mx25r6435f",
    jedec: [0xc2, 0x28, 0x17],
    sizeBytes: 8 * MIB,
    pageBytes: 256,
    erases: [
      { opcode: 0x20, bytes: 4 * KIB, typicalMicros: 48_000, maximumMicros: 384_000 },
      { opcode: 0xd8, bytes: 64 * KIB, typicalMicros: 480_000, maximumMicros: 3_840_000 },
    ],
    programTypicalMicros: 900,
    programMaximumMicros: 5_400,
    chipEraseMicros: 60_000_000,
    enduranceErases: 100_000,
    readMegahertz: 33,
    figuresFrom: "MX25R6435F (SFDP)",
  },
} as const satisfies Record<string, NorPart>;

export type PartName = keyof typeof PARTS;

/** The part of this name; one sentence of complaint when there is none. */
export function partNamed(name: string): NorPart {
  const part = (PARTS as Record<string, NorPart>)[name];
  if (part === undefined) throw new Error(`No flash part is named "${name}"; known: ${Object.keys(PARTS).join(", ")}.`);
  return part;
}
