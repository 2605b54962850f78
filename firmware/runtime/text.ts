/** Numbers as text, for the commands. Bundled into each cold source that uses it; columns are the C side's (Native.Column). */

/** A number of up to 32 bits in hex, `digits` of them. */
export function hex(value: number, digits: number): string {
  let text = value.toString(16);
  while (text.length < digits) text = "0" + text;
  return text;
}

/** Whole milliseconds and tenths from clock ticks. */
export function millis(ticks: number, ticksPerMicro: number): string {
  return (Math.round(ticks / ticksPerMicro / 100) / 10).toFixed(1);
}
