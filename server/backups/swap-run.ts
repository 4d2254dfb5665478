import type { Caller, OperationOutcome, RunningOperation } from "../control/types";
import { type BackupContext, inBackground } from "./context";

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
