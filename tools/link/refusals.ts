/** Words for the negative results of a board. */
import { Err } from "../../firmware/core/errors";

const WORDS: Record<number, string> = {
  [Err.Invalid]: "an argument is out of its range",
  [Err.TooBig]: "it is larger than anything this board can hold",
  [Err.NoFrame]: "no pageframe is free and none could be freed",
  [Err.NotFound]: "nothing is stored there",
  [Err.Corrupt]: "the stored data is damaged",
  [Err.Flash]: "the flash chip reported a failure",
  [Err.SwapFull]: "the swap area on flash is full",
  [Err.NoEntry]: "the board's tables are full",
  [Err.NoFlash]: "the board has no flash to swap to",
  [Err.Config]: "the board's configuration contradicts itself",
  [Err.Refused]: "no stored page could be moved out of the way",
  [Err.RetriesUsed]: "no pageframe came free in the tries allowed",
  [Err.NotOpen]: "the store on the board is not open",
  [Err.LeftOut]: "the board's image leaves it out",
  [Err.WrongSize]: "a durable area of this name exists with another size",
};

/** Half a sentence for a negative status. */
export function refusal(status: number): string {
  return `${WORDS[status] ?? (status <= Err.RejectDisabled ? "the store refused the page" : "an unknown reason")} (${status})`;
}
