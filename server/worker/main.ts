/** The worker's entry: one message in, progress out, one result, end. Ends at once when its parent is gone. */
import { isAppError } from "../errors";
import type { FromWorker, Job, JobContext, JobResult, ToWorker } from "./protocol";
import { explainSystemError } from "./system-errors";

const cancel = new AbortController();
let askToSpill = () => {};
const spillWanted = new Promise<void>((resolve) => {
  askToSpill = resolve;
});

const send = (message: FromWorker) => {
  if (process.connected) process.send?.(message);
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
  const context: JobContext = { signal: cancel.signal, send, spillWanted };
  try {
    finish({ type: "result", result: await dispatch(job, context) }, 0);
  } catch (error) {
    finish({ type: "error", error: toWire(explainSystemError(error, job.kind)) }, 1);
  }
}

/** Each job loads only what it needs: at a stop, the start of this process is part of the wait. */
async function dispatch(job: Job, context: JobContext): Promise<JobResult> {
  switch (job.kind) {
    case "fingerprint":
      return (await import("./fingerprint")).fingerprint(job);
    case "upload":
      return (await import("./upload")).upload(job, context);
    case "verify":
      return (await import("./verify")).verify(job, context);
    case "download":
      return (await import("./download")).download(job, context);
    case "inspect":
      return (await import("./inspect-file")).inspect(job, context);
    case "rescue":
      return (await import("./rescue")).rescue(job);
  }
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
