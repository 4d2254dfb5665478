// @ts-check
import { readFileSync } from "node:fs";

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {string} [resolved]
 * @property {string} [integrity]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 * @property {boolean} [dev]
 * @property {boolean} [devOptional]
 * @property {boolean} [optional]
 * @property {Record<string, string>} [optionalDependencies]
 *
 * @typedef {{ packages: Record<string, LockEntry> }} Lock
 * @typedef {{ parent: string, name: string, range: string, siblings: string[] }} MissingEntry
 */

/**
 * @param {string} path
 * @returns {Lock}
 */
export function readLock(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

/**
 * Where Node would find `name` from the package at `from`: its own node_modules, then each one further up.
 * @param {Lock} lock
 * @param {string} from
 * @param {string} name
 * @returns {string | null}
 */
export function resolveEntry(lock, from, name) {
  const above = from
    .split("/node_modules/")
    .map((_, index, parts) => parts.slice(0, parts.length - index).join("/node_modules/"));
  for (const place of from === "" ? [] : above) {
    const key = `${place}/node_modules/${name}`;
    if (lock.packages[key]) return key;
  }
  const key = `node_modules/${name}`;
  return lock.packages[key] ? key : null;
}

/**
 * Optional dependencies without an entry: `npm ci` calls such a lock out of sync and stops.
 * @param {Lock} lock
 * @returns {MissingEntry[]}
 */
export function missingOptionalEntries(lock) {
  return Object.entries(lock.packages).flatMap(([parent, entry]) => {
    const wanted = entry.optionalDependencies ?? {};
    return Object.entries(wanted)
      .filter(([name]) => resolveEntry(lock, parent, name) === null)
      .map(([name, range]) => ({ parent, name, range, siblings: Object.keys(wanted) }));
  });
}

/**
 * Everything that would make `npm ci` fail on some machine, as sentences. Empty when all is well.
 * @param {Lock} lock
 * @returns {string[]}
 */
export function lockFaults(lock) {
  const missing = missingOptionalEntries(lock).map(
    ({ parent, name }) => `${name}, an optional dependency of ${parent}, has no entry`,
  );
  // A recorded address would send everyone to one registry, also where npm is set to use another.
  const pinned = Object.entries(lock.packages)
    .filter(([, entry]) => /^https?:/.test(entry.resolved ?? ""))
    .map(([key]) => `${key} names the address it was downloaded from`);
  return [...missing, ...pinned];
}

const SYSTEMS = new Set([
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
]);
const PROCESSORS = new Set([
  "arm",
  "arm64",
  "ia32",
  "loong64",
  "mips64el",
  "ppc64",
  "riscv64",
  "s390x",
  "wasm32",
  "x64",
]);

/**
 * What a platform package declares, read from its name, for registries that do not carry it.
 * @param {string} name
 * @param {string[]} siblings the names it is published beside
 * @returns {{ os?: string[], cpu?: string[], libc?: string[] }}
 */
export function platformFromName(name, siblings) {
  const words = name.split(/[/-]/);
  const os = words.filter((word) => SYSTEMS.has(word));
  const cpu = words.filter((word) => PROCESSORS.has(word));
  if (cpu.length === 0) throw new Error(`${name}: no processor in the name, write its entry by hand`);
  // "linux-x64" beside "linux-x64-musl" is the glibc one. The 32-bit ARM builds ("gnueabihf") declare no libc.
  const musl = words.includes("musl");
  const glibc = words.includes("gnu") || siblings.includes(`${name}-musl`);
  return {
    ...(os.length > 0 && { os }),
    cpu,
    ...(musl ? { libc: ["musl"] } : glibc ? { libc: ["glibc"] } : {}),
  };
}
