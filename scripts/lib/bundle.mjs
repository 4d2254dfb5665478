// @ts-check
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

export const SERVER_ENTRIES = { main: "server/main.ts", worker: "server/worker/main.ts", cli: "server/cli.ts" };

/**
 * Bundles entries of the server into `outFolder`, with the migrations that they look for beside themselves.
 * @param {{ root: string, outFolder: string, entries: Record<string, string> }} input
 */
export async function bundleServer({ root, outFolder, entries }) {
  await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: outFolder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    // A worker loads the engine or the S3 client only for a job that needs it.
    splitting: true,
    chunkNames: "[name]-[hash]",
    target: "node20",
    packages: "external",
    alias: { "@": root },
    logLevel: "error",
  });
  await cp(join(root, "server/control/migrations"), join(outFolder, "migrations"), { recursive: true });
}
