import { fileURLToPath } from "node:url";

export interface WorkerEntry {
  path: string;
  execArgv: string[];
}

/** In the build the worker stands beside this file as worker.mjs; from source it is main.ts, run by tsx. */
export function workerEntry(): WorkerEntry {
  const fromSource = import.meta.url.endsWith(".ts");
  return {
    path: fileURLToPath(new URL(fromSource ? "./main.ts" : "./worker.mjs", import.meta.url)),
    execArgv: fromSource ? ["--import", "tsx"] : [],
  };
}
