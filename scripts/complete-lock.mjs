// @ts-check
// Run after each `npm install` that changed package-lock.json: npm leaves out optional packages that its registry
// does not carry, and `npm ci` then refuses the lock ("Missing: … from lock file").
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { missingOptionalEntries, platformFromName, readLock } from "./lib/lock.mjs";

/** @typedef {import("./lib/lock.mjs").LockEntry} LockEntry */
/** @typedef {import("./lib/lock.mjs").MissingEntry} MissingEntry */

const lockPath = fileURLToPath(new URL("../package-lock.json", import.meta.url));
const lock = readLock(lockPath);
const missing = missingOptionalEntries(lock);
let guessed = 0;

for (const item of missing) {
  const key = `node_modules/${item.name}`;
  const place = lock.packages[key] ? `${item.parent}/${key}` : key;
  lock.packages[place] = entryOf(item);
}
for (const entry of Object.values(lock.packages)) {
  if (/^https?:/.test(entry.resolved ?? "")) delete entry.resolved;
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")));
writeFileSync(lockPath, `${JSON.stringify(lock, null, 2)}\n`);
console.log(
  `${missing.length} entries added, ${guessed} of them from the package's name because the registry does not carry it.`,
);

/**
 * @param {MissingEntry} item
 * @returns {LockEntry}
 */
function entryOf({ parent, name, range, siblings }) {
  const from = lock.packages[parent] ?? {};
  const published = viewPackage(`${name}@${range}`);
  if (!published) guessed += 1;
  if (!published && !/^\d/.test(range))
    throw new Error(`${name}: no exact version in "${range}", write its entry by hand`);
  const facts = published ?? { version: range, ...platformFromName(name, siblings) };
  return {
    version: facts.version,
    ...(facts.integrity && { integrity: facts.integrity }),
    ...(facts.cpu && { cpu: facts.cpu }),
    ...(from.dev && { dev: true }),
    ...(facts.libc && { libc: facts.libc }),
    optional: true,
    ...(facts.os && { os: facts.os }),
  };
}

/**
 * @param {string} spec
 * @returns {LockEntry | null} null when the registry does not have it
 */
function viewPackage(spec) {
  /** @type {string} */
  let answer;
  try {
    answer = execFileSync("npm", ["view", spec, "version", "os", "cpu", "libc", "dist.integrity", "--json"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const said = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
    if (said.includes("E404")) return null;
    throw error;
  }
  const parsed = JSON.parse(answer);
  const { "dist.integrity": integrity, ...facts } = Array.isArray(parsed) ? parsed.at(-1) : parsed;
  return { ...facts, integrity };
}
