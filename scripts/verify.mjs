// @ts-check
// Everything that can be checked without running the product, in seconds: types, lint, rooms, documents, lock.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkDocuments } from "./lib/doc-paths.mjs";
import { lockFaults, readLock } from "./lib/lock.mjs";
import { checkRooms } from "./lib/rooms.mjs";
import { binary, run } from "./lib/run.mjs";

/** @typedef {{ ok: boolean, note: string, detail?: string }} Outcome */

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** @type {[string, () => Promise<Outcome>][]} */
const checks = [
  ["types", types],
  ["lint", lint],
  ["rooms", rooms],
  ["documents", documents],
  ["lock", lock],
];

const results = await Promise.all(checks.map(([name, check]) => runCheck(name, check)));
const failed = results.filter((ok) => !ok).length;
console.log(`${results.length - failed} checks passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * @param {string} name
 * @param {() => Promise<Outcome>} check
 */
async function runCheck(name, check) {
  const startedAt = Date.now();
  const { ok, note, detail } = await check();
  if (!ok && detail) console.log(detail.trimEnd());
  console.log(`${ok ? "ok  " : "FAIL"} ${name.padEnd(10)} ${note}, ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  return ok;
}

/** @returns {Promise<Outcome>} */
async function types() {
  // A fresh checkout, or one whose build was killed, lacks the declarations that Next writes.
  const declared = join(root, "next-env.d.ts");
  const ready =
    existsSync(declared) &&
    existsSync(join(root, ".next/types/routes.d.ts")) &&
    readFileSync(declared, "utf8").includes('"./.next/types/');
  if (!ready) {
    const made = await run(binary(root, "next"), ["typegen"], {
      cwd: root,
      env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
      quiet: true,
    });
    if (made.code !== 0) return { ok: false, note: "route types could not be written", detail: made.output };
  }
  const { code, output } = await run(binary(root, "tsc"), ["--noEmit", "--pretty", "false"], {
    cwd: root,
    quiet: true,
  });
  return { ok: code === 0, note: `${output.match(/error TS/g)?.length ?? 0} errors`, detail: output };
}

/** @returns {Promise<Outcome>} */
async function lint() {
  const { code, output } = await run(binary(root, "biome"), ["check", "--error-on-warnings", "."], {
    cwd: root,
    quiet: true,
  });
  return { ok: code === 0, note: /Checked \d+ files/.exec(output)?.[0].toLowerCase() ?? "no files", detail: output };
}

/** @returns {Promise<Outcome>} */
async function rooms() {
  const { files, breaches } = checkRooms(root);
  return {
    ok: breaches.length === 0,
    note: `${breaches.length} breaches in ${files} files`,
    detail: breaches.join("\n"),
  };
}

/** @returns {Promise<Outcome>} */
async function documents() {
  const { files, faults } = checkDocuments(root);
  return { ok: faults.length === 0, note: `${faults.length} wrong paths in ${files} files`, detail: faults.join("\n") };
}

/** @returns {Promise<Outcome>} */
async function lock() {
  const faults = lockFaults(readLock(join(root, "package-lock.json")));
  const hint = "Run `node scripts/complete-lock.mjs` and commit package-lock.json.";
  return { ok: faults.length === 0, note: `${faults.length} faults`, detail: [...faults, hint].join("\n") };
}
