import type { RouterOutputs } from "@/app/_trpc/client";

export type Operation = RouterOutputs["operations"]["get"];
export type Runs = ReadonlyMap<string, Operation>;

/** Enough finished ones that a row which waits for its run still finds how it ended. */
const FINISHED_KEPT = 20;

export function isOver(operation: Pick<Operation, "state">): boolean {
  return operation.state !== "queued" && operation.state !== "running" && operation.state !== "waiting";
}

/** Null when the news is older than what is known: events and polls may cross. */
export function withRun(runs: Runs, operation: Operation): Runs | null {
  const known = runs.get(operation.id);
  if (known && known.revision >= operation.revision) return null;
  const next = new Map(runs).set(operation.id, operation);
  const finished = [...next.values()].filter(isOver);
  for (const old of finished.slice(0, Math.max(0, finished.length - FINISHED_KEPT))) next.delete(old.id);
  return next;
}

/** Those that still run, oldest first. */
export function activeRuns(runs: Runs): Operation[] {
  return [...runs.values()].filter((run) => !isOver(run)).sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}
