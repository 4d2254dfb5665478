import type { RunningOperation } from "../control/types";
import type { KeptFile } from "../database/kept-files";
import { AppError, hasCode } from "../errors";
import type { InspectResult } from "../worker/protocol";
import type { BackupContext } from "./context";

/** In a worker: opening a damaged file can end the process. */
export async function inspectKept(
  ctx: Pick<BackupContext, "runJob">,
  kept: KeptFile,
  operation: Pick<RunningOperation, "signal" | "progress">,
): Promise<InspectResult> {
  try {
    return await ctx.runJob(
      { kind: "inspect", path: kept.path },
      {
        signal: operation.signal,
        lowPriority: false,
        onMessage: (message) => {
          if (message.type === "progress") operation.progress(message.doneBytes, message.totalBytes);
        },
      },
    );
  } catch (error) {
    if (!hasCode(error, "snapshot_damaged", "worker_crashed", "database_unusable")) throw error;
    throw new AppError(
      "database_unusable",
      `The kept database ${kept.name} does not read, so it was not put back. ${error.message}`,
      {
        hint: "It was damaged when it was replaced, or since. Restore a backup instead; the present database goes on.",
        cause: error,
      },
    );
  }
}
