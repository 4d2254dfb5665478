// @ts-check
// `npm run test:e2e -- [playwright arguments]`: the browser tests alone.
import { fileURLToPath } from "node:url";
import { closingLine } from "./lib/counts.mjs";
import { browserStage } from "./lib/stages.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const counts = await browserStage(root, process.argv.slice(2));
console.log(closingLine(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
