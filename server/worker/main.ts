/** The worker's entry: one message in, progress out, one result, end. Ends at once when its parent is gone. */
import { isAppError } from "../errors";
import type { FromWorker, Job, JobContext, JobResult, ToWorker } from "./protocol";
import { createRequestReport } from "./request-report";
import { explainSystemError } from "./system-errors";

const cancel = new AbortController();
let askToSpill = () => {};
const spillWanted = new Promise<void>((resolve) => {
  askToSpill = resolve;
});

// A parent that was killed is met by "disconnect"; the message on its way there is nobody's any more.
const send = (message: FromWorker) => {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};

process.on("disconnect", () => process.exit(1));
process.on("SIGINT", () => undefined); // Ctrl-C reaches the whole group; the parent decides what becomes of this run.
process.on("SIGTERM", () => cancel.abort());
process.on("message", (message: ToWorker) => {
  if (message.type === "cancel") cancel.abort();
  if (message.type === "spill") askToSpill();
  if (message.type === "job") void perform(message.job);
});
send({ type: "ready" });

async function perform(job: Job): Promise<void> {
  const requests = createRequestReport(send);
  const context: JobContext = { signal: cancel.signal, send, spillWanted, watchRequests: requests.watch };
  const startedAt = performance.now();
  const tell = (text: string) =>
    send({ type: "log", level: "debug", fields: { durationMs: Math.round(performance.now() - startedAt) }, text });
  try {
    const run = await load(job, context);
    await hearOfParent();
    tell("a job begins");
    const result = await run();
    requests.flush();
    tell("a job is done");
    finish({ type: "result", result }, 0);
  } catch (error) {
    requests.flush();
    tell("a job has failed");
    finish({ type: "error", error: toWire(explainSystemError(error, job.kind)) }, 1);
  }
}

/** Each job loads only what it needs: at a stop, the start of this process is part of the wait. */
async function load(job: Job, context: JobContext): Promise<() => Promise<JobResult>> {
  switch (job.kind) {
    case "fingerprint": {
      const { fingerprint } = await import("./fingerprint");
      return () => fingerprint(job);
    }
    case "upload": {
      const { upload } = await import("./upload");
      return () => upload(job, context);
    }
    case "verify": {
      const { verify } = await import("./verify");
      return () => verify(job, context);
    }
    case "download": {
      const { download } = await import("./download");
      return () => download(job, context);
    }
    case "inspect": {
      const { inspect } = await import("./inspect-file");
      return () => inspect(job, context);
    }
    case "check-blocks": {
      const { checkBlocks } = await import("./check-blocks");
      return () => checkBlocks(job, context);
    }
    case "rescue": {
      const { rescue } = await import("./rescue");
      return () => rescue(job);
    }
  }
}

/**
 * Loading blocks the loop for long, and of a parent that was killed meanwhile nothing is heard before the loop has turned: the job
 * would begin a file that its successor has cleaned up already. Two turns, for the first may be half over.
 */
async function hearOfParent(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** The message must have left before the process ends. */
function finish(message: FromWorker, code: number): void {
  process.send?.(message, undefined, undefined, () => process.exit(code));
}

function toWire(error: unknown): Extract<FromWorker, { type: "error" }>["error"] {
  const known = error instanceof Error ? error : new Error(String(error));
  return {
    code: isAppError(error) ? error.code : null,
    message: known.message,
    hint: isAppError(error) ? (error.hint ?? null) : null,
    // With the cause, which has the file's name: it goes to the log only.
    stack: [known.stack, known.cause instanceof Error ? `caused by ${known.cause.stack}` : null]
      .filter(Boolean)
      .join("\n"),
  };
}
