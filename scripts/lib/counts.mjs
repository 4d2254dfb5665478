// @ts-check
import { existsSync, readFileSync } from "node:fs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * From vitest's JSON report. A run that wrote none, or failed outside of a test, counts as one failure.
 * @param {string} path
 * @param {number} code the run's exit code
 * @returns {Counts}
 */
export function vitestCounts(path, code) {
  if (!existsSync(path)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(path, "utf8"));
  const skipped = report.numPendingTests + (report.numTodoTests ?? 0);
  return atLeastOneFailure({ passed: report.numPassedTests, failed: report.numFailedTests, skipped }, code);
}

/**
 * From Playwright's JSON report.
 * @param {string} path
 * @param {number} code the run's exit code
 * @returns {Counts}
 */
export function playwrightCounts(path, code) {
  if (!existsSync(path)) return { passed: 0, failed: 1, skipped: 0 };
  const { stats } = JSON.parse(readFileSync(path, "utf8"));
  return atLeastOneFailure(
    { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped },
    code,
  );
}

/**
 * @param {Counts} counts
 * @param {number} code
 */
function atLeastOneFailure(counts, code) {
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/**
 * @param {Counts[]} all
 * @returns {Counts}
 */
export function sumCounts(all) {
  const sum = (/** @type {keyof Counts} */ key) => all.reduce((total, counts) => total + counts[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** @param {Counts} counts */
export function closingLine({ passed, failed }) {
  return `${passed} passed, ${failed} failed`;
}
