import type { OperationView } from "../control/types";
import { AppError } from "../errors";
import type { CatalogEntry } from "./catalog";
import { type BackupContext, systemCaller } from "./context";
import { BACKUP_STEPS, makeBackup } from "./make-backup";
import { newestCover } from "./protect";

/** An unchanged database needs no new object while the last one is younger than this: a lifecycle rule may take old ones. */
const UNCHANGED_LIFE_MS = 30 * 24 * 3_600_000;

/**
 * The backup of a stop. The gate is closed and drained before; the instance stays open while the worker reads, so that its lock
 * keeps a successor out. `signal` ends it when the budget is used up. Resolves with the run; `failed` means not safe.
 */
export async function backupAtStop(ctx: BackupContext, signal: AbortSignal): Promise<OperationView> {
  const caller = systemCaller("stop");
  const request = { type: "shutdown" as const, tags: {}, note: "", verify: false };
  const operation = await ctx.operations.open({
    kind: "backup",
    title: "Backup, shutdown",
    caller,
    steps: [...BACKUP_STEPS],
  });
  const run = ctx.runs.add(request, Promise.resolve(operation.id));
  return ctx.writing.run(
    () =>
      ctx.operations.run(
        operation.id,
        async (running) => {
          const same = await unchangedSince(ctx, running.signal);
          if (same)
            return {
              summary: `Nothing has changed since ${same.id}, so no new object was stored.`,
              detail: { unchangedSince: same.id },
            };
          return makeBackup(ctx, { caller, request, run, operation: running, gateClosed: true });
        },
        signal,
      ),
    { force: true, signal },
  );
}

/** The newest good backup when the file's header and lineage are still the ones it was taken from. */
async function unchangedSince(ctx: BackupContext, signal: AbortSignal): Promise<CatalogEntry | null> {
  const newest = newestCover(ctx.catalog.entries());
  const file = newest?.manifest?.file;
  if (!newest || !file || file.lineage !== ctx.lineage()) return null;
  const age = ctx.clock.now().getTime() - Date.parse(newest.manifest?.createdAt ?? "");
  if (!(age < UNCHANGED_LIFE_MS)) return null;
  // A change that this process saw needs no second look at the file.
  const takenAt = Date.parse(newest.manifest?.snapshot?.takenAt ?? "");
  const { lastChangeAt } = ctx.database().pulse();
  if (lastChangeAt && !(lastChangeAt.getTime() <= takenAt)) return null;
  const snapshot = await ctx.database().takeSnapshot({ signal, waitMs: 5_000, gateClosed: true });
  await snapshot.release();
  const { headerSha256 } = await ctx.runJob(
    { kind: "fingerprint", databasePath: ctx.databasePath },
    { signal, lowPriority: false },
  );
  if (headerSha256 !== file.headerSha256) return null;
  // The list may be minutes old: "nothing changed" is worth only as much as the object that is still there.
  const stored = await ctx.store.head(ctx.catalog.keyOf(newest.id), { signal });
  return stored?.bytes === file.bytes && stored.etag === file.etag ? newest : null;
}

/** For the log and the exit code: what a stop without a backup means. */
export function stopFailure(view: OperationView): AppError {
  return new AppError(
    "storage_failed",
    `The shutdown backup was not stored: ${(view.error?.message ?? view.summary ?? view.state).replace(/\.$/, "")}. The database is closed cleanly and loses nothing; its last changes are on this machine only.`,
    { hint: "Start Nestegg again: it takes the missing backup at once." },
  );
}
