/**
 * The border to the image's C code, as this side sees it: one function and the numbers of its operations. The C side is
 * hal/duktape/binding.c, which says what each operation takes and gives; the enumerations here mirror the ones there,
 * name for name (a test compares them). All of them are `const`: after compilation only numbers are left, so the border
 * costs no heap.
 */
export const enum Native {
  Print, Column, CoreSet, CoreGet, Knob, CoreDefaults, CoreOpen, ConfigFault, AreaCount, Counter, CounterName, Refresh, Frame, Figure, Text,
  Cold, Arena, Collect, Reset, Ticks, PoolFigure, TenantFigure, TenantUse, TenantQuota, Sector, SectorLive, SwapFormat, AppFlash,
  AppCrc,
}

/** Numbers about the board, for Native.Figure. Bytes, unless the name says otherwise. */
export const enum Figure {
  RamBytes, CodeBytes, StackBytes, StackPeak, HeapBytes, HeapUsed, HeapPeak, HeapLargest, HeapFailed, ArenaBytes,
  TableBytes, Frames, PageBytes, FreeBytes, FlashBytes, FlashSectorBytes, FlashJedec, SwapIsOpen, SwapStart, SwapSectors,
  PagesMax, ObjectsMax, PoolsMax, LinkBytes, TicksPerMicro, BootStartUp, BootEngine, BootStore, BootRuntime, ResetCause,
  SerialOverflows, Packets, PacketsDamaged, TenantsMax, FlashEndurance, LifeYearsWanted, Budget, LifeDays,
  SwapFound, DurablePagesMax, AppBytes, FlashReadCost, FlashWriteCost, RamUnused,
}

/** Numbers about a knob, for Native.Knob. */
export const enum KnobFigure { Low, High, Default, Live }

/** Texts about the board, for Native.Text. */
export const enum Text { Version, Board, BoardTitle, Flash }

declare global {
  /** Every call out of JavaScript. What the arguments mean depends on the operation. */
  function native(operation: Native, first?: any, second?: any, third?: any, fourth?: any): any;
  /** Prints the values, spaces between them, and a line feed. */
  function print(...values: any[]): void;
}

/** A number about the board. */
export function figure(which: Figure): number { return native(Native.Figure, which); }
