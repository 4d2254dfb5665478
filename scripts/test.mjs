// @ts-check
// `npm test`: everything that must hold, cheapest first; stops at the first stage that fails.
import { fileURLToPath } from "node:url";
import { closingLine, sumCounts } from "./lib/counts.mjs";
import { browserStage, runStages, verifyStage, vitestStage } from "./lib/stages.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const total = sumCounts(
  await runStages([
    ["verify", () => verifyStage(root)],
    ["unit and conformance", () => vitestStage(root)],
    ["browser", () => browserStage(root)],
  ]),
);
console.log(`\n${closingLine(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;
