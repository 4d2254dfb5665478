import type { Caller, OperationView } from "../control/types";
import { endedWell } from "../ended-well";
import { AppError } from "../errors";
import type { BackupRequest, BackupRun } from "./backup-runs";
import type { CatalogEntry } from "./catalog";
import { type BackupContext, inBackground } from "./context";
import { BACKUP_STEPS, makeBackup } from "./make-backup";
import { runInLane } from "./run-in-lane";
import { nothingStored, unchangedSince } from "./unchanged-since";
import { VERIFY_STEPS, verifyAfterBackup, verifyWithin } from "./verify";
import { stoppingError } from "./writing-lane";

/** More than this many in line means that something is wrong with the caller: it is told to come back. */
const MAX_QUEUED = 10;

/**
 * Answers as soon as the run is recorded. It joins a run that is the same in every respect and has not begun its snapshot, else
 * it waits in line: a backup never shows an instant before it was asked for. Throws `too_many_requests`, `degraded`, `stopping`.
 */
export async function createBackup(
  ctx: BackupContext,
  caller: Caller,
  request: BackupRequest,
): Promise<{ operationId: string; joined: boolean }> {
  ctx.database();
  const running = ctx.runs.joinable(request);
  if (running) {
    const operationId = await running.operationId;
    // One that was cancelled while it waited is over, though its turn has not come yet.
    if (ctx.operations.active().some(({ id }) => id === operationId)) return { operationId, joined: true };
    running.closed = true;
    return createBackup(ctx, caller, request);
  }
  requireRoom(ctx);
  const { operationId, done } = await startBackup(ctx, caller, request);
  await ctx.audit({
    caller,
    action: "backup.create",
    target: operationId,
    detail: { type: request.type, note: request.note },
  });
  inBackground(ctx, done);
  return { operationId, joined: false };
}

function requireRoom(ctx: BackupContext): void {
  if (ctx.runs.waiting() < MAX_QUEUED) return;
  throw new AppError(
    "too_many_requests",
    `${MAX_QUEUED} backups are already waiting in line; this one was not added.`,
    {
      hint: "Wait for one of them: the next free place comes when the running backup ends.",
      retryAfterSeconds: 30,
    },
  );
}

/** The same without the doors' questions; `done` resolves with the run's end. */
export async function startBackup(
  ctx: BackupContext,
  caller: Caller,
  request: BackupRequest,
): Promise<{ operationId: string; done: Promise<OperationView> }> {
  const opened = ctx.operations.open({
    kind: "backup",
    title: `Backup, ${request.type}`,
    caller,
    steps: request.verify ? [...BACKUP_STEPS, ...VERIFY_STEPS] : [...BACKUP_STEPS],
  });
  const operationId = opened.then((operation) => operation.id);
  const run = ctx.runs.add(request, operationId);
  try {
    const id = await operationId;
    const done = perform(ctx, caller, run, id).finally(() => ctx.runs.remove(run));
    return { operationId: id, done };
  } catch (error) {
    ctx.runs.remove(run);
    throw error;
  }
}

/** By the schedule's setting only, and never one that somebody asked for: a manual backup is always a new backup. */
async function skippable(ctx: BackupContext, run: BackupRun, signal: AbortSignal): Promise<CatalogEntry | null> {
  if (!ctx.skipUnchanged() || run.request.type !== "scheduled") return null;
  // Who asks from now on must not be answered with an earlier instant.
  run.closed = true;
  try {
    return await unchangedSince(ctx, { signal, gateClosed: false });
  } catch (error) {
    if (signal.aborted) throw error;
    // In doubt it has changed: the backup has more patience, and tells its own failure.
    ctx.log.info({ err: error }, "whether anything has changed could not be told");
    return null;
  }
}

async function perform(
  ctx: BackupContext,
  caller: Caller,
  run: BackupRun,
  operationId: string,
): Promise<OperationView> {
  const view = await runInLane(ctx, ctx.writing, operationId, async (operation, leave) => {
    run.begun = true;
    const same = await skippable(ctx, run, operation.signal);
    if (same) return nothingStored(same);
    operation.signal.addEventListener("abort", () => {
      run.closed = true;
    });
    // The lane is left when the backup is registered: its verification must not hold up the next backup.
    const made = await makeBackup(ctx, { caller, request: run.request, run, operation })
      .catch((error: unknown) => {
        throw ctx.stopping.aborted ? stoppingError() : error;
      })
      .finally(leave);
    if (run.request.verify) await ctx.reading.run(() => verifyWithin(ctx, made.id, operation));
    return { state: made.state, summary: made.summary, detail: made.detail };
  });
  if (endedWell(view.state) && view.backupId && !run.request.verify) await verifyAfterBackup(ctx, view.backupId);
  return view;
}
