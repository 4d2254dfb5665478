// @ts-check
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleServer } from "./bundle.mjs";

/** What tests start in processes of its own, hundreds of times in a run. */
const ENTRIES = {
  worker: "server/worker/main.ts",
  "runtime-process": "server/testing/runtime-process.ts",
  "restore-process": "server/testing/restore-process.ts",
  "upload-process": "server/testing/upload-process.ts",
  cli: "server/cli.ts",
  "kill-at": "server/cli/testing/kill-at.ts",
};

/** Vitest's global setup: one bundle of each for all tests of a run. Returns the way to remove them. */
export default async function bundleTestPrograms() {
  const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
  // Inside the project, where the packages are found.
  const outFolder = await mkdtemp(join(root, "dist-test-"));
  await bundleServer({ root, outFolder, entries: ENTRIES });
  process.env.NESTEGG_TEST_WORKER = join(outFolder, "worker.mjs");
  return () => rm(outFolder, { recursive: true, force: true });
}
