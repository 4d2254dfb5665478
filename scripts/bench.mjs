// @ts-check
// npm run bench -- [--size 1GB] [--store r2|local] [--rounds 3] [--seconds 10] [--only first|writer|load|transfer|restore|gate]
// npm run bench -- --only transfer [--store r2|local|s3] [--no-count] [--whole] [--profile FOLDER]; s3 is a bucket of yours, by the R2_… variables
import { fileURLToPath } from "node:url";
import { run } from "./lib/run.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const args = process.argv.slice(2);
// The transfer part starts no server: it bundles the worker alone, for itself.
const needsServer = !/(^| )--only[ =]transfer( |$)/.test(args.join(" "));
const built = needsServer ? await run(process.execPath, ["scripts/build.mjs", "--if-stale"], { cwd: root }) : null;
if (built && built.code !== 0) process.exit(1);
const { code } = await run(process.execPath, ["--import", "tsx", "bench/run.ts", ...args], { cwd: root });
process.exitCode = code;
