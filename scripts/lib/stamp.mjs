// @ts-check
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What a build was made from: `server` for dist/, `web` for dist/ and .next/ together.
 * @typedef {{ server: string, web: string }} Stamp
 */

const SERVER_INPUTS = ["package.json", "package-lock.json", "tsconfig.base.json", "scripts/lib/bundle.mjs", "server"];
const WEB_INPUTS = ["next.config.mjs", "postcss.config.mjs", "proxy.ts", "instrumentation.ts", "app", "components"];
/** Tests are never part of a build, so that editing one builds nothing. */
const NO_INPUT = /\.(test|soak)\.tsx?$|\/testing\//;

/**
 * By content, not by time: a fresh checkout or a copied folder has new times and the same content.
 * @param {string} root
 * @returns {Stamp}
 */
export function stampOf(root) {
  const server = hashOf(root, SERVER_INPUTS);
  return { server, web: hashOf(root, WEB_INPUTS, server) };
}

/**
 * @param {string} folder the dist folder
 * @returns {Partial<Stamp>}
 */
export function readStamp(folder) {
  const path = join(folder, "stamp.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}

/**
 * Whether dist/ and .next/ are what a build would make now. An installation without sources has nothing to compare.
 * @param {string} root
 */
export function isBuilt(root) {
  const stamp = readStamp(join(root, "dist"));
  if (!stamp.web || !existsSync(join(root, ".next", "BUILD_ID"))) return false;
  return !existsSync(join(root, "server")) || stamp.web === stampOf(root).web;
}

/**
 * @param {string} root
 * @param {string[]} names
 * @param {string} [seed]
 */
function hashOf(root, names, seed = "") {
  const hash = createHash("sha256").update(seed);
  for (const path of names.flatMap((name) => filesUnder(root, name))) {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/**
 * @param {string} root
 * @param {string} name a file or a folder; a missing one has no files
 * @returns {string[]}
 */
function filesUnder(root, name) {
  if (!existsSync(join(root, name))) return [];
  if (/\.\w+$/.test(name)) return [name];
  return readdirSync(join(root, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll("\\", "/").replace(/^\//, ""))
    .filter((path) => !NO_INPUT.test(path))
    .sort();
}
