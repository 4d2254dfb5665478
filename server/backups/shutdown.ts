import type { OperationView } from "../control/types";
import { AppError } from "../errors";
import { type BackupContext, systemCaller } from "./context";
import { BACKUP_STEPS, makeBackup } from "./make-backup";
import { nothingStored, unchangedSince } from "./unchanged-since";

/** Ending the worker, closing the database and writing the last rows must still fit into the budget of a stop. */
const CLOSING_RESERVE_MS = 3_000;
/** With a budget of a few seconds the backup still gets the larger half. */
const CLOSING_RESERVE_SHARE = 0.4;

/** How much of a stop's budget is for its backup. */
export function backupShareMs(budgetMs: number): number {
  return Math.max(0, Math.round(budgetMs - Math.min(CLOSING_RESERVE_MS, budgetMs * CLOSING_RESERVE_SHARE)));
}

/** When a stop is ended outright, whatever hangs. A short budget cuts the backup, not the closing: a database that is closed is worth the seconds. */
export function stopLimitMs(budgetMs: number): number {
  return backupShareMs(budgetMs) + CLOSING_RESERVE_MS;
}

/**
 * The backup of a stop. The gate is closed and drained before; the instance stays open while the worker reads, so that its lock
 * keeps a successor out. `signal` ends it when the budget, over at `budgetEndsAt`, is used up. Resolves with the run; `failed` means not safe.
 */
export async function backupAtStop(
  ctx: BackupContext,
  { signal, budgetEndsAt }: { signal: AbortSignal; budgetEndsAt: Date },
): Promise<OperationView> {
  const caller = systemCaller("stop");
  const request = { type: "shutdown" as const, tags: {}, note: "", verify: false };
  const operation = await ctx.operations.open({
    kind: "backup",
    title: "Backup, shutdown",
    caller,
    steps: [...BACKUP_STEPS],
  });
  const run = ctx.runs.add(request, Promise.resolve(operation.id));
  const backup = ctx.writing.run(
    () =>
      ctx.operations.run(
        operation.id,
        async (running) => {
          const same = await unchangedSince(ctx, { signal: running.signal, gateClosed: true });
          if (same) return nothingStored(same);
          return makeBackup(ctx, { caller, request, run, operation: running, gateClosed: true, budgetEndsAt });
        },
        signal,
      ),
    { force: true, signal },
  );
  // Ended before its turn came, by a second signal or a budget that was used up: the database is still to be closed.
  return backup.catch((error: unknown) => ctx.operations.run(operation.id, () => Promise.reject(error)));
}

/** For the log and the exit code: what a stop without a backup means. */
export function stopFailure(view: OperationView): AppError {
  return new AppError(
    "storage_failed",
    `The shutdown backup was not stored: ${(view.error?.message ?? view.summary ?? view.state).replace(/\.$/, "")}. The database is closed cleanly and loses nothing; its last changes are on this machine only.`,
    { hint: "Start Nestegg again: it takes the missing backup at once." },
  );
}
