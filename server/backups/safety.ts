import type { Caller, RunningOperation } from "../control/types";
import type { BackupContext } from "./context";
import { runOwnBackup } from "./run-own-backup";

export interface Safety {
  backupId: string | null;
  /** Changes that the live database had seen when it was begun; null: there is no safety backup. */
  changesBefore: number | null;
}

/**
 * A backup of what is there now, before a restore or an undo replaces it: a snapshot of its own, never joined. A row of its own in
 * Activity; its progress is also the step of the run it serves. Called inside the writing lane. Throws when it fails.
 */
export async function takeSafetyBackup(
  ctx: BackupContext,
  input: { caller: Caller; operation: RunningOperation; note: string; without: boolean },
): Promise<Safety> {
  const { operation } = input;
  await operation.step("Safety backup");
  if (!ctx.isOpen()) {
    await operation.stepDone("skipped", "the database is not open; its files are kept as they are");
    return { backupId: null, changesBefore: null };
  }
  if (input.without) {
    await operation.stepDone("skipped", "left out by wish; the replaced file is kept");
    return { backupId: null, changesBefore: null };
  }
  const changesBefore = ctx.database().pulse().changes;
  const backupId = await runOwnBackup(ctx, {
    caller: input.caller,
    note: input.note,
    source: null,
    signal: operation.signal,
    onProgress: operation.progress,
    ifItFails: {
      message: "The safety backup failed, so nothing was changed.",
      hint: "Mend what the safety backup's row in Activity says, then try again.",
    },
  });
  await operation.stepDone("ok", backupId);
  return { backupId, changesBefore };
}
