/** Opens the store as the board's figures say. Run once at boot. */
import { Knob } from "../../core/config";
import { Figure, Native, figure } from "../native";

/** Allocator.Zfold of firmware/core/zpool/handles.ts. */
const ZFOLD = 1;

function set(which: Knob, value: number): void {
  if (native(Native.CoreSet, which, value) < 0) print("The board's knob " + which + " has no value " + value + "; the default stays.");
}

/**
 * What the flash is good for, and a write budget of that for each day of the life that is wanted. The budget is off until
 * somebody turns writeback_limit_enable on: an app that may not write is the greater surprise.
 */
function setWear(): void {
  const endurance = figure(Figure.FlashEndurance);
  const kib = figure(Figure.SwapSectors) * figure(Figure.FlashSectorBytes) / 1024;
  const perDay = Math.min(16777215, Math.floor(kib * endurance / (figure(Figure.LifeYearsWanted) * 365.25)));
  set(Knob.TicksPerMilli, figure(Figure.TicksPerMicro) * 1000);
  set(Knob.EnduranceErases, endurance);
  set(Knob.FlashReadCost, figure(Figure.FlashReadCost));
  set(Knob.FlashWriteCost, figure(Figure.FlashWriteCost));
  set(Knob.WritebackLimit, perDay);
  set(Knob.WritebackPerDay, perDay);
}

/** A function of its own, because nesting costs the C stack as it is compiled, and nothing else is compiled as deep as this file. */
function setSwap(): void {
  set(Knob.SectorBytes, figure(Figure.FlashSectorBytes));
  set(Knob.SwapStart, figure(Figure.SwapStart));
  set(Knob.SwapSectors, figure(Figure.SwapSectors));
  set(Knob.DurablePagesMax, figure(Figure.DurablePagesMax));
  setWear();
}

export function run(_argument: string): void {
  native(Native.CoreDefaults);
  set(Knob.PageBytes, figure(Figure.PageBytes));
  set(Knob.PagesMax, figure(Figure.PagesMax));
  set(Knob.ObjectsMax, figure(Figure.ObjectsMax));
  set(Knob.PoolsMax, figure(Figure.PoolsMax));
  set(Knob.LinkBytes, figure(Figure.LinkBytes));
  set(Knob.TenantsMax, figure(Figure.TenantsMax));
  if (figure(Figure.SwapSectors) > 0) {
    setSwap();
  } else {
    // Nothing can be written back here: a page that finds no room is refused, and zfold fills frames up where zbud pairs.
    // An image that leaves zfold out stays with what it has.
    native(Native.CoreSet, Knob.Allocator, ZFOLD);
  }
  const frames = native(Native.CoreOpen);
  if (frames < 0) throw new Error("the store does not fit the board: relation " + native(Native.ConfigFault) + " of its configuration is broken");
}
