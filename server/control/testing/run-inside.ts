import type { NewOperation, OperationView, RunningOperation } from "../types";
import { ada } from "./test-control";

export const backup: NewOperation = {
  kind: "backup",
  title: "Backup, manual",
  caller: ada,
  steps: ["Checkpoint", "Upload", "Verify"],
};

/** Runs until the work is inside, then lets the test decide. */
export async function inside(run: (work: (operation: RunningOperation) => Promise<never>) => Promise<OperationView>) {
  let entered: (operation: RunningOperation) => void = () => undefined;
  const started = new Promise<RunningOperation>((resolve) => {
    entered = resolve;
  });
  const ended = run(async (operation) => {
    entered(operation);
    await new Promise((_, reject) => {
      operation.signal.addEventListener("abort", () => reject(operation.signal.reason), { once: true });
    });
    throw new Error("unreachable");
  });
  return { operation: await started, ended };
}
