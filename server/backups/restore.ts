import { rm } from "node:fs/promises";
import type { Caller, OperationOutcome, RunningOperation } from "../control/types";
import { AppError } from "../errors";
import { wordsOf } from "./backup-id";
import { bringBackup } from "./bring-backup";
import { type BackupContext, inBackground } from "./context";
import { coverNow } from "./cover-now";
import { unknownBackup } from "./manifest-editor";
import { markRestored } from "./mark-restored";
import { isWhole } from "./protect";
import { requireEntry } from "./require-entry";
import { takeSafetyBackup } from "./safety";
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

interface SwapRun {
  caller: Caller;
  kind: "restore" | "undo-restore";
  title: string;
  backupId: string | null;
  steps: string[];
  action: string;
  detail: Record<string, string | boolean>;
  work(operation: RunningOperation): Promise<OperationOutcome>;
}

/** One at a time, in the line of those who write, and never in the middle of a backup. */
export async function startSwapRun(ctx: BackupContext, run: SwapRun): Promise<{ operationId: string }> {
  const { caller, kind, title, backupId, steps } = run;
  ctx.restoring.take(caller, kind === "restore" ? `a restore of ${backupId}` : "an undo");
  try {
    await ctx.audit({ caller, action: run.action, target: backupId, detail: run.detail });
    const { id } = await ctx.operations.open({ kind, title, caller, backupId, steps });
    ctx.restoring.name(id);
    inBackground(
      ctx,
      ctx.operations
        .run(id, (operation) => inTurn(ctx, operation, () => run.work(operation)), ctx.stopping)
        .finally(() => ctx.restoring.leave()),
    );
    return { operationId: id };
  } catch (error) {
    ctx.restoring.leave();
    throw error;
  }
}

async function inTurn<T>(ctx: BackupContext, operation: RunningOperation, work: () => Promise<T>): Promise<T> {
  if (ctx.runs.any()) await operation.waiting("A backup is running. This starts when it ends.");
  return ctx.writing.run(
    async () => {
      await operation.waiting(null);
      return work();
    },
    { signal: operation.signal },
  );
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

/** What can be said before a run is recorded. */
export async function requireRestorable(ctx: Pick<BackupContext, "catalog">, id: string): Promise<void> {
  const entry = await requireEntry(ctx, id);
  if (!entry.manifest) {
    if (!entry.object) throw unknownBackup(id);
    throw new AppError("conflict", `${id} has no readable manifest, so it was not restored.`, {
      hint: "Register it first: that reads it whole and writes the manifest anew.",
    });
  }
  if (entry.manifest.verification?.result === "failed") {
    throw new AppError(
      "backup_damaged",
      `${id} did not pass its check, so it was not restored: ${entry.manifest.verification.error ?? ""}`.trim(),
      {
        hint: "Choose another backup, or verify this one again if you have mended it.",
      },
    );
  }
  if (!isWhole(entry)) {
    throw new AppError(
      "backup_missing",
      `The file of ${id} is not in the bucket as its manifest says, so it was not restored.`,
      {
        hint: "Choose another backup.",
      },
    );
  }
  if (entry.manifest.deletesAt) {
    throw new AppError("conflict", `${id} is on its way out, so it was not restored.`, {
      hint: "Undo its deletion first.",
    });
  }
}
