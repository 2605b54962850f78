/**
 * What this project's tests need of a debugger: stop the emulated processor at functions, look at a register, let it go. It speaks
 * GDB's remote protocol to QEMU. So a byte can be put on the line at a moment that is a number of steps and no time.
 */
import { spawnSync } from "node:child_process";
import { connect, type Socket } from "node:net";
import { existsSync } from "node:fs";
import { until } from "../helpers/patience";

export class Debugger {
  private heard = "";
  private readonly replies: string[] = [];
  private wake: () => void = () => undefined;
  /** Where it stands, if that is a stop. */
  private at = 0;
  private readonly places = new Set<number>();

  private constructor(private readonly socket: Socket) {
    socket.on("data", (part: Buffer) => this.take(part.toString("latin1")));
    socket.on("error", () => undefined);
  }

  /** Connects to the socket that QEMU makes; the processor stands still then. */
  static async attach(path: string): Promise<Debugger> {
    await until(() => existsSync(path), () => `the debugger's socket ${path}`);
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => { socket.once("connect", resolve); socket.once("error", reject); });
    return new Debugger(socket);
  }

  /** Stops the processor before each of these addresses from now on, and no others. It must stand still. */
  async stopAt(addresses: number[]): Promise<void> {
    for (const place of this.places) if (!addresses.includes(place)) await this.ask(`z0,${place.toString(16)},2`);
    for (const place of addresses) if (!this.places.has(place)) await this.ask(`Z0,${place.toString(16)},2`);
    this.places.clear();
    for (const place of addresses) this.places.add(place);
  }

  /** Runs to the next stop, and returns the address. */
  async run(): Promise<number> {
    await this.stepOff();
    await this.ask("c");
    return this.at = await this.programCounter();
  }

  async go(): Promise<void> {
    await this.stepOff();
    this.send("c");
  }

  async halt(): Promise<void> {
    this.socket.write("\x03");
    await this.reply();
  }

  /** A word of memory, or of a device. */
  async word(address: number): Promise<number> { return Buffer.from(await this.ask(`m${address.toString(16)},4`), "hex").readUInt32LE(0); }

  close(): void { this.socket.destroy(); }

  /** The emulator would stop at once where it stands. */
  private async stepOff(): Promise<void> {
    const place = `0,${this.at.toString(16)},2`;
    if (this.places.has(this.at)) for (const command of [`z${place}`, "s", `Z${place}`]) await this.ask(command);
    this.at = 0;
  }

  /** Register 15 in the answer to "g". */
  private async programCounter(): Promise<number> { return Buffer.from((await this.ask("g")).slice(15 * 8, 16 * 8), "hex").readUInt32LE(0); }

  private ask(command: string): Promise<string> {
    this.send(command);
    return this.reply();
  }

  private send(command: string): void {
    const sum = [...Buffer.from(command)].reduce((all, byte) => all + byte, 0) & 255;
    this.socket.write(`$${command}#${sum.toString(16).padStart(2, "0")}`);
  }

  private async reply(): Promise<string> {
    if (this.replies.length === 0) await new Promise<void>((resolve) => { this.wake = resolve; });
    return this.replies.shift()!;
  }

  private take(part: string): void {
    this.heard += part;
    for (let match = /^[^$]*\$([^#]*)#../.exec(this.heard); match; match = /^[^$]*\$([^#]*)#../.exec(this.heard)) {
      this.heard = this.heard.slice(match[0].length);
      this.replies.push(match[1]!);
      this.socket.write("+");
    }
    if (this.replies.length > 0) this.wake();
  }
}

/** Where functions of an image begin. */
export function addressesOf(image: string, names: string[]): Map<number, string> {
  const { stdout } = spawnSync("arm-none-eabi-nm", [image], { encoding: "utf8" });
  return new Map(names.map((name) => {
    const found = new RegExp(`^([0-9a-f]+) [tT] ${name}$`, "m").exec(stdout);
    if (!found) throw new Error(`${image} has no function ${name}.`);
    return [parseInt(found[1]!, 16) & ~1, name];
  }));
}
