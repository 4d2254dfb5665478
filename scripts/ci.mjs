// @ts-check
// What .ci/run does after `npm ci`: the tests, a start and a stop, and the unit tests once more on a newer Node.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { checkMetrics } from "./check-metrics.mjs";
import { closingLine, sumCounts } from "./lib/counts.mjs";
import { runStages, vitestStage } from "./lib/stages.mjs";
import { smoke } from "./smoke.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const total = sumCounts(
  await runStages([
    ["npm test", testCommandStage],
    ["npm start", startStage],
    ["metrics, by Prometheus' own parser", metricsStage],
    ["unit and conformance on Node 24", () => vitestStage(root, { node: ["npx", "-y", "node@24"] })],
  ]),
);
console.log(`\n${closingLine(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;

/**
 * The README's own command; its last line has the counts.
 * @returns {Promise<import("./lib/counts.mjs").Counts>}
 */
function testCommandStage() {
  const child = spawn("npm", ["test"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  let tail = "";
  child.stdout.on("data", (chunk) => {
    process.stdout.write(chunk);
    tail = (tail + chunk).slice(-500);
  });
  return new Promise((resolve) => {
    child.once("close", (code) => {
      const [, passed = "0", failed = "1", skipped = "0"] =
        /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(tail) ?? [];
      const counts = { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
      resolve(code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts);
    });
  });
}

async function startStage() {
  return counted(await smoke(root));
}

async function metricsStage() {
  return counted(await checkMetrics(root));
}

/**
 * @param {string | null} fault
 * @returns {import("./lib/counts.mjs").Counts}
 */
function counted(fault) {
  if (fault) console.log(fault);
  return { passed: fault ? 0 : 1, failed: fault ? 1 : 0, skipped: 0 };
}
