import type { OperationOutcome, OperationView, RunningOperation } from "../control/types";
import type { BackupContext } from "./context";
import type { WritingLane } from "./writing-lane";

/**
 * Runs a recorded operation when its turn in the line comes, and resolves with its end. `leave` lets the next one in before this
 * one is over. When the line is closed before its turn, the run fails with that.
 */
export async function runInLane(
  ctx: Pick<BackupContext, "operations" | "stopping">,
  lane: WritingLane,
  operationId: string,
  work: (operation: RunningOperation, leave: () => void) => Promise<OperationOutcome>,
): Promise<OperationView> {
  let ended: Promise<OperationView> | null = null;
  try {
    await lane.run(
      () =>
        new Promise<void>((leave) => {
          ended = ctx.operations.run(operationId, (operation) => work(operation, leave), ctx.stopping);
          void ended.finally(leave);
        }),
    );
  } catch (error) {
    return ctx.operations.run(operationId, () => Promise.reject(error));
  }
  const view = await (ended ?? ctx.operations.get(operationId));
  ctx.operations.announce("backups");
  return view;
}
