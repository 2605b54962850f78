/** What -p may name, and opening it: a serial port, a socket. (qemu is a board to boot, see open-board.ts.) */
import { connect, type Socket } from "node:net";
import { ExitCode, Failure, usage } from "../failure";
import { streamOver, type ByteStream } from "../link/byte-stream";
import { describePort, listPorts, type SerialPortInfo } from "./ports";
import { openSerial } from "./serial";

/** A line that this process opened and can let go of. Closing it is not an end that onEnd tells. */
export interface Line extends ByteStream {
  /** For sentences. */
  readonly name: string;
  close(): Promise<void>;
}

export type PortSpec =
  | { kind: "qemu" | "auto" }
  | { kind: "path" | "unix"; path: string }
  | { kind: "usb"; vid: string; pid: string }
  | { kind: "tcp"; host: string; port: number };

export const PORT_FORMS = "PATH, auto, @vid:pid, tcp://host:port, unix:PATH or qemu";
const CONNECT_TIMEOUT_MS = 5000;

export function parsePort(text: string): PortSpec {
  if (text === "qemu" || text === "auto") return { kind: text };
  if (text.startsWith("@")) return parseUsb(text);
  if (text.startsWith("tcp:")) return parseTcp(text);
  if (text.startsWith("unix:")) {
    if (text.length === 5) throw usage(`the port is "${text}" and a path is expected after unix:`);
    return { kind: "unix", path: text.slice(5) };
  }
  if (text === "") throw usage(`the port is empty: give ${PORT_FORMS}`);
  return { kind: "path", path: text };
}

function parseUsb(text: string): PortSpec {
  const parts = /^@([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(text);
  if (parts === null) throw usage(`the port is "${text}" and two ids of four hexadecimal digits are expected, such as @0483:5740`);
  return { kind: "usb", vid: parts[1].toLowerCase(), pid: parts[2].toLowerCase() };
}

function parseTcp(text: string): PortSpec {
  const parts = /^tcp:\/\/(\[[^\]]+\]|[^:/]+):(\d{1,5})\/?$/.exec(text);
  const port = Number(parts?.[2]);
  if (parts === null || port < 1 || port > 65535) throw usage(`the port is "${text}" and a host with a number from 1 to 65535 is expected, such as tcp://localhost:4000`);
  return { kind: "tcp", host: parts[1].replace(/^\[|\]$/g, ""), port };
}

/** A baud rate from the command line. */
export function parseBaud(text: string): number {
  const baud = Number(text);
  if (!Number.isInteger(baud) || baud < 300 || baud > 4_000_000) throw usage(`--baud is "${text}" and a whole number from 300 to 4000000 is expected, such as 115200`);
  return baud;
}

/** Opens what is named. One sentence and exit code 3 when it is not there or more than one thing is meant. */
export async function openLine(spec: PortSpec, baud: number): Promise<Line> {
  switch (spec.kind) {
    case "path": return openSerial(spec.path, baud);
    case "auto": return openSerial(theOne(await listPorts(), "USB serial port").port, baud);
    case "usb": return openSerial(theOne(await listPorts(), `port @${spec.vid}:${spec.pid}`, spec).port, baud);
    case "unix": return openSocket(`unix:${spec.path}`, () => connect(spec.path));
    case "tcp": return openSocket(`tcp://${spec.host}:${spec.port}`, () => connect(spec.port, spec.host));
    case "qemu": throw new Error("qemu is booted, not opened");
  }
}

/** The only USB port there is, or the only one with these ids. */
export function theOne(ports: SerialPortInfo[], wanted: string, ids?: { vid: string; pid: string }): SerialPortInfo {
  const found = ports.filter(({ vid, pid }) => ids ? vid === ids.vid && pid === ids.pid : vid !== undefined);
  if (found.length === 1) return found[0];
  if (found.length > 1) throw new Failure(ExitCode.NoPort, `there is more than one ${wanted}: name one with -p: ${found.map(describePort).join(", ")}`);
  const others = ports.length > 0 ? `the ports are ${ports.map(describePort).join(", ")}` : "this machine has no serial ports";
  throw new Failure(ExitCode.NoPort, `there is no ${wanted}: ${others}; -p takes ${PORT_FORMS}`);
}

async function openSocket(name: string, dial: () => Socket): Promise<Line> {
  const socket = dial();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => { socket.destroy(); reject(new Failure(ExitCode.TimedOut, `${name} did not answer in ${CONNECT_TIMEOUT_MS / 1000} s`)); }, CONNECT_TIMEOUT_MS);
    socket.once("connect", () => { clearTimeout(timer); resolve(); });
    socket.once("error", (error) => { clearTimeout(timer); reject(new Failure(ExitCode.NoPort, `${name} cannot be reached (${error.message}): start what listens there, or name another port`)); });
  });
  socket.setNoDelay(true);
  const stream = streamOver(socket, socket);
  let wanted = false;
  return {
    name,
    write: stream.write,
    onBytes: stream.onBytes,
    onEnd: (listener) => stream.onEnd((why) => { if (!wanted) listener(`${name}: ${why}`); }),
    close: async () => {
      wanted = true;
      socket.destroy();
    },
  };
}
