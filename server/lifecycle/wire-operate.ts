import type { OperateVerbs } from "../nestegg-operate";
import { createSchedule } from "../schedule/schedule-verbs";
import type { Parts } from "./parts";

/** The verbs of what happens by itself, each bound to its part. */
export function wireOperate(parts: Parts): OperateVerbs {
  return {
    alerts: parts.alerts,
    schedule: createSchedule(parts.schedule),
  };
}
