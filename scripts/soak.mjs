// @ts-check
// `npm run soak -- [vitest arguments]`: the same properties in large counts; hours, not minutes.
import { fileURLToPath } from "node:url";
import { closingLine } from "./lib/counts.mjs";
import { vitestStage } from "./lib/stages.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const args = ["--config=vitest.soak.config.ts", ...process.argv.slice(2)];
const counts = await vitestStage(root, { args, env: { SOAK: "1" } });
console.log(closingLine(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
