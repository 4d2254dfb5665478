import type { Caller, RunningOperation } from "../control/types";
import { AppError } from "../errors";
import type { BackupContext } from "./context";
import { BACKUP_STEPS, makeBackup } from "./make-backup";

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
  const backupId = await runSafetyBackup(ctx, input);
  await operation.stepDone("ok", backupId);
  return { backupId, changesBefore };
}

async function runSafetyBackup(
  ctx: BackupContext,
  { caller, operation, note }: { caller: Caller; operation: RunningOperation; note: string },
): Promise<string> {
  const request = { type: "safety" as const, tags: {}, note, verify: false };
  const opened = await ctx.operations.open({
    kind: "backup",
    title: "Backup, safety",
    caller,
    steps: [...BACKUP_STEPS],
  });
  const run = ctx.runs.add(request, Promise.resolve(opened.id));
  run.begun = true;
  // Its own snapshot, of its own moment: nobody else is answered with it.
  run.closed = true;
  try {
    const ended = await ctx.operations.run(
      opened.id,
      (safety) =>
        makeBackup(ctx, {
          caller,
          request,
          run,
          operation: {
            ...safety,
            progress(doneBytes, totalBytes) {
              safety.progress(doneBytes, totalBytes);
              operation.progress(doneBytes, totalBytes);
            },
          },
        }),
      operation.signal,
    );
    ctx.operations.announce("backups");
    if (ended.state === "ok" && ended.backupId) return ended.backupId;
    operation.signal.throwIfAborted();
    throw new AppError(
      "storage_failed",
      `The safety backup failed, so nothing was changed. ${ended.error?.message ?? ""}`.trim(),
      {
        hint: ended.error?.hint ?? "Mend what the safety backup's row in Activity says, then try again.",
      },
    );
  } finally {
    ctx.runs.remove(run);
  }
}
