import type { Caller, OperationView } from "../control/types";
import type { BackupRequest, BackupRun } from "./backup-runs";
import { type BackupContext, inBackground } from "./context";
import { BACKUP_STEPS, makeBackup } from "./make-backup";
import { VERIFY_STEPS, verifyAfterBackup, verifyWithin } from "./verify";

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
  if (running) return { operationId: await running.operationId, joined: true };
  ctx.writing.requireRoom();
  const { operationId, done } = await startBackup(ctx, caller, request);
  inBackground(ctx, done);
  return { operationId, joined: false };
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

async function perform(
  ctx: BackupContext,
  caller: Caller,
  run: BackupRun,
  operationId: string,
): Promise<OperationView> {
  let ended: Promise<OperationView> | null = null;
  try {
    // The lane is left when the backup is registered: its verification must not hold up the next backup.
    await ctx.writing.run(
      () =>
        new Promise<void>((leaveLane) => {
          ended = ctx.operations.run(
            operationId,
            async (operation) => {
              const made = await makeBackup(ctx, { caller, request: run.request, run, operation }).finally(leaveLane);
              if (run.request.verify) await verifyWithin(ctx, made.id, operation);
              return { summary: made.summary, detail: made.detail };
            },
            ctx.stopping,
          );
          void ended.finally(leaveLane);
        }),
    );
  } catch (error) {
    // The lane was closed before its turn came.
    return ctx.operations.run(operationId, () => Promise.reject(error));
  }
  const view = await (ended ?? ctx.operations.get(operationId));
  ctx.operations.announce("backups");
  if (view.state === "ok" && view.backupId && !run.request.verify) await verifyAfterBackup(ctx, view.backupId);
  return view;
}
