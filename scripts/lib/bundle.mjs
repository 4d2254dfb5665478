// @ts-check
import { cp } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { build } from "esbuild";

export const SERVER_ENTRIES = { main: "server/main.ts", worker: "server/worker/main.ts", cli: "server/cli.ts" };

/** Out of their hundreds of files these take twice as long to load and more, and nearly every worker loads one of them. */
const INSIDE = /^@aws-sdk\/|^@duckdb\/node-api$/;
/** What DuckDB's package loads itself; it looks for the library beside itself. */
const NATIVE = "@duckdb/node-bindings";

/**
 * All other packages stay where npm put them: some have native parts, or look for files beside themselves.
 * @type {import("esbuild").Plugin}
 */
const packagesOutside = {
  name: "packages-outside",
  setup({ onResolve }) {
    // Neither a relative path nor our own "@/".
    onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
      const isOurs = path.startsWith("@/") || isAbsolute(path);
      const isInside = isOurs || INSIDE.test(path) || importer.includes("/node_modules/");
      return isInside && path !== NATIVE ? undefined : { path, external: true };
    });
  },
};

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
    plugins: [packagesOutside],
    mainFields: ["module", "main"],
    // CommonJS parts of the S3 client ask for Node's own modules by `require`, which an ES module does not have.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
    alias: { "@": root },
    logLevel: "error",
  });
  await cp(join(root, "server/control/migrations"), join(outFolder, "migrations"), { recursive: true });
}
