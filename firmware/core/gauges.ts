/** The counters that are derived, brought up to date for a reader: frame classes, sizes in bytes, wear. */
import { Counter, counterValue, setCounter } from "./counters";
import { pageShift } from "./layout";
import { List, listLength } from "./frames";
import { poolLimitBytes } from "./store/bouncer";
import { swapRefresh } from "./swap/swap-log";

/** Sizes of what is stored in RAM, as zram's mm_stat has them. */
function refreshSizes(): void {
  const zpageBytes: i32 = listLength(List.ZpagesAnon) + listLength(List.ZpagesFile) + listLength(List.Spare) << pageShift;
  setCounter(Counter.PoolTotalSize, zpageBytes);
  setCounter(Counter.MemUsedTotal, zpageBytes);
  if (zpageBytes > counterValue(Counter.MemUsedMax)) setCounter(Counter.MemUsedMax, zpageBytes);
  setCounter(Counter.MemLimit, poolLimitBytes());
  setCounter(Counter.OrigDataSize, counterValue(Counter.StoredPages) << pageShift);
  setCounter(Counter.ComprDataSize, counterValue(Counter.PersZbytes) + counterValue(Counter.EphZbytes));
  // What is stored in RAM by its length before: 0 for nothing, and for pages of one repeated word alone.
  const hundredth: i32 = (counterValue(Counter.OrigDataSize) / 100) | 0;
  setCounter(Counter.ComprPercent, hundredth > 0 ? (counterValue(Counter.ComprDataSize) / hundredth) | 0 : 0);
  setCounter(Counter.SamePages, counterValue(Counter.SameFilledPages));
  setCounter(Counter.EphPageframes, listLength(List.ZpagesFile));
  setCounter(Counter.PersPageframes, listLength(List.ZpagesAnon));
}

/** Brings every derived counter up to date. Cost: a few hundred instructions and some for each swap sector. */
export function refreshGauges(): void {
  for (let list: i32 = 0; list <= List.Free; list++) setCounter(Counter.ActiveFile + list, listLength(list));
  setCounter(Counter.LentFrames, listLength(List.Lent));
  setCounter(Counter.ZpagesAnon, listLength(List.ZpagesAnon) + listLength(List.Spare));
  refreshSizes();
  swapRefresh();
}
