import { createBucketRules } from "../backups/bucket-rules";
import { createDoctor } from "../backups/doctor/doctor";
import { createRetention } from "../backups/retention";
import type { OperateVerbs } from "../nestegg-operate";
import { createSchedule } from "../schedule/schedule-verbs";
import type { Parts } from "./parts";

/** The verbs of what happens by itself, each bound to its part. */
export function wireOperate(parts: Parts): OperateVerbs {
  const bucketRules = createBucketRules(parts.backups);
  return {
    retention: createRetention(parts.backups).verbs,
    bucketRules,
    doctor: createDoctor(parts.backups, { settings: parts.settings, rules: () => bucketRules.get() }),
    drills: parts.drills,
    alerts: parts.alerts,
    schedule: createSchedule(parts.schedule),
  };
}
