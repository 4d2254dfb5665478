// @ts-check
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleServer } from "./bundle.mjs";

/** Vitest's global setup: one bundle of the worker for all tests of a run. Returns the way to remove it. */
export default async function bundleTestWorker() {
  const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
  // Inside the project, where the packages are found.
  const outFolder = await mkdtemp(join(root, "dist-test-"));
  await bundleServer({ root, outFolder, entries: { worker: "server/worker/main.ts" } });
  process.env.NESTEGG_TEST_WORKER = join(outFolder, "worker.mjs");
  return () => rm(outFolder, { recursive: true, force: true });
}
