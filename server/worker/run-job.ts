import { type ChildProcess, fork } from "node:child_process";
import { setPriority } from "node:os";
import { createInterface } from "node:readline";
import { workerEnvironment } from "../config";
import { AppError, isErrorCode } from "../errors";
import type { FromWorker, Job, ResultOf, ToWorker, WireError } from "./protocol";
import { workerEntry } from "./worker-entry";

/** Leaves room for the app on a busy machine, on Linux for its disk too (I/O priority follows); not at shutdown, where it cost 1.5 to 2 s. */
const LOW_PRIORITY_NICENESS = 10;
/** A cancelled worker drops its upload first; a store that hangs must not hold the caller for longer. */
const CANCEL_GRACE_MS = 5_000;

/** What the end means for the data, job by job. */
const CANCELLED: Record<Job["kind"], string> = {
  fingerprint: "Looking at the live file was cancelled. Nothing was changed.",
  upload: "The upload was cancelled. Nothing was registered.",
  verify: "The verification was cancelled. The backup is as it was, and nothing new is known of it.",
  download: "The download was cancelled. The live database was not touched.",
  inspect: "Inspecting the file was cancelled. It was only read.",
  "check-blocks": "Reading the live file was cancelled. Nothing was changed.",
  rescue: "The rescue was cancelled. It works on copies, so nothing was changed.",
};

/** The engine's own end when it reads a damaged file, in contrast to a kill from outside. */
const CRASH_SIGNALS = new Set<NodeJS.Signals>(["SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP"]);

export interface RunJobOptions {
  signal: AbortSignal;
  lowPriority: boolean;
  /** How long a cancelled worker may take to clean up before it is killed; 5 s by default. */
  cancelGraceMs?: number;
  /** Hears everything but the result, in order. */
  onMessage?(message: FromWorker): void;
  /** What the worker, or the engine in it, says on stderr, by lines; left out: it goes where this process's own goes. */
  onStderr?(line: string): void;
  /** Called once with a function that sends to the worker. */
  onStart?(send: (message: ToWorker) => void, pid: number): void;
}

export type RunJob = <J extends Job>(job: J, options: RunJobOptions) => Promise<ResultOf<J>>;

/**
 * Runs one job in a process of its own and resolves with its result. A process, because opening a damaged copy can abort
 * it, and because an open+close of the live file in the owner would drop DuckDB's lock. Rejects with the job's own error,
 * `cancelled` on abort, or `worker_died`. When it settles the process is gone.
 */
export const runJob: RunJob = (job, options) =>
  new Promise((resolve, reject) => {
    if (options.signal.aborted) return reject(cancelled(job.kind));
    const child = forkWorker(options.onStderr !== undefined);
    if (child.stderr) createInterface({ input: child.stderr }).on("line", (line) => options.onStderr?.(line));
    const send = (message: ToWorker) => {
      if (child.connected) child.send(message);
    };
    let outcome: { result: ResultOf<typeof job> } | { error: Error } | null = null;
    let killTimer: NodeJS.Timeout | undefined;
    const cancel = () => {
      send({ type: "cancel" });
      killTimer = setTimeout(() => child.kill("SIGKILL"), options.cancelGraceMs ?? CANCEL_GRACE_MS);
    };
    options.signal.addEventListener("abort", cancel, { once: true });

    child.on("message", (message: FromWorker) => {
      if (message.type === "ready") send({ type: "job", job });
      else if (message.type === "result") outcome = { result: message.result as ResultOf<typeof job> };
      else if (message.type === "error") outcome = { error: fromWire(message.error) };
      else options.onMessage?.(message);
    });
    child.on("error", (error) => {
      outcome ??= { error };
    });
    child.on("close", (code, signal) => {
      clearTimeout(killTimer);
      options.signal.removeEventListener("abort", cancel);
      if (outcome && "result" in outcome) return resolve(outcome.result);
      if (options.signal.aborted) return reject(cancelled(job.kind));
      reject(outcome?.error ?? died(job, code, signal));
    });

    if (options.lowPriority && child.pid !== undefined) lowerPriority(child.pid);
    if (child.pid !== undefined) options.onStart?.(send, child.pid);
  });

function forkWorker(listening: boolean): ChildProcess {
  const { path, execArgv } = workerEntry();
  return fork(path, [], {
    env: workerEnvironment(),
    execArgv,
    serialization: "advanced",
    stdio: ["ignore", "inherit", listening ? "pipe" : "inherit", "ipc"],
  });
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, LOW_PRIORITY_NICENESS);
  } catch (error) {
    // The child may be over before this call; a worker at normal priority is only less polite.
    if ((error as NodeJS.ErrnoException).code !== "ERR_SYSTEM_ERROR") throw error;
  }
}

function cancelled(kind: Job["kind"]): AppError {
  return new AppError("cancelled", CANCELLED[kind]);
}

function died(job: Job, code: number | null, signal: NodeJS.Signals | null): AppError {
  if (signal && CRASH_SIGNALS.has(signal)) {
    return new AppError(
      "worker_crashed",
      `The worker process for this ${job.kind} crashed (${signal}). The live database is not affected.`,
      {
        hint: "Reading a damaged copy can do this; look at the log lines before this one.",
      },
    );
  }
  const how = signal ? `by ${signal}` : `with exit code ${code}`;
  return new AppError(
    "worker_died",
    `The worker process for this ${job.kind} ended ${how} before it was done. The live database is not affected.`,
    {
      hint: "Try again; if it repeats, look for the kernel's out-of-memory messages and at the log lines before this one.",
    },
  );
}

function fromWire(wire: WireError): Error {
  if (wire.code !== null && isErrorCode(wire.code)) {
    return new AppError(wire.code, wire.message, { hint: wire.hint ?? undefined, cause: wire.stack });
  }
  const error = new Error(wire.message);
  if (wire.stack) error.stack = wire.stack;
  return error;
}
