import type { Registry } from "prom-client";
import type { Operations, OperationView } from "../control/types";
import { defineCounter, defineDurations } from "./gauges";

/** An end is told once; a straggler of the same run must not count twice. */
const REMEMBERED_ENDS = 1_000;
const ACTIVE = new Set<OperationView["state"]>(["queued", "running", "waiting"]);

/** Counts runs as they end, from the news that the pages get too. Ends with the signal or with the control database. */
export async function countRuns(registry: Registry, operations: Pick<Operations, "events">, signal: AbortSignal) {
  const runs = defineCounter(registry, "nestegg_operations_total", {
    help: "Runs that ended since this process began, by kind and end state.",
    labels: ["kind", "state"],
  });
  const failures = defineCounter(registry, "nestegg_operation_failures_total", {
    help: "Runs that failed since this process began, by kind and error code.",
    labels: ["kind", "code"],
  });
  const durations = defineDurations(registry, "nestegg_operation_duration_seconds", {
    help: "How long runs took from their beginning to their end, waiting in line left out.",
    labels: ["kind"],
  });
  const ended = new Set<string>();
  for await (const event of operations.events(signal)) {
    if (event.type !== "operation" || ACTIVE.has(event.operation.state) || ended.has(event.operation.id)) continue;
    const { id, kind, state, error, startedAt, finishedAt } = event.operation;
    ended.add(id);
    for (const oldest of ended) {
      if (ended.size <= REMEMBERED_ENDS) break;
      ended.delete(oldest);
    }
    runs.add({ kind, state });
    if (state === "failed" || state === "rolled-back" || state === "interrupted")
      failures.add({ kind, code: error?.code ?? state });
    // Of an interrupted one nobody knows when it ended.
    if (startedAt && finishedAt && state !== "interrupted")
      durations.add({ kind }, Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
  }
}
