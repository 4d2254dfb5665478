// @ts-check
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getBrowser, thisMachine } from "../find-browser.mjs";
import { playwrightCounts, vitestCounts } from "./counts.mjs";
import { binary, run } from "./run.mjs";

/** @typedef {import("./counts.mjs").Counts} Counts */

/**
 * @param {string} root
 * @returns {Promise<Counts>} a failed check counts as a failure, a passed one as no test
 */
export async function verifyStage(root) {
  const { code } = await run(process.execPath, ["scripts/verify.mjs"], { cwd: root });
  return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/**
 * @param {string} root
 * @param {{ args?: string[], env?: Record<string, string>, node?: string[] }} [options] `node`: the command that is Node
 * @returns {Promise<Counts>}
 */
export function vitestStage(root, { args = [], env = {}, node = [process.execPath] } = {}) {
  return withReport(async (report) => {
    const [command = process.execPath, ...first] = node;
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const { code } = await run(command, [...first, "node_modules/vitest/vitest.mjs", "run", ...reporters, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
    });
    return vitestCounts(report, code);
  });
}

/**
 * Browser tests on a built server: finds the browser, builds when something changed, runs.
 * @param {string} root
 * @param {string[]} [args]
 * @returns {Promise<Counts>}
 */
export async function browserStage(root, args = []) {
  const failure = { passed: 0, failed: 1, skipped: 0 };
  /** @type {string} */
  let browser;
  try {
    browser = await getBrowser(thisMachine());
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return failure;
  }
  const built = await run(process.execPath, ["scripts/build.mjs", "--if-stale"], { cwd: root });
  if (built.code !== 0) return failure;
  return withReport(async (report) => {
    const { code } = await run(binary(root, "playwright"), ["test", "--reporter=list,json", ...args], {
      cwd: root,
      env: { ...process.env, CHROMIUM_PATH: browser, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
    });
    return playwrightCounts(report, code);
  });
}

/**
 * @template T
 * @param {(path: string) => Promise<T>} work
 */
async function withReport(work) {
  const folder = mkdtempSync(join(tmpdir(), "nestegg-report-"));
  try {
    return await work(join(folder, "report.json"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs stages in order and stops after the first that fails; always ends with the line of sums.
 * @param {[string, () => Promise<Counts>][]} stages
 * @returns {Promise<Counts[]>}
 */
export async function runStages(stages) {
  /** @type {Counts[]} */
  const done = [];
  for (const [name, stage] of stages) {
    const startedAt = Date.now();
    console.log(`\n== ${name}`);
    const counts = await stage();
    done.push(counts);
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    console.log(
      `== ${name}: ${counts.failed === 0 ? "ok" : "FAILED"}, ${counts.passed} passed${skipped}, ${seconds} s`,
    );
    if (counts.failed > 0) break;
  }
  return done;
}
