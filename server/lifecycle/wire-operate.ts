import { createBucketRules } from "../backups/bucket-rules";
import { createCost } from "../backups/cost";
import { createDoctor } from "../backups/doctor/doctor";
import { createRetention } from "../backups/retention";
import { createMetrics } from "../metrics/metrics";
import type { StatusView } from "../nestegg";
import type { OperateVerbs } from "../nestegg-operate";
import { createSchedule } from "../schedule/schedule-verbs";
import type { Parts } from "./parts";

/** The verbs of what happens by itself, each bound to its part. */
export function wireOperate(parts: Parts, status: () => Promise<StatusView>): OperateVerbs {
  const cost = createCost(parts.backups, parts.costs);
  const bucketRules = createBucketRules(parts.backups);
  return {
    retention: createRetention(parts.backups).verbs,
    bucketRules,
    doctor: createDoctor(parts.backups, { settings: parts.settings, rules: () => bucketRules.get() }),
    drills: parts.drills,
    alerts: parts.alerts,
    cost,
    metrics: createMetrics({
      ctx: parts.backups,
      status,
      phase: () => parts.state.phase,
      requests: () => ({ server: parts.backups.store.requestCounts(), worker: parts.workerRequests.read() }),
      cost: cost.get,
      stopping: parts.stopping.signal,
    }),
    schedule: createSchedule(parts.schedule),
  };
}
