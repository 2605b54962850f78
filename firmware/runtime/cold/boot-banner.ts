/** What the board says of itself when it has started. A few lines; `.mem`, `.version` and `.stats` tell the rest. */
import { Counter } from "../../core/counters";
import { Figure, Native, Text, figure } from "../native";
import { hex, millis } from "../text";

function line(name: string, text: string): void { print((name + "       ").slice(0, 7) + text); }

function showRam(): void {
  const stack = figure(Figure.StackBytes);
  const heap = figure(Figure.HeapBytes);
  const tables = figure(Figure.TableBytes);
  const arena = figure(Figure.ArenaBytes);
  const all = figure(Figure.RamBytes);
  line("RAM", all + " bytes: stack " + stack + ", engine heap " + heap + " (" + (heap - figure(Figure.HeapUsed))
    + " free), core tables " + tables + ",");
  line("", "frames " + (arena - tables) + " (" + figure(Figure.Frames) + " of " + figure(Figure.PageBytes) + "), rest "
    + (all - stack - heap - arena));
}

function showFlash(): void {
  const name = native(Native.Text, Text.Flash);
  const id = hex(figure(Figure.FlashJedec), 6);
  const swap = figure(Figure.SwapIsOpen) ? figure(Figure.SwapSectors) + " sectors for swap" : "not used";
  if (name) line("flash", name + ", id " + id + ", " + figure(Figure.FlashBytes) + " bytes, " + swap);
  else line("flash", "none (id " + id + "): every store ends in RAM");
}

function showBoot(): void {
  const rate = figure(Figure.TicksPerMicro);
  const phases = ["start-up", "engine", "store", "runtime"];
  let sum = 0;
  let text = "";
  for (let i = 0; i < 4; i++) {
    const ticks = figure(Figure.BootStartUp + i);
    sum += ticks;
    text += (i ? ", " : "") + phases[i] + " " + millis(ticks, rate);
  }
  line("boot", millis(sum, rate) + " ms: " + text);
}

export function run(_argument: string): void {
  const causes = ["", "", " (after a fault)"];
  print("\nzcache-mcu " + native(Native.Text, Text.Version) + " on " + native(Native.Text, Text.BoardTitle) + causes[figure(Figure.ResetCause)]);
  showRam();
  showFlash();
  if (native(Native.Counter, Counter.SwapRepaired) + native(Native.Counter, Counter.DurablePagesLost)) native(Native.Cold, "boot-damage", "");
  showBoot();
  line("", ".help lists the commands; a line of JavaScript is evaluated");
}
