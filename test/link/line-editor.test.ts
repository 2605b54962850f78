/**
 * The line editor, key by key, on both builds. A small terminal is modelled (it knows what the editor sends: printable
 * bytes, BS, CR LF, ESC [ K, H and J), so every test can also ask invariant L4: the screen shows the text.
 */
import { ExecutionContext } from "ava";
import { LINE_STATE_BYTES, LineEvent, LineFault } from "../../firmware/link/line-editor";
import { bothBuilds, type Core } from "../helpers/cores";
import { randomFrom } from "../helpers/line-keys";

const ESC = "\x1b";
const LEFT = `${ESC}[D`;
const UP = `${ESC}[A`;
const DOWN = `${ESC}[B`;
const BACKSPACE = "\x7f";
const DELETE = `${ESC}[3~`;

/** One row of a terminal, and whether the bell rang. */
class Row {
  private cells: string[] = [];
  private column = 0;
  bells = 0;
  private readonly decoder = new TextDecoder();

  take(bytes: number[]): void {
    const text = this.decoder.decode(Uint8Array.from(bytes), { stream: true });
    for (let i = 0; i < text.length;) i += this.takeFrom(text, i);
  }

  get text(): string { return this.cells.slice(0).join(""); }
  get cursor(): number { return this.column; }

  private takeFrom(text: string, i: number): number {
    const point = String.fromCodePoint(text.codePointAt(i)!);
    if (text.startsWith(`${ESC}[K`, i)) this.cells.length = Math.min(this.cells.length, this.column);
    else if (text.startsWith(`${ESC}[H`, i) || text.startsWith(`${ESC}[J`, i)) this.newRow();
    else if (point === ESC) throw new Error(`The editor sent an escape sequence that this terminal does not know: ${JSON.stringify(text.slice(i))}`);
    else this.takeOne(point);
    return point === ESC ? 3 : point.length;
  }

  private takeOne(point: string): void {
    if (point === "\b") this.column--;
    else if (point === "\x07") this.bells++;
    else if (point === "\r" || point === "\n") this.newRow();
    else this.cells[this.column++] = point;
  }

  private newRow(): void {
    this.cells = [];
    this.column = 0;
  }
}

/** A person at an editor of `stateBytes` bytes. */
class Typist {
  readonly row = new Row();
  readonly lines: string[] = [];
  readonly events: number[] = [];

  constructor(readonly core: Core, private readonly stateBytes = 600) {
    core.lineOpen(core.client, stateBytes);
    core.bytes.fill(0x5e, core.client + stateBytes, core.client + stateBytes + 64);
  }

  type(keys: string | Uint8Array): this {
    for (const byte of typeof keys === "string" ? new TextEncoder().encode(keys) : keys) {
      const event = this.core.lineKey(byte);
      this.row.take(this.core.board.serial.take());
      if (event === LineEvent.None) continue;
      this.events.push(event);
      if (event === LineEvent.Done) this.lines.push(this.done());
    }
    return this;
  }

  /** The line as it is in the state region, whose first word is its length. */
  get text(): string {
    const at = this.core.lineText();
    const length = new DataView(this.core.bytes.buffer).getUint32(this.core.client, true);
    return new TextDecoder("utf-8", { fatal: true }).decode(this.core.bytes.slice(at, at + length));
  }

  /** Bytes behind the state region are as they were. */
  /** The line that ended last: its event, its number, and why it is refused. */
  get end(): [number, number, number] { return [this.events.at(-1)!, this.core.lineNumber(), this.core.lineFault()]; }

  get isConfined(): boolean {
    const end = this.core.client + this.stateBytes;
    return this.core.bytes.subarray(end, end + 64).every((byte) => byte === 0x5e);
  }

  private done(): string {
    const at = this.core.lineText();
    return new TextDecoder("utf-8", { fatal: true }).decode(this.core.bytes.slice(at, at + this.core.lineLength()));
  }
}

function scene(title: string, run: (t: ExecutionContext, typist: (stateBytes?: number) => Typist) => void): void {
  bothBuilds(title, (t, open) => run(t, (stateBytes) => new Typist(open(), stateBytes)));
}

