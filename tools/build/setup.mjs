/**
 * What a command needs of the system, and what to say where something is missing. Only Debian's packages are installed
 * from here; for four other package managers there is the one command to run. When the tools are there nothing is said,
 * whatever the system. Plain JavaScript without effects, because build.mjs needs it before anything is installed and
 * tests ask it about systems that are not this one.
 */

/** @typedef {"apt-get" | "dnf" | "pacman" | "zypper" | "brew"} Manager */
/** @typedef {"qemu" | "gcc" | "newlib" | "python" | "cc" | "duk" | "dfu"} Tool */

/**
 * Tools, how messages call them, and the packages that bring them. Debian's are tried in every test. Those of dnf,
 * pacman and brew are as other projects' instructions have them; nobody here ran them. Of zypper's, the compiler's and
 * newlib's are guesses from the names of packages (README.md says so too).
 * @type {Record<Tool, { title: string, packages: Record<Manager, string[]> }>}
 */
export const TOOLS = {
  qemu: tool("qemu-system-arm", "qemu-system-arm", "qemu-system-arm", "qemu-system-arm", "qemu-arm", "qemu"),
  gcc: tool("arm-none-eabi-gcc", "gcc-arm-none-eabi binutils-arm-none-eabi", "arm-none-eabi-gcc-cs", "arm-none-eabi-gcc",
    "cross-arm-none-gcc14", "gcc-arm-embedded"),
  newlib: tool("newlib for arm-none-eabi (nano.specs)", "libnewlib-arm-none-eabi", "arm-none-eabi-newlib", "arm-none-eabi-newlib",
    "cross-arm-none-newlib-devel", "gcc-arm-embedded"),
  python: tool("python3 with the yaml module", "python3 python3-yaml", "python3 python3-pyyaml", "python python-yaml",
    "python3 python3-PyYAML", "python pyyaml"),
  cc: tool("cc", "gcc libc6-dev", "gcc", "gcc", "gcc", "gcc"),
  duk: everywhere("duk", "duktape"),
  dfu: everywhere("dfu-suffix", "dfu-util"),
};

/**
 * A tool and its packages for each package manager, several with spaces between.
 * @param {string} title
 * @param {string} apt
 * @param {string} dnf
 * @param {string} pacman
 * @param {string} zypper
 * @param {string} brew
 */
function tool(title, apt, dnf, pacman, zypper, brew) {
  const list = (/** @type {string} */ text) => text.split(" ");
  return { title, packages: { "apt-get": list(apt), dnf: list(dnf), pacman: list(pacman), zypper: list(zypper), brew: list(brew) } };
}

/**
 * A tool whose package has one name everywhere.
 * @param {string} title
 * @param {string} name
 */
function everywhere(title, name) { return tool(title, name, name, name, name, name); }

/** @type {Record<Manager, (packages: string) => string>} */
const COMMANDS = {
  "apt-get": (packages) => `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages}`,
  dnf: (packages) => `sudo dnf install -y ${packages}`,
  pacman: (packages) => `sudo pacman -S --needed ${packages}`,
  zypper: (packages) => `sudo zypper install -y ${packages}`,
  brew: (packages) => `brew install ${packages}`,
};

/** @type {Tool[]} */
const BUILD = ["gcc", "newlib", "python"];
/** @type {Tool[]} */
const BOARD = ["qemu", ...BUILD];

/**
 * The tools of the system that a command line needs before it starts. What a command may need later (a runner that
 * flashes, an engine's binary) it asks for itself.
 * @param {string[]} args what stands behind `node build.mjs`
 * @returns {Tool[]}
 */
export function toolsFor(args) {
  const has = (/** @type {RegExp} */ pattern) => args.some((arg) => pattern.test(arg));
  if (args.length === 0 || has(/^(-h|--help|-V|--version)$/)) return [];
  switch (args[0]) {
    case "test": return /** @type {Tool[]} */ (Object.keys(TOOLS));
    case "setup": case "start": case "qemu": case "bench": return BOARD;
    case "build": return has(/^--(profile|engine)\b/) ? [] : BUILD;
    case "size": return has(/^--(heap|record)$/) ? BOARD : BUILD;
    case "flash": return has(/^--image\b/) ? [] : BUILD;
    case "console": case "monitor": case "feed": case "load": return has(/^(-p|--port=)?qemu$/) ? BOARD : [];
    default: return [];
  }
}

/**
 * The packages of some tools, each once.
 * @param {Tool[]} tools
 * @param {Manager} manager
 */
export function packagesFor(tools, manager) { return [...new Set(tools.flatMap((tool) => TOOLS[tool].packages[manager]))]; }

/**
 * What a person reads when tools are missing and cannot be installed from here.
 * @param {Tool[]} missing
 * @param {(program: string) => boolean} isThere whether a program is on PATH
 */
export function adviceFor(missing, isThere) {
  const names = missing.map((tool) => TOOLS[tool].title).join(", ");
  const manager = /** @type {Manager | undefined} */ (Object.keys(COMMANDS).find(isThere));
  if (manager === undefined) {
    const known = Object.keys(COMMANDS).join(", ");
    return `missing: ${names}. None of ${known} is here to install them: do it by hand, then try again`;
  }
  const command = COMMANDS[manager](packagesFor(missing, manager).join(" "));
  return `missing: ${names}. Run this, then try again:\n  ${command}`;
}

/**
 * Why nothing works on this kind of system; undefined where it may.
 * @param {string} platform as process.platform has it
 */
export function platformFault(platform) {
  if (platform !== "win32") return undefined;
  return "Windows cannot build this: run `wsl --install -d Debian`, clone the project inside of WSL and try again there";
}
