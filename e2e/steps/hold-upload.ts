import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { deferred } from "../harness/deferred";
import type { TestServer } from "../harness/server";
import type { StoreGate } from "../harness/store-gate";

const LOOK_MS = 5;
const LOOK_LIMIT_MS = 60_000;
/** The parts before it are sent, so that a percentage can be seen. */
const FIRST_HELD_PART = 3;

export interface HeldUpload {
  /** Resolves when it stands still. */
  readonly caught: Promise<void>;
  release(): void;
}

/** The next backup's upload stops in its tracks until it is released: a run that lasts as long as the test looks at it. */
export function holdUpload(server: TestServer, gate: StoreGate | null): HeldUpload {
  if (gate) {
    return gate.hold(({ method, path, query }) => {
      const part = query.get("partNumber");
      return method === "PUT" && path.endsWith(".duckdb") && (part === null || Number(part) >= FIRST_HELD_PART);
    });
  }
  const worker = deferred<number>();
  return {
    caught: findWorker(server.pid).then((pid) => {
      process.kill(pid, "SIGSTOP");
      worker.resolve(pid);
    }),
    release: () => void worker.promise.then((pid) => process.kill(pid, "SIGCONT")),
  };
}

/** A local folder has no wire to pinch: the process that copies is halted instead. */
async function findWorker(parent: number): Promise<number> {
  const deadline = Date.now() + LOOK_LIMIT_MS;
  while (Date.now() < deadline) {
    const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,args="]);
    for (const line of stdout.split("\n")) {
      const [pid, ppid, ...command] = line.trim().split(/\s+/);
      if (Number(ppid) === parent && command.join(" ").includes("worker.mjs")) return Number(pid);
    }
    await sleep(LOOK_MS);
  }
  throw new Error(`The server (pid ${parent}) started no worker.`);
}
