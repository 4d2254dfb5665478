// @ts-check
// npm run bench -- [--size 1GB] [--store r2|local] [--rounds 3] [--seconds 10] [--only first|writer|load|restore|gate]
import { fileURLToPath } from "node:url";
import { run } from "./lib/run.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const built = await run(process.execPath, ["scripts/build.mjs", "--if-stale"], { cwd: root });
if (built.code !== 0) process.exit(1);
const { code } = await run(process.execPath, ["--import", "tsx", "bench/run.ts", ...process.argv.slice(2)], {
  cwd: root,
});
process.exitCode = code;
