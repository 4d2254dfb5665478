import type { RunningOperation } from "../control/types";
import { AppError, hasCode } from "../errors";
import type { DownloadJob, ResultOf, VerifyJob } from "../worker/protocol";
import type { BackupContext } from "./context";

interface Checking {
  operation: Pick<RunningOperation, "signal" | "step" | "stepDone" | "progress">;
  lowPriority: boolean;
  /** The step that begins when all bytes are there; the one before must be running. */
  openingStep: string;
}

/**
 * Runs a job that brings a stored backup and then opens it, with its progress and steps in the run it belongs to; the opening step
 * is still running at the end. DuckDB can crash on a damaged file: while it was being opened that is `backup_damaged`, earlier it
 * says nothing of the copy.
 */
export async function runCheckedJob<J extends VerifyJob | DownloadJob>(
  { runJob }: Pick<BackupContext, "runJob">,
  job: J,
  { operation, lowPriority, openingStep }: Checking,
): Promise<ResultOf<J>> {
  let opening = false;
  let steps = Promise.resolve();
  try {
    return await runJob(job, {
      signal: operation.signal,
      lowPriority,
      onMessage: (message) => {
        if (message.type === "progress") operation.progress(message.doneBytes, message.totalBytes);
        if (message.type === "opening") {
          opening = true;
          steps = operation.stepDone().then(() => operation.step(openingStep));
        }
      },
    });
  } catch (error) {
    if (!opening || !hasCode(error, "worker_crashed")) throw error;
    throw new AppError(
      "backup_damaged",
      `Reading the copy made DuckDB crash, so it is damaged inside. ${error.message}`,
      {
        hint: "Do not restore this backup; choose another one. The live database is not affected.",
        cause: error,
      },
    );
  } finally {
    await steps;
  }
}
