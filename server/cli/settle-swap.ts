import { exists } from "../database/durable-files";
import { requireNotHeld } from "../database/exchange";
import { endSwap, finishSwap, journalPath, type SwapJournal, undoSwap } from "../database/swap";
import { AppError, hasCode } from "../errors";
import type { Bucket } from "./bucket";
import type { TerminalRun } from "./terminal-run";

export interface Settled {
  /** `finished`: the new file is in place and reads. `undone`: what stood there before is back. */
  how: "finished" | "undone";
  reason: SwapJournal["reason"];
  backupId: string | null;
}

/**
 * Ends a swap of files that a crash cut in two, as the server does at its start: the new file has to read, else the old one comes
 * back. Null: there was none. The data folder must be held.
 */
export async function settleSwap(bucket: Bucket, run: TerminalRun): Promise<Settled | null> {
  const { databasePath } = bucket;
  if (!(await exists(journalPath(databasePath)))) return null;
  await requireNotHeld(databasePath);
  const journal = await finishSwap(databasePath);
  if (journal === null) return null;
  const { reason } = journal;
  if (reason !== "restore" && reason !== "undo-restore") {
    throw new AppError("conflict", "A repair of the database by the server was cut off; its journal is still there.", {
      hint: "Start Nestegg once: it ends the repair. Then run this again.",
    });
  }
  const how = journal.direction === "forward" && (await reads(bucket, run)) ? "finished" : "undone";
  if (how === "undone" && journal.direction === "forward") await undoSwap(databasePath);
  await endSwap(databasePath);
  return { how, reason, backupId: journal.context.backupId ?? null };
}

async function reads(bucket: Bucket, run: TerminalRun): Promise<boolean> {
  await run.step("Check the database after an interrupted restore");
  try {
    await bucket.runJob({ kind: "inspect", path: bucket.databasePath }, { signal: run.signal, lowPriority: false });
    await run.stepDone();
    return true;
  } catch (error) {
    if (!hasCode(error, "snapshot_damaged", "worker_crashed", "database_unusable")) throw error;
    await run.log("warn", `The file that the interrupted restore brought in does not read: ${error.message}`);
    return false;
  }
}
