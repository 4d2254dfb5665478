// @ts-check
// What .ci/run does after `npm ci`: the tests, a start and a stop, and the unit tests once more on a newer Node.
import { fileURLToPath } from "node:url";
import { closingLine, sumCounts } from "./lib/counts.mjs";
import { browserStage, runStages, verifyStage, vitestStage } from "./lib/stages.mjs";
import { smoke } from "./smoke.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const total = sumCounts(
  await runStages([
    ["verify", () => verifyStage(root)],
    ["unit and conformance", () => vitestStage(root)],
    ["browser", () => browserStage(root)],
    ["npm start", startStage],
    ["unit and conformance on Node 24", () => vitestStage(root, { node: ["npx", "-y", "node@24"] })],
  ]),
);
console.log(`\n${closingLine(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;

async function startStage() {
  const fault = await smoke(root);
  if (fault) console.log(fault);
  return { passed: fault ? 0 : 1, failed: fault ? 1 : 0, skipped: 0 };
}
