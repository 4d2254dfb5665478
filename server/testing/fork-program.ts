import { type ChildProcess, fork } from "node:child_process";
import { dirname, join } from "node:path";

/** Programs of this folder that tests kill; `scripts/lib/bundle-test-programs.mjs` bundles them beside the worker. */
type Program = "runtime-process" | "restore-process" | "upload-process";

/** Starts it as one bundle, several times as fast as its sources would; its workers lie beside it. */
export function forkProgram(name: Program, words: string[], environment: Record<string, string> = {}): ChildProcess {
  const worker = process.env.NESTEGG_TEST_WORKER;
  if (!worker) throw new Error("The programs were not bundled: vitest's global setup has not run.");
  return fork(join(dirname(worker), `${name}.mjs`), words, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}
