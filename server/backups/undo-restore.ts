import type { Caller, OperationOutcome, RunningOperation } from "../control/types";
import type { KeptFile } from "../database/kept-files";
import { AppError } from "../errors";
import { wordsOf } from "./backup-id";
import { type BackupContext, inBackground } from "./context";
import { coverNow } from "./cover-now";
import { inspectKept } from "./inspect-kept";
import { markRestored } from "./mark-restored";
import { takeSafetyBackup } from "./safety";
import { startSwapRun } from "./swap-run";
import { verifyAfterBackup } from "./verify";

export const UNDO_STEPS = [
  "Check the kept file",
  "Safety backup",
  "Pause writes",
  "Swap files",
  "Reopen and compare",
] as const;

/** Swaps the newest kept database back; what is there now is kept in its turn, so that an undo can be undone. */
export async function startUndo(
  ctx: BackupContext,
  caller: Caller,
  input: { withoutSafetyBackup?: boolean },
): Promise<{ operationId: string }> {
  const kept = await requireNewestKept(ctx);
  const without = input.withoutSafetyBackup ?? false;
  return startSwapRun(ctx, {
    caller,
    kind: "undo-restore",
    title: "Undo of a restore",
    backupId: kept.about.backupId,
    steps: [...UNDO_STEPS],
    action: "backup.undo-restore",
    detail: { kept: kept.name, withoutSafetyBackup: without },
    work: (operation) => undo(ctx, { caller, name: kept.name, without }, operation),
  });
}

async function undo(
  ctx: BackupContext,
  { caller, name, without }: { caller: Caller; name: string; without: boolean },
  operation: RunningOperation,
): Promise<OperationOutcome> {
  await operation.step("Check the kept file");
  const kept = await requireNewestKept(ctx);
  if (kept.name !== name) {
    throw new AppError("conflict", `${name} is no longer the newest kept database; nothing was changed.`, {
      hint: "Look at the preview again, then decide.",
    });
  }
  const inspected = await inspectKept(ctx, kept, operation);
  await operation.stepDone("ok", `${inspected.inspection.tables.length} tables, every row read`);
  const safety = await takeSafetyBackup(ctx, {
    caller,
    operation,
    without,
    note: `Before undoing the restore of ${kept.about.replacedBy}`,
  });
  const replaced = await ctx.replaceDatabase({
    operation,
    reason: "undo-restore",
    newDatabase: kept.path,
    newWal: kept.walBytes > 0 ? `${kept.path}.wal` : null,
    about: {
      replacedBy: "an undo",
      backupId: null,
      actor: caller.actor.name,
      operationId: operation.id,
      safetyBackupId: safety.backupId,
    },
    changesAtSafety: safety.changesBefore,
    expected: inspected.inspection.tables,
    context: coverContext(kept),
  });
  await ctx.kept.forget(kept.path);
  const { marked } = await markRestored(ctx, { caller, ...coverOf(kept), lineage: ctx.lineage() });
  if (!marked) coverNow(ctx);
  if (safety.backupId) inBackground(ctx, verifyAfterBackup(ctx, safety.backupId));
  await operation.stepDone("ok", "all rows match");
  return {
    summary: `${ctx.databaseName} is back as it was at ${wordsOf(kept.about.replacedAt)}: ${replaced.tables} tables, all rows match, writes waited ${(replaced.gateClosedMs / 1000).toFixed(1)} s.`,
    detail: {
      gateClosedMs: replaced.gateClosedMs,
      tables: replaced.tables,
      keptName: replaced.keptName,
      safetyBackupId: safety.backupId,
    },
  };
}

/** What is known of the kept database's place among the backups: the safety backup that holds all of it, if one does. */
export function coverOf({ about }: KeptFile): { id: string | null; formerId: string | null } {
  return { id: about.uncovered ? null : about.safetyBackupId, formerId: about.backupId };
}

/** The same for the journal: `backupId` was live until now, `coverId` is from now on. */
export function coverContext(kept: KeptFile): Record<string, string> {
  const { id, formerId } = coverOf(kept);
  return { ...(formerId !== null && { backupId: formerId }), ...(id !== null && { coverId: id }) };
}

async function requireNewestKept(ctx: BackupContext): Promise<KeptFile> {
  const [newest] = await ctx.kept.list();
  if (newest) return newest;
  throw new AppError("not_found", "No replaced database is kept, so there is nothing to undo.", {
    hint: "Restore a backup instead; safety backups are in the list.",
  });
}
