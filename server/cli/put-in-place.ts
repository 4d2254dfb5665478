import { basename } from "node:path";
import { exists } from "../database/durable-files";
import { forgetUnused, requireNotHeld, swapFiles } from "../database/exchange";
import { describeKept, freeKeptPath, type KeptAbout, removeLeftovers } from "../database/kept-files";
import { endSwap, type SwapJournal } from "../database/swap";
import type { Bucket } from "./bucket";

/** Whole and read through by a worker, in the live file's folder. */
interface NewFile {
  reason: Extract<SwapJournal["reason"], "restore" | "undo-restore">;
  path: string;
  walPath: string | null;
  backupId: string | null;
  /** What the description of the replaced file says of its successor. */
  replacedBy: string;
}

/**
 * Exchanges the live file under a journal, while this process holds the data folder and nobody has the file open. The old file is
 * kept with a description that the dashboard's undo reads; no safety backup covers it, so it is uploaded before it may go.
 */
export async function putInPlace(bucket: Bucket, file: NewFile): Promise<{ keptName: string | null }> {
  const { databasePath, clock, log } = bucket;
  // Looked at once more: minutes may have passed since the question.
  await requireNotHeld(databasePath);
  const keptPath = await freeKeptPath(databasePath, clock);
  const hadFile = await exists(databasePath);
  const about: KeptAbout = {
    version: 1,
    replacedAt: clock.now().toISOString(),
    replacedBy: file.replacedBy,
    backupId: file.reason === "restore" ? file.backupId : null,
    actor: "command line",
    operationId: null,
    safetyBackupId: null,
    uncovered: true,
  };
  if (hadFile) await describeKept(keptPath, about);
  try {
    await swapFiles(
      {
        databasePath,
        reason: file.reason,
        newDatabase: file.path,
        newWal: file.walPath,
        keptPath,
        context: file.backupId === null ? {} : { backupId: file.backupId },
      },
      { clock, log },
    );
  } catch (error) {
    await forgetUnused(bucket, keptPath);
    throw error;
  }
  await endSwap(databasePath);
  await removeLeftovers(databasePath);
  return { keptName: hadFile ? basename(keptPath) : null };
}
