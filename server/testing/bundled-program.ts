import { dirname, join } from "node:path";

/** What `scripts/lib/bundle-test-programs.mjs` bundled for this run: it starts several times as fast as its sources. */
export function bundledProgram(name: string): string {
  const worker = process.env.NESTEGG_TEST_WORKER;
  if (!worker) throw new Error("The programs were not bundled: vitest's global setup has not run.");
  return join(dirname(worker), `${name}.mjs`);
}
