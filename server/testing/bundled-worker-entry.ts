import type { WorkerEntry } from "../worker/worker-entry";
import { bundledProgram } from "./bundled-program";

/** In the place of `worker-entry.ts` under vitest: the worker as one bundle. */
export function workerEntry(): WorkerEntry {
  return { path: bundledProgram("worker"), execArgv: [] };
}
