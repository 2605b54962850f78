/** What test:fresh decides without touching anything, so that tests can ask it. */

export const RELEASES = ["bookworm", "trixie"];

/**
 * Why it cannot be done, in a sentence; undefined when it can.
 * @param {string[]} releases as they were given
 * @param {boolean} isRoot
 * @param {string} platform
 */
export function refuse(releases, isRoot, platform) {
  const stranger = releases.find((name) => !RELEASES.includes(name));
  if (releases.length === 0 || stranger !== undefined) {
    const wrong = stranger === undefined ? "and none was given" : `not ${stranger}`;
    return `test:fresh takes names of Debian releases (${RELEASES.join(", ")}), ${wrong}`;
  }
  if (platform !== "linux") return "test:fresh makes a root of Debian, which takes Linux: run it there";
  if (!isRoot) return `test:fresh makes a root of Debian, which takes root: run \`sudo npm run test:fresh -- ${releases.join(" ")}\``;
  return undefined;
}

const DEBIAN = "http://deb.debian.org/debian";

/**
 * The mirror of Debian's main archive that this machine uses, or Debian's own.
 * @param {string} targets what `apt-get indextargets` printed, a site and a component per line
 */
export function mirrorOf(targets) {
  const lines = targets.split("\n").map((line) => line.split(" "));
  const sites = lines.filter(([, component]) => component === "main").map(([site]) => site.replace(/\/$/, ""));
  return sites.find((site) => site.endsWith("/debian")) ?? DEBIAN;
}

/**
 * The labels of the steps that a build did, by what it said.
 * @param {string} log
 */
export function stepsIn(log) {
  return [...log.matchAll(/^zcache: (?:set-up )?\d+\/\d+ (.*?)(?: \(last time [\d.]+ s\))? \.\.\.$/gm)].map(([, label]) => label);
}

/** Variables by which a person's machine reaches registries and mirrors: they hold in the root, too. */
const PASSED = /^(npm_config_.*|https?_proxy|no_proxy|all_proxy|node_extra_ca_certs|ssl_cert_file|ssl_cert_dir)$/i;
/** What npm itself sets while it runs a script: of that run, not of the machine. */
const OF_THE_RUN = new RegExp(`^npm_config_(${["local_prefix", "global_prefix", "prefix", "node_gyp", "noproxy", "init_module",
  "cache", "userconfig", "globalconfig", "user_agent", "npm_version"].join("|")})$`, "i");

/**
 * The environment of the root's programs.
 * @param {NodeJS.ProcessEnv} env this machine's
 * @returns {Record<string, string>}
 */
export function environmentFrom(env) {
  const passed = Object.entries(env).filter(([name, value]) => value && PASSED.test(name) && !OF_THE_RUN.test(name));
  return { .../** @type {Record<string, string>} */ (Object.fromEntries(passed)), HOME: "/root", LANG: "C.UTF-8", CI: "true",
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
}

/**
 * Files of certificates that settings name, absolute.
 * @param {Record<string, string>} env
 * @param {string} npmrc texts of npm's settings
 */
export function certificatesIn(env, npmrc) {
  const isNamed = (/** @type {string} */ name) => /^(node_extra_ca_certs|ssl_cert_file|npm_config_cafile)$/i.test(name);
  const named = Object.entries(env).filter(([name]) => isNamed(name)).map(([, path]) => path);
  const inSettings = [...npmrc.matchAll(/^\s*cafile\s*=\s*"?([^"\n]+?)"?\s*$/gm)].map(([, path]) => path);
  return [...new Set([...named, ...inSettings])].filter((path) => path.startsWith("/"));
}