/** Types `keys` and Enter, expects that nothing of it is a line, for the reason `fault`, and that the next line is one again. */
function expectRefusal(t: ExecutionContext, typist: Typist, keys: string | Uint8Array, fault: LineFault): void {
  const lines = typist.lines.length;
  const number = typist.core.lineNumber();
  typist.type(keys).type("\r");
  t.deepEqual(typist.end, [LineEvent.Refused, number + 1, fault], `after ${JSON.stringify(keys)}`);
  t.is(typist.core.lineLength(), 0);
  t.is(typist.lines.length, lines);
  expectLine(t, typist, "next", "next");
}

/** Types `keys`, expects them on the row as `shown`, then Enter, and the line `line`. */
function expectLine(t: ExecutionContext, typist: Typist, keys: string, line: string): void {
  typist.type(keys);
  t.is(typist.row.text, line, `on the screen after ${JSON.stringify(keys)}`);
  typist.type("\r");
  t.is(typist.lines.at(-1), line);
}

scene("what is typed is shown and becomes a line", (t, typist) => {
  expectLine(t, typist(), "var a = 1", "var a = 1");
});

scene("CR, LF and CR LF each end one line", (t, typist) => {
  t.deepEqual(typist().type("a\rb\nc\r\nd\r\re\n\n").lines, ["a", "b", "c", "d", "", "e", ""]);
});

scene("characters are inserted and erased in the middle of the line", (t, typist) => {
  const one = typist();
  expectLine(t, one, `acd${LEFT}${LEFT}b`, "abcd");
  expectLine(t, one, `abxcd${LEFT}${LEFT}${BACKSPACE}`, "abcd");
  expectLine(t, one, `abxcd${LEFT}${LEFT}${LEFT}${DELETE}`, "abcd");
  expectLine(t, one, `bcd\x01a\x05e`, "abcde");
  expectLine(t, one, "ad\x02bX\x02\x04c\x06e", "abcde");
});

scene("Home and End are known in each of their spellings", (t, typist) => {
  for (const [home, end] of [[`${ESC}[H`, `${ESC}[F`], [`${ESC}OH`, `${ESC}OF`], [`${ESC}[1~`, `${ESC}[4~`], [`${ESC}[7~`, `${ESC}[8~`]]) {
    expectLine(t, typist(), `b${home}a${end}c`, "abc");
  }
});

scene("Ctrl-K, Ctrl-U and Ctrl-W erase to the end, to the start, and a word", (t, typist) => {
  const one = typist();
  expectLine(t, one, `keep drop${LEFT.repeat(4)}\x0b`, "keep ");
  expectLine(t, one, `drop keep${LEFT.repeat(4)}\x15`, "keep");
  expectLine(t, one, "one two  \x17three", "one three");
});

scene("history is walked both ways and the unfinished line comes back", (t, typist) => {
  const one = typist().type("first\rsecond\runfinished");
  t.is(one.type(UP).row.text, "second");
  t.is(one.type(UP).row.text, "first");
  t.is(one.type(DOWN).row.text, "second");
  t.is(one.type(DOWN).row.text, "unfinished");
  expectLine(t, one, "\x10\x10!", "first!");
});

scene("a line repeated is remembered once, an empty one not at all", (t, typist) => {
  const one = typist().type("a\rb\rb\r\r");
  t.is(one.type(UP).row.text, "b");
  t.is(one.type(UP).row.text, "a");
  t.is(one.row.bells, 0);
  t.is(one.type(UP).row.text, "a");
  t.is(one.row.bells, 1);
});

scene("history that is full forgets the oldest lines, and whole ones", (t, typist) => {
  const one = typist(LINE_STATE_BYTES);
  for (let i = 0; i < 20; i++) one.type(`line ${i}\r`);
  const seen = new Set<string>();
  for (let i = 0; i < 20; i++) seen.add(one.type(UP).row.text);
  t.true(seen.size >= 3 && seen.size <= 5, [...seen].join());
  t.true([...seen].every((line) => /^line 1\d$/.test(line)), [...seen].join());
  t.true(one.isConfined);
});

