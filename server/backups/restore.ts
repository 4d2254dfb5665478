import { rm } from "node:fs/promises";
import type { Caller, OperationOutcome, RunningOperation } from "../control/types";
import { wordsOf } from "./backup-id";
import { bringBackup } from "./bring-backup";
import { type BackupContext, inBackground } from "./context";
import { coverNow } from "./cover-now";
import { markRestored } from "./mark-restored";
import { requireRestorable } from "./require-restorable";
import { takeSafetyBackup } from "./safety";
import { startSwapRun } from "./swap-run";
import { verifyAfterBackup } from "./verify";

export const RESTORE_STEPS = [
  "Download",
  "Check the copy",
  "Safety backup",
  "Pause writes",
  "Swap files",
  "Reopen and compare",
] as const;

/**
 * Puts a backup in the place of the live database; see `RestoreVerbs.start`. Until "Swap files" nothing of the live file has
 * changed; after it the replaced file is kept, and an undo brings it back.
 */
export async function startRestore(
  ctx: BackupContext,
  caller: Caller,
  input: { id: string; withoutSafetyBackup?: boolean },
): Promise<{ operationId: string }> {
  await requireRestorable(ctx, input.id);
  const run = { caller, id: input.id, without: input.withoutSafetyBackup ?? false };
  return startSwapRun(ctx, {
    caller,
    kind: "restore",
    title: "Restore",
    backupId: input.id,
    steps: [...RESTORE_STEPS],
    action: "backup.restore",
    detail: { withoutSafetyBackup: run.without },
    work: (operation) => restore(ctx, run, operation),
  });
}

async function restore(
  ctx: BackupContext,
  { caller, id, without }: { caller: Caller; id: string; without: boolean },
  operation: RunningOperation,
): Promise<OperationOutcome> {
  const brought = await bringBackup(ctx, { id, operation, basePath: ctx.databasePath });
  try {
    const safety = await takeSafetyBackup(ctx, { caller, operation, without, note: `Before restoring ${id}` });
    const replaced = await ctx.replaceDatabase({
      operation,
      reason: "restore",
      newDatabase: brought.path,
      newWal: null,
      about: {
        replacedBy: id,
        backupId: id,
        actor: caller.actor.name,
        operationId: operation.id,
        safetyBackupId: safety.backupId,
      },
      changesAtSafety: safety.changesBefore,
      expected: brought.inspection.tables,
      context: { backupId: id },
    });
    const { marked } = await markRestored(ctx, { caller, id, formerId: null, lineage: ctx.lineage() });
    if (!marked) coverNow(ctx);
    if (safety.backupId) inBackground(ctx, verifyAfterBackup(ctx, safety.backupId));
    await operation.stepDone("ok", "all rows match the backup");
    const { fetchedBytes, reusedBytes } = brought;
    return {
      summary: `${ctx.databaseName} is back at ${wordsOf(brought.takenAt)}: ${replaced.tables} tables, all rows match the backup, writes waited ${(replaced.gateClosedMs / 1000).toFixed(1)} s.${marked ? "" : " The mark “latest restored” could not be written; set it on the backup's page."}`,
      detail: {
        fetchedBytes,
        reusedBytes,
        bytes: brought.manifest.file.bytes,
        gateClosedMs: replaced.gateClosedMs,
        tables: replaced.tables,
        keptName: replaced.keptName,
        safetyBackupId: safety.backupId,
        marked,
      },
    };
  } catch (error) {
    // Moved into place, or put back by an undone swap: in either case nobody needs what is left here.
    await rm(brought.path, { force: true });
    throw error;
  }
}
