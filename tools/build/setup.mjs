/**
 * What a command needs of the system, and what to say where something is missing. Only Debian's packages are installed from
 * here; for four other package managers there is the one command to run. When the tools are there nothing is said, whatever
 * the system. Plain JavaScript without effects, because build.mjs needs it before anything is installed and tests ask it
 * about systems that are not this one.
 */

/** @typedef {"apt-get" | "dnf" | "pacman" | "zypper" | "brew"} Manager */
/** @typedef {"qemu" | "gcc" | "newlib" | "wasm2c" | "python" | "cc" | "duk" | "dfu"} Tool */

/**
 * Tools, how messages call them, and the packages that bring them. Debian's are tried in every test. Those of dnf, pacman and
 * brew are as other projects' instructions have them; nobody here ran them. Of zypper's, the compiler's and newlib's are
 * guesses from the names of packages (README.md says so too).
 * @type {Record<Tool, { title: string, packages: Record<Manager, string[]> }>}
 */
export const TOOLS = {
  qemu: { title: "qemu-system-arm", packages: { "apt-get": ["qemu-system-arm"], dnf: ["qemu-system-arm"], pacman: ["qemu-system-arm"],
    zypper: ["qemu-arm"], brew: ["qemu"] } },
  gcc: { title: "arm-none-eabi-gcc", packages: { "apt-get": ["gcc-arm-none-eabi", "binutils-arm-none-eabi"], dnf: ["arm-none-eabi-gcc-cs"],
    pacman: ["arm-none-eabi-gcc"], zypper: ["cross-arm-none-gcc14"], brew: ["gcc-arm-embedded"] } },
  newlib: { title: "newlib for arm-none-eabi (nano.specs)", packages: { "apt-get": ["libnewlib-arm-none-eabi"], dnf: ["arm-none-eabi-newlib"],
    pacman: ["arm-none-eabi-newlib"], zypper: ["cross-arm-none-newlib-devel"], brew: ["gcc-arm-embedded"] } },
  wasm2c: { title: "wasm2c (wabt)", packages: { "apt-get": ["wabt"], dnf: ["wabt"], pacman: ["wabt"], zypper: ["wabt"], brew: ["wabt"] } },
  python: { title: "python3 with the yaml module", packages: { "apt-get": ["python3", "python3-yaml"], dnf: ["python3", "python3-pyyaml"],
    pacman: ["python", "python-yaml"], zypper: ["python3", "python3-PyYAML"], brew: ["python", "pyyaml"] } },
  cc: { title: "cc", packages: { "apt-get": ["gcc", "libc6-dev"], dnf: ["gcc"], pacman: ["gcc"], zypper: ["gcc"], brew: ["gcc"] } },
  duk: { title: "duk", packages: { "apt-get": ["duktape"], dnf: ["duktape"], pacman: ["duktape"], zypper: ["duktape"], brew: ["duktape"] } },
  dfu: { title: "dfu-suffix", packages: { "apt-get": ["dfu-util"], dnf: ["dfu-util"], pacman: ["dfu-util"], zypper: ["dfu-util"], brew: ["dfu-util"] } },
};

/** @type {Record<Manager, (packages: string) => string>} */
const COMMANDS = {
  "apt-get": (packages) => `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages}`,
  dnf: (packages) => `sudo dnf install -y ${packages}`,
  pacman: (packages) => `sudo pacman -S --needed ${packages}`,
  zypper: (packages) => `sudo zypper install -y ${packages}`,
  brew: (packages) => `brew install ${packages}`,
};

/** @type {Tool[]} */
const BUILD = ["gcc", "newlib", "wasm2c", "python"];
/** @type {Tool[]} */
const BOARD = ["qemu", ...BUILD];

/**
 * The tools of the system that a command line needs before it starts. What a command may need later (a runner that flashes,
 * an engine's binary) it asks for itself.
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
  if (manager === undefined) return `missing: ${names}. None of ${Object.keys(COMMANDS).join(", ")} is here to install them: do it by hand, then try again`;
  return `missing: ${names}. Run this, then try again:\n  ${COMMANDS[manager](packagesFor(missing, manager).join(" "))}`;
}

/**
 * Why nothing works on this kind of system; undefined where it may.
 * @param {string} platform as process.platform has it
 */
export function platformFault(platform) {
  if (platform !== "win32") return undefined;
  return "Windows by itself cannot build this: run `wsl --install -d Debian`, clone the project inside of WSL and try again there";
}