scene("an over-long line rings the bell, and nothing of it is used: not at Enter, not from the history", (t, typist) => {
  const one = typist(LINE_STATE_BYTES).type("x".repeat(100));
  t.is(one.row.text, "x".repeat(40));
  t.is(one.row.bells, 60);
  one.type("\r");
  t.deepEqual(one.end, [LineEvent.Refused, 1, LineFault.TooLong]);
  t.is(one.core.lineRoom(), 40);
  t.deepEqual(one.lines, []);
  t.is(one.type(UP).row.text, "");
  expectRefusal(t, one, `q=${"1".repeat(45)}${BACKSPACE.repeat(10)}`, LineFault.TooLong);
  t.true(one.isConfined);
});

scene("a line that was too long is good again when it has been erased whole, or dropped", (t, typist) => {
  for (const undo of ["\x15", "\x01\x0b", BACKSPACE.repeat(40), "\x17", "\x03"]) expectLine(t, typist(LINE_STATE_BYTES), `${"x".repeat(50)}${undo}y`, "y");
});

scene("a line that lacks bytes is refused at Enter, whatever stands in it; the worst reason is told", (t, typist) => {
  const one = typist(LINE_STATE_BYTES).type("q=1");
  one.core.lineCut(LineFault.Lost);
  expectRefusal(t, one, "23", LineFault.Lost);
  one.core.lineCut(LineFault.Lost);
  expectRefusal(t, one, "x".repeat(50), LineFault.Lost);
  one.type("abc").core.lineCut(LineFault.Lost);
  t.deepEqual(one.type("\x03d\r").lines.at(-1), "d");
});

scene("characters of several bytes are moved over and erased whole", (t, typist) => {
  const one = typist();
  expectLine(t, one, `aä€😀z${LEFT}${LEFT}${LEFT}${BACKSPACE}b`, "ab€😀z");
  expectLine(t, one, `ä€${LEFT}x`, "äx€");
});

scene("a character that does not fit whole is refused whole", (t, typist) => {
  const one = typist(LINE_STATE_BYTES).type(`${"x".repeat(39)}€`);
  t.is(one.text, "x".repeat(39));
  expectRefusal(t, one, "", LineFault.TooLong);
});

scene("bytes that are no UTF-8 leave no broken character in the line, and it is refused", (t, typist) => {
  const one = typist().type(Uint8Array.of(0x61, 0xe2, 0x82, 0x62, 0x80, 0xff, 0xf8, 0xe2, 0xc3, 0xa4));
  t.is(one.text, "abä");
  expectRefusal(t, one, Uint8Array.of(0xe2), LineFault.NotText);
  for (const wrong of [[0x80], [0xff], [0xe9], [0xe2, 0x82], [0xc3, 0x28]]) expectRefusal(t, one, Uint8Array.of(0x61, ...wrong, 0x62), LineFault.NotText);
});

scene("Ctrl-C drops the line and keeps the history", (t, typist) => {
  const one = typist().type("kept\rgone\x03");
  t.deepEqual(one.events, [LineEvent.Done, LineEvent.Cleared]);
  t.is(one.type(UP).row.text, "kept");
  t.is(one.type("\x03new\r").lines.at(-1), "new");
});

scene("Ctrl-D asks for a reset on an empty line only; the Delete key never does", (t, typist) => {
  const one = typist().type(`${DELETE}ab${LEFT}\x04`);
  t.deepEqual(one.events, []);
  t.is(one.row.text, "a");
  t.deepEqual(one.type(`${BACKSPACE}\x04`).events, [LineEvent.Reset]);
});

scene("Ctrl-L shows the prompt and the line on a clear screen", (t, typist) => {
  const one = typist().type(`abc${LEFT}\x0c`);
  t.is(one.row.text, "> abc");
  t.is(one.row.cursor, 4);
});

scene("a key sequence of no meaning changes nothing", (t, typist) => {
  expectLine(t, typist(), `a${ESC}[5~b${ESC}[1;5Pc${ESC}xd${ESC}OQe\x00\x1cf`, "abcdef");
});

scene("40 000 random keys: the screen shows the text, lines are whole characters, nothing is written outside", (t, typist) => {
  const one = typist(300);
  for (const keys of randomFrom(1234, 40_000)) {
    one.type(keys);
    if (one.row.text !== one.text) t.fail(`after ${JSON.stringify(keys)} the screen shows ${JSON.stringify(one.row.text)}, the line is ${JSON.stringify(one.text)}`);
  }
  t.true(one.isConfined);
  t.true(one.lines.length > 500);
});
