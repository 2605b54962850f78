/**
 * The serial ports there are. On Linux the kernel tells in /sys, without a further program; elsewhere the package
 * serialport asks the system. (On Linux that package runs udevadm and takes the whole process down where it is missing.)
 */
import { existsSync, readFileSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadSerialport } from "./serial";

/** A serial port; what is not known is absent. Ids are four hexadecimal digits in small letters. */
export interface SerialPortInfo {
  port: string;
  vid?: string;
  pid?: string;
  manufacturer?: string;
  product?: string;
  serial?: string;
}

export async function listPorts(): Promise<SerialPortInfo[]> {
  if (process.platform === "linux") return linuxPorts();
  const { SerialPort } = await loadSerialport();
  return (await SerialPort.list()).map(({ path, vendorId, productId, manufacturer, serialNumber, ...rest }) => known({
    port: path, vid: vendorId?.toLowerCase(), pid: productId?.toLowerCase(), manufacturer, serial: serialNumber,
    product: (rest as { friendlyName?: string }).friendlyName,
  }));
}

/** Every tty that has a device behind it: not the consoles and pseudo-terminals, nor the unused slots of a PC's UARTs. */
export function linuxPorts(sys = "/sys"): SerialPortInfo[] {
  const folder = join(sys, "class", "tty");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "device")) && read(join(folder, name, "type")) !== "0")
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .map((name) => known({ port: `/dev/${name}`, ...usbAbove(realpathSync(join(folder, name, "device"))) }));
}

/** What the USB device says of itself that a port hangs on; nothing for a port that hangs on none. */
function usbAbove(folder: string): Omit<SerialPortInfo, "port"> {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    if (!existsSync(join(at, "idVendor"))) continue;
    const [vid, pid, manufacturer, product, serial] = ["idVendor", "idProduct", "manufacturer", "product", "serial"].map((name) => read(join(at, name)));
    return { vid, pid, manufacturer, product, serial };
  }
  return {};
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}

function known(info: SerialPortInfo): SerialPortInfo {
  return Object.fromEntries(Object.entries(info).filter(([, value]) => value !== undefined)) as unknown as SerialPortInfo;
}

/** A port in a sentence: /dev/ttyACM0 (0483:5740 Feather STM32F405). */
export function describePort({ port, vid, pid, product }: SerialPortInfo): string {
  const what = [vid && `${vid}:${pid}`, product].filter((word) => word !== undefined).join(" ");
  return what === "" ? port : `${port} (${what})`;
}
