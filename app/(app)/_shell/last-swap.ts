import type { OperationView } from "@/server/control/types";

/** Layout and banner ask with the same words, so that the first paint has the answer: the newest swap of the database. */
export const LAST_SWAP = {
  kinds: ["restore" as const, "undo-restore" as const],
  states: ["ok" as const, "ok-retried" as const],
  limit: 1,
};

const SHOWN_MS = 24 * 3_600_000;

/** A restore that people should still know of; one that was undone since is not the last swap any more. */
export function isFresh(run: OperationView | undefined, now: number): run is OperationView {
  if (run?.kind !== "restore" || !run.finishedAt) return false;
  return now - Date.parse(run.finishedAt) < SHOWN_MS;
}
